//! The value types that every other crate speaks in: ids, names, offsets and times, in Kafka's words.
//!
//! A pure crate with no logic beyond validity: numbers are newtypes so that an offset is never taken
//! for an epoch, and a name that exists is a legal name.

mod groups;
mod numbers;
mod topics;

pub use groups::{GenerationId, GroupId, GroupInstanceId, MemberId};
pub use numbers::{BrokerId, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
pub use topics::{InvalidTopicName, PartitionIndex, TopicId, TopicName, TopicPartition};
