//! CreateTopics.

use std::sync::Arc;

use thiserror::Error;
use vltava_model::{InvalidTopicName, TopicId};

use super::PlanContext;
use super::assign::{AssignmentError, PartitionAssignment};
use crate::config::{ConfigEntry, InvalidConfig};
use crate::image::{Overrides, Topic};
use crate::write::Write;

/// Partitions that one request may create, as in Kafka.
pub const PARTITIONS_PER_REQUEST_MAX: i64 = 10_000;

/// A topic to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// The id that it is to get; random, and not zero.
    pub id: TopicId,
    /// Its partitions; -1 for the broker's default, and where `assignments` are given.
    pub partitions: i32,
    /// Its replicas; -1 for the broker's default, and where `assignments` are given.
    pub replication_factor: i16,
    /// The brokers of each partition; empty to have them chosen.
    pub assignments: Vec<PartitionAssignment>,
    /// Its configs.
    pub configs: Vec<(String, Option<String>)>,
}

/// A topic as the plan creates it.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedTopic {
    /// The topic.
    pub topic: Arc<Topic>,
    /// The configs set on it.
    pub overrides: Overrides,
    /// Its configs in force, as CreateTopics answers them: without synonyms and documentation.
    pub configs: Vec<ConfigEntry>,
    /// What makes it so.
    pub write: Write,
}

/// Why a topic is not created. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreateTopicError {
    /// INVALID_REQUEST: the request names the topic twice.
    #[error("Duplicate topic name.")]
    Duplicate,
    /// INVALID_REQUEST: the name is reserved.
    #[error("Creation of internal topic __cluster_metadata is prohibited.")]
    Reserved,
    /// INVALID_TOPIC_EXCEPTION
    #[error("Topic name is invalid: {0}")]
    InvalidName(InvalidTopicName),
    /// INVALID_TOPIC_EXCEPTION: the names differ only in `.` and `_`, so their metrics would be the same.
    #[error("Topic '{name}' collides with existing topic: {existing}")]
    Collision {
        /// The new topic.
        name: String,
        /// The one that is there.
        existing: String,
    },
    /// TOPIC_ALREADY_EXISTS
    #[error("Topic '{0}' already exists.")]
    AlreadyExists(String),
    /// INVALID_CONFIG
    #[error("Null value not supported for topic configs: {}", .0.join(","))]
    NullConfigs(Vec<String>),
    /// INVALID_CONFIG
    #[error(transparent)]
    InvalidConfig(#[from] InvalidConfig),
    /// INVALID_REQUEST
    #[error(
        "A manual partition assignment was specified, but replication factor was not set to -1."
    )]
    AssignmentAndReplicationFactor,
    /// INVALID_REQUEST
    #[error("A manual partition assignment was specified, but numPartitions was not set to -1.")]
    AssignmentAndPartitions,
    /// INVALID_REPLICA_ASSIGNMENT
    #[error(transparent)]
    InvalidAssignment(#[from] AssignmentError),
    /// INVALID_REPLICATION_FACTOR
    #[error("Replication factor must be larger than 0, or -1 to use the default value.")]
    ReplicationFactorNotPositive,
    /// INVALID_REPLICATION_FACTOR
    #[error(
        "Unable to replicate the partition {replication_factor} time(s): The target replication factor of \
         {replication_factor} cannot be reached because only {brokers} broker(s) are registered or some brokers \
         have all their log directories cordoned."
    )]
    TooFewBrokers {
        /// The replicas asked for.
        replication_factor: i64,
        /// The brokers that are there.
        brokers: usize,
    },
    /// INVALID_PARTITIONS
    #[error("Number of partitions was set to an invalid non-positive value.")]
    PartitionsNotPositive,
}

/// POLICY_VIOLATION: a request creates more than [`PARTITIONS_PER_REQUEST_MAX`] partitions, so none of it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Excessively large number of partitions per request.")]
pub struct TooManyPartitions;

/// Plans the creation of topics; the results are in the order of the request, one for each entry.
pub fn create_topics(
    context: &PlanContext<'_>,
    topics: &[NewTopic],
) -> Result<Vec<Result<CreatedTopic, CreateTopicError>>, TooManyPartitions> {
    todo!()
}
