//! AlterConfigs and IncrementalAlterConfigs.

use thiserror::Error;
use vltava_model::{BrokerId, TopicName};

use super::PlanContext;
use crate::config::InvalidConfig;
use crate::image::Overrides;
use crate::write::Write;

/// What a request's configs are to be set on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic (resource type 2).
    Topic(TopicName),
    /// One broker (resource type 4).
    Broker(BrokerId),
    /// All brokers (resource type 4 with an empty name).
    BrokerDefault,
}

/// What is wrong with a resource. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResourceError {
    /// INVALID_REQUEST: Vltava has no configs for resources of this type.
    #[error("Unknown resource type {0}")]
    UnknownType(i8),
    /// INVALID_TOPIC_EXCEPTION
    #[error("Topic name is invalid: {0}")]
    InvalidTopic(vltava_model::InvalidTopicName),
    /// INVALID_REQUEST
    #[error("Node id must be an integer, but it is: {0}")]
    NotABroker(String),
}

/// A full replacement of the configs of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterConfigs {
    /// The resource type's number.
    pub resource_type: i8,
    /// The resource's name.
    pub resource_name: String,
    /// The configs; whatever is not among them is no longer set.
    pub configs: Vec<(String, Option<String>)>,
}

/// Single changes to the configs of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncrementalAlterConfigs {
    /// The resource type's number.
    pub resource_type: i8,
    /// The resource's name.
    pub resource_name: String,
    /// The changes.
    pub changes: Vec<ConfigChange>,
}

/// One change to a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    /// The config's name.
    pub name: String,
    /// The number of the operation: see [`ConfigOperation`].
    pub operation: i8,
    /// The value.
    pub value: Option<String>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Sets the value.
    Set = 0,
    /// Takes the value away.
    Delete = 1,
    /// Adds to a list.
    Append = 2,
    /// Takes from a list.
    Subtract = 3,
}

/// A resource's configs as the plan changes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlteredConfigs {
    /// The resource.
    pub resource: ConfigResource,
    /// All configs that are set on it afterwards.
    pub overrides: Overrides,
    /// What makes it so; empty if nothing changes.
    pub write: Write,
}

/// Why a resource's configs are not changed. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AlterConfigsError {
    /// INVALID_REQUEST
    #[error("Each resource must appear at most once.")]
    DuplicateResource,
    /// See [`ResourceError`].
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// INVALID_REQUEST
    #[error("Error due to duplicate config keys")]
    DuplicateConfigs,
    /// INVALID_REQUEST
    #[error("Null value not supported for : {}", .0.join(", "))]
    NullValues(Vec<String>),
    /// INVALID_REQUEST
    #[error("Unknown operations type {0}")]
    UnknownOperation(i8),
    /// INVALID_REQUEST
    #[error("Unexpected broker id, expected {expected}, but received {received}")]
    OtherBroker {
        /// This broker.
        expected: BrokerId,
        /// The one in the request.
        received: String,
    },
    /// UNKNOWN_TOPIC_OR_PARTITION
    #[error("The topic '{0}' does not exist.")]
    UnknownTopic(TopicName),
    /// INVALID_CONFIG
    #[error("Can't {operation} to key {name} because its type is not LIST.")]
    NotAList {
        /// `APPEND` or `SUBTRACT`.
        operation: &'static str,
        /// The config.
        name: String,
    },
    /// INVALID_CONFIG
    #[error("{0}")]
    InvalidConfig(#[from] InvalidConfig),
    /// INVALID_REQUEST: a broker property that cannot be changed like this.
    #[error("{0}")]
    InvalidRequest(String),
}

/// Plans full replacements of configs; the results are in the order of the request, one for each entry.
pub fn alter_configs(
    context: &PlanContext<'_>,
    resources: &[AlterConfigs],
) -> Vec<Result<AlteredConfigs, AlterConfigsError>> {
    todo!()
}

/// Plans single changes to configs; the results are in the order of the request, one for each entry.
pub fn incremental_alter_configs(
    context: &PlanContext<'_>,
    resources: &[IncrementalAlterConfigs],
) -> Vec<Result<AlteredConfigs, AlterConfigsError>> {
    todo!()
}
