//! AlterConfigs and IncrementalAlterConfigs.

mod broker;
mod operations;

use std::collections::{HashMap, HashSet};

use thiserror::Error;
use vltava_model::{BrokerId, InvalidTopicName, TopicName};

use self::operations::changed;
use super::PlanContext;
use crate::config::InvalidConfig;
use crate::image::Overrides;
use crate::keys::Key;
use crate::values::overrides_value;
use crate::write::Write;

/// The longest value of a config, in Java's characters.
const VALUE_LENGTH_MAX: usize = 32_767;

const TOPIC_RESOURCE: i8 = 2;
const BROKER_RESOURCE: i8 = 4;

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
    /// INVALID_REQUEST
    #[error("Default topic resources are not allowed.")]
    DefaultTopic,
    /// INVALID_TOPIC_EXCEPTION
    #[error("Topic name is invalid: {0}")]
    InvalidTopic(InvalidTopicName),
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
    #[error(transparent)]
    InvalidConfig(#[from] InvalidConfig),
    /// INVALID_REQUEST: a broker property that cannot be changed like this.
    #[error("{0}")]
    InvalidRequest(String),
}

impl ConfigResource {
    /// Reads a resource as requests name it.
    pub fn parse(resource_type: i8, name: &str) -> Result<ConfigResource, ResourceError> {
        match (resource_type, name) {
            (TOPIC_RESOURCE, "") => Err(ResourceError::DefaultTopic),
            (TOPIC_RESOURCE, name) => {
                TopicName::new(name).map(ConfigResource::Topic).map_err(ResourceError::InvalidTopic)
            }
            (BROKER_RESOURCE, "") => Ok(ConfigResource::BrokerDefault),
            (BROKER_RESOURCE, name) => match name.parse() {
                Ok(id) => Ok(ConfigResource::Broker(BrokerId(id))),
                Err(_) => Err(ResourceError::NotABroker(name.to_owned())),
            },
            (other, _) => Err(ResourceError::UnknownType(other)),
        }
    }

    fn key(&self) -> Key {
        match self {
            ConfigResource::Topic(name) => Key::TopicConfigs(name.clone()),
            ConfigResource::Broker(id) => Key::BrokerConfigs(*id),
            ConfigResource::BrokerDefault => Key::BrokerDefaultConfigs,
        }
    }
}

/// Plans full replacements of configs; the results are in the order of the request, one for each entry.
pub fn alter_configs(
    context: &PlanContext<'_>,
    resources: &[AlterConfigs],
) -> Vec<Result<AlteredConfigs, AlterConfigsError>> {
    let times = times(resources.iter().map(|one| (one.resource_type, one.resource_name.as_str())));
    let plan = |request: &AlterConfigs| {
        if times[&(request.resource_type, request.resource_name.as_str())] > 1 {
            return Err(AlterConfigsError::DuplicateResource);
        }
        let resource = ConfigResource::parse(request.resource_type, &request.resource_name)?;
        check_names(request.configs.iter().map(|(name, _)| name.as_str()))?;
        let nulls = request.configs.iter().filter(|(_, value)| value.is_none());
        check_no_nulls(nulls.map(|(name, _)| name.clone()).collect())?;
        let set = request.configs.iter();
        let set = set.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        alter(context, resource, set.collect())
    };
    resources.iter().map(plan).collect()
}

/// Plans single changes to configs; the results are in the order of the request, one for each entry.
pub fn incremental_alter_configs(
    context: &PlanContext<'_>,
    resources: &[IncrementalAlterConfigs],
) -> Vec<Result<AlteredConfigs, AlterConfigsError>> {
    let times = times(resources.iter().map(|one| (one.resource_type, one.resource_name.as_str())));
    let plan = |request: &IncrementalAlterConfigs| {
        if times[&(request.resource_type, request.resource_name.as_str())] > 1 {
            return Err(AlterConfigsError::DuplicateResource);
        }
        let resource = ConfigResource::parse(request.resource_type, &request.resource_name)?;
        check_names(request.changes.iter().map(|change| change.name.as_str()))?;
        let is_null = |change: &&ConfigChange| {
            change.value.is_none() && change.operation != ConfigOperation::Delete as i8
        };
        let nulls = request.changes.iter().filter(is_null);
        check_no_nulls(nulls.map(|change| change.name.clone()).collect())?;
        let overrides = changed(&resource, current(context, &resource), &request.changes)?;
        alter(context, resource, overrides)
    };
    resources.iter().map(plan).collect()
}

/// Checks the configs that a resource is to have, and writes them.
fn alter(
    context: &PlanContext<'_>,
    resource: ConfigResource,
    overrides: Overrides,
) -> Result<AlteredConfigs, AlterConfigsError> {
    if overrides.iter().any(|(_, value)| value.encode_utf16().count() > VALUE_LENGTH_MAX) {
        let text = "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.";
        return Err(InvalidConfig::Rule(text.to_owned()).into());
    }
    let (image, old) = (context.view.image, current(context, &resource));
    let mut write = Write::default();
    match &resource {
        ConfigResource::Topic(name) => {
            context.view.check_topic_configs(&old, &overrides)?;
            let key = Key::Topic(name.clone());
            match image.mod_revision(&key) {
                0 => return Err(AlterConfigsError::UnknownTopic(name.clone())),
                revision => write.expect(key.to_string(), revision),
            }
        }
        ConfigResource::Broker(_) | ConfigResource::BrokerDefault => {
            broker::check(context, &resource, &overrides)?;
        }
    }
    if overrides == old {
        return Ok(AlteredConfigs { resource, overrides, write: Write::default() });
    }
    let key = resource.key();
    write.expect(key.to_string(), image.mod_revision(&key));
    if overrides.is_empty() {
        write.delete(key.to_string());
    } else {
        write.put(key.to_string(), overrides_value(&overrides));
    }
    Ok(AlteredConfigs { resource, overrides, write })
}

fn current(context: &PlanContext<'_>, resource: &ConfigResource) -> Overrides {
    let image = context.view.image;
    match resource {
        ConfigResource::Topic(name) => image.topic_overrides(name.as_str()),
        ConfigResource::Broker(id) => image.broker_overrides(*id),
        ConfigResource::BrokerDefault => image.broker_default_overrides(),
    }
}

/// How often each resource is named.
fn times<'r>(resources: impl Iterator<Item = (i8, &'r str)>) -> HashMap<(i8, &'r str), usize> {
    let mut times = HashMap::new();
    for resource in resources {
        *times.entry(resource).or_default() += 1;
    }
    times
}

fn check_names<'r>(mut names: impl Iterator<Item = &'r str>) -> Result<(), AlterConfigsError> {
    let mut seen = HashSet::new();
    if names.all(|name| seen.insert(name)) {
        Ok(())
    } else {
        Err(AlterConfigsError::DuplicateConfigs)
    }
}

fn check_no_nulls(nulls: Vec<String>) -> Result<(), AlterConfigsError> {
    if nulls.is_empty() { Ok(()) } else { Err(AlterConfigsError::NullValues(nulls)) }
}
