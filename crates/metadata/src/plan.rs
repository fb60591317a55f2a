//! Plans: what a request would make of the metadata, and the writes that make it so.
//!
//! A plan reads and decides; it changes nothing. Each topic or resource of a request fares by itself, so its result
//! carries its own [`Write`](crate::Write): whoever commits them may put several into one transaction.

mod adopt;
mod alter;
mod assign;
mod create;
mod delete;
mod partitions;

use vltava_model::{BrokerId, Timestamp};

pub use adopt::{AdoptedCluster, AdoptedTopic, adopt};
pub use alter::{
    AlterConfigs, AlterConfigsError, AlteredConfigs, ConfigChange, ConfigOperation, ConfigResource,
    IncrementalAlterConfigs, ResourceError, alter_configs, incremental_alter_configs,
};
pub use assign::{AssignmentError, PartitionAssignment};
pub use create::{
    CreateTopicError, CreatedTopic, NewTopic, PARTITIONS_PER_REQUEST_MAX, TooManyPartitions,
    create_topics,
};
pub use delete::{DeleteTopic, DeleteTopicError, DeletedTopic, delete_topics};
pub use partitions::{CreatePartitionsError, CreatedPartitions, NewPartitions, create_partitions};

use crate::config::ConfigView;

/// What a plan decides from.
#[derive(Clone, Copy, Debug)]
pub struct PlanContext<'a> {
    /// The metadata, and the properties that give defaults.
    pub view: ConfigView<'a>,
    /// The brokers that are there, in order of id.
    pub brokers: &'a [BrokerId],
    /// The time.
    pub now: Timestamp,
}
