//! ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0 to 3.
//!
//! What consumers tell each other through the classic group's JoinGroup (subscription) and SyncGroup (assignment),
//! after two bytes with the version. A version above 3 is read as version 3: later ones only add fields at the end.
//! v1 the partitions that a member still has (KIP-429). v2 the generation that it has them from (KIP-792). v3 its
//! rack (KIP-881).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// What a member wants.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Str>,
    #[kafka(nullable = "0+", default = "null")]
    pub user_data: Option<Bytes>,
    #[kafka(versions = "1+")]
    pub owned_partitions: Vec<TopicPartition>,
    /// -1 if it is not known.
    #[kafka(versions = "2+", default = "-1")]
    pub generation_id: i32,
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub rack_id: Option<Str>,
}

/// One of [`ConsumerProtocolSubscription`]'s `owned_partitions` or of [`ConsumerProtocolAssignment`]'s
/// `assigned_partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

/// What a member gets.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    #[kafka(nullable = "0+", default = "null")]
    pub user_data: Option<Bytes>,
}
