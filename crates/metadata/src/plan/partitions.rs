//! CreatePartitions.

use std::sync::Arc;

use thiserror::Error;
use vltava_model::BrokerId;

use super::PlanContext;
use super::assign::AssignmentError;
use crate::image::Topic;
use crate::write::Write;

/// A topic that is to have more partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPartitions {
    /// The topic's name.
    pub name: String,
    /// How many partitions it is to have altogether.
    pub count: i32,
    /// The brokers of each new partition; `None` to have them chosen.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// A topic as the plan enlarges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPartitions {
    /// The topic with its new partitions.
    pub topic: Arc<Topic>,
    /// How many of them are new.
    pub added: i32,
    /// What makes it so.
    pub write: Write,
}

/// Why a topic gets no more partitions. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreatePartitionsError {
    /// INVALID_REQUEST: the request names the topic twice.
    #[error("Duplicate topic name.")]
    Duplicate,
    /// UNKNOWN_TOPIC_OR_PARTITION
    #[error("This server does not host this topic-partition.")]
    UnknownTopic,
    /// INVALID_PARTITIONS
    #[error("Topic already has {0} partition(s).")]
    AlreadyThere(i32),
    /// INVALID_PARTITIONS
    #[error(
        "The topic {name} currently has {current} partition(s); {count} would not be an increase."
    )]
    NotAnIncrease {
        /// The topic.
        name: String,
        /// The partitions it has.
        current: i32,
        /// The partitions asked for.
        count: i32,
    },
    /// INVALID_REPLICA_ASSIGNMENT
    #[error(transparent)]
    InvalidAssignment(#[from] AssignmentError),
    /// INVALID_REPLICATION_FACTOR
    #[error(
        "The target replication factor of {replication_factor} cannot be reached because only {brokers} broker(s) \
         are registered or some brokers have all their log directories cordoned."
    )]
    TooFewBrokers {
        /// The replicas that the topic's partitions have.
        replication_factor: i64,
        /// The brokers that are there.
        brokers: usize,
    },
    /// POLICY_VIOLATION: more than [`super::PARTITIONS_PER_REQUEST_MAX`] new partitions.
    #[error("Excessively large number of partitions per request.")]
    TooMany,
}

/// Plans more partitions for topics; the results are in the order of the request, one for each entry.
pub fn create_partitions(
    context: &PlanContext<'_>,
    topics: &[NewPartitions],
) -> Vec<Result<CreatedPartitions, CreatePartitionsError>> {
    todo!()
}
