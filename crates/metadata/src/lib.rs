//! Metadata: what topics there are, who leads their partitions, and how all is configured.
//!
//! [`Image`] is the metadata at one revision of the coordination store. It is made by applying the store's entries, one
//! key each ([`Key`]), and readers share it as `Arc<Image>`. A change begins as a *plan*: [`create_topics`] and its siblings
//! read an image and return, for each topic or resource, either what it becomes with the [`Write`] that
//! makes it so, or the reason why not, in the words that Kafka's tools show. Configuration has its own tables:
//! [`topic_configs`] and [`broker_configs`] define every name that Kafka 4.3 knows, and [`ConfigView`] finds the value that
//! is in force, and where it comes from.
//!
//! What it is not: it has no store, no clock and no random numbers; ids and times come in with the requests. Kafka's
//! error codes are not here either: `broker` maps the error enums to them.
//!
//! Invariants:
//! - Applying a plan's writes to the image gives what the plan promised.
//! - A topic name in an image has one id, and an id one name.
//! - An image never changes: [`Image::apply`] works on a clone that shares everything it does not touch.
//!
//! Begin reading at [`Image`], then [`create_topics`].

mod config;
mod image;
mod keys;
mod plan;
mod values;
mod write;

pub use config::{
    Bound, BrokerConfig, BrokerProperties, CleanupPolicy, CompressionType, ConfigEntry,
    ConfigSource, ConfigSynonym, ConfigValue, ConfigView, EmptyList, Importance, InvalidConfig,
    Password, PropertyError, Synonym, TimestampType, TopicConfig, TopicSettings, UpdateMode,
    Validator, ValueType, broker_config, broker_configs, topic_config, topic_configs,
};
pub use image::{ApplyError, Change, Image, Overrides, Partition, Topic};
pub use keys::Key;
pub use plan::{
    AdoptedCluster, AdoptedTopic, AlterConfigs, AlterConfigsError, AlteredConfigs, AssignmentError,
    ConfigChange, ConfigOperation, ConfigResource, CreatePartitionsError, CreateTopicError,
    CreatedPartitions, CreatedTopic, DeleteTopic, DeleteTopicError, DeletedTopic,
    IncrementalAlterConfigs, NewPartitions, NewTopic, PARTITIONS_PER_REQUEST_MAX,
    PartitionAssignment, PlanContext, ResourceError, TooManyPartitions, adopt, alter_configs,
    create_partitions, create_topics, delete_topics, incremental_alter_configs,
};
pub use values::{cluster_value, generation_value, producer_ids_value};
pub use write::{Compare, Expected, Operation, Write};
