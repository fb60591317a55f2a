//! DescribeProducers (key 61), versions 0.
//!
//! Which producers write to partitions, from the leader's memory (KIP-664).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+", key = DescribeProducers, response = DescribeProducersResponse, versions = "0")]
pub struct DescribeProducersRequest {
    pub topics: Vec<TopicRequest>,
}

/// One of [`DescribeProducersRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct TopicRequest {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
}

/// The answer to [`DescribeProducersRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeProducersResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<TopicResponse>,
}

/// One of [`DescribeProducersResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct TopicResponse {
    pub name: Str,
    pub partitions: Vec<PartitionResponse>,
}

/// One of [`TopicResponse`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct PartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    #[kafka(nullable = "0+", default = "null")]
    pub error_message: Option<Str>,
    pub active_producers: Vec<ProducerState>,
}

/// One of [`PartitionResponse`]'s `active_producers`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct ProducerState {
    pub producer_id: i64,
    pub producer_epoch: i32,
    #[kafka(default = "-1")]
    pub last_sequence: i32,
    #[kafka(default = "-1")]
    pub last_timestamp: i64,
    pub coordinator_epoch: i32,
    /// -1 if no transaction is open.
    #[kafka(default = "-1")]
    pub current_txn_start_offset: i64,
}
