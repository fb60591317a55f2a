//! The consumer protocol.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// ConsumerProtocolSubscription.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Str>,
    #[kafka(nullable = "0+", default = "null")]
    pub user_data: Option<Bytes>,
    #[kafka(versions = "1+")]
    pub owned_partitions: Vec<TopicPartition>,
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

/// ConsumerProtocolAssignment.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    #[kafka(nullable = "0+", default = "null")]
    pub user_data: Option<Bytes>,
}
