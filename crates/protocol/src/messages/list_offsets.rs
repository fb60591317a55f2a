//! ListOffsets (key 2), versions 1 to 11.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// Asks for ListOffsets.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+", key = ListOffsets, response = ListOffsetsResponse, versions = "1-11")]
pub struct ListOffsetsRequest {
    pub replica_id: i32,
    #[kafka(versions = "2+")]
    pub isolation_level: i8,
    pub topics: Vec<ListOffsetsTopic>,
    #[kafka(versions = "10+")]
    pub timeout_ms: i32,
}

/// One of [`ListOffsetsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct ListOffsetsTopic {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartition>,
}

/// One of [`ListOffsetsTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct ListOffsetsPartition {
    pub partition_index: i32,
    #[kafka(versions = "4+", default = "-1")]
    pub current_leader_epoch: i32,
    pub timestamp: i64,
}

/// The answer to [`ListOffsetsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct ListOffsetsResponse {
    #[kafka(versions = "2+")]
    pub throttle_time_ms: i32,
    pub topics: Vec<ListOffsetsTopicResponse>,
}

/// One of [`ListOffsetsResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct ListOffsetsTopicResponse {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}

/// One of [`ListOffsetsTopicResponse`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct ListOffsetsPartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    #[kafka(versions = "1+", default = "-1")]
    pub timestamp: i64,
    #[kafka(versions = "1+", default = "-1")]
    pub offset: i64,
    #[kafka(versions = "4+", default = "-1")]
    pub leader_epoch: i32,
}
