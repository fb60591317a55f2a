//! DescribeTopicPartitions (key 75), versions 0.
//!
//! Partitions of topics page by page, with eligible leader replicas (KIP-966).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+", key = DescribeTopicPartitions, response = DescribeTopicPartitionsResponse, versions = "0")]
pub struct DescribeTopicPartitionsRequest {
    pub topics: Vec<TopicRequest>,
    #[kafka(default = "2000")]
    pub response_partition_limit: i32,
    /// Where to go on; null to begin.
    #[kafka(nullable = "0+", default = "null")]
    pub cursor: Option<Cursor>,
}

/// One of [`DescribeTopicPartitionsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct TopicRequest {
    pub name: Str,
}

/// [`DescribeTopicPartitionsRequest`]'s `cursor`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct Cursor {
    pub topic_name: Str,
    pub partition_index: i32,
}

/// The answer to [`DescribeTopicPartitionsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeTopicPartitionsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// Where the next page begins; null after the last.
    #[kafka(nullable = "0+", default = "null")]
    pub next_cursor: Option<Cursor>,
}

/// One of [`DescribeTopicPartitionsResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeTopicPartitionsResponseTopic {
    pub error_code: i16,
    #[kafka(nullable = "0+")]
    pub name: Option<Str>,
    pub topic_id: TopicId,
    pub is_internal: bool,
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    #[kafka(default = "-2147483648")]
    pub topic_authorized_operations: i32,
}

/// One of [`DescribeTopicPartitionsResponseTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeTopicPartitionsResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    #[kafka(default = "-1")]
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    #[kafka(nullable = "0+", default = "null")]
    pub eligible_leader_replicas: Option<Vec<i32>>,
    #[kafka(nullable = "0+", default = "null")]
    pub last_known_elr: Option<Vec<i32>>,
    pub offline_replicas: Vec<i32>,
}
