//! ListOffsets (key 2), versions 1 to 11.
//!
//! Looks up the offset for a time. Negative times stand for places: -1 the end, -2 the start, -3 the record with
//! the latest time, -4 the start of what is local, -5 the end of what is tiered, -6 the first that is not tiered
//! yet. v1 one offset, with its time (KIP-79). v2 isolation level (KIP-98). v4 leader epochs (KIP-320). v5
//! OFFSET_NOT_AVAILABLE (KIP-207). v6 flexible. v7 time -3 (KIP-734). v8 time -4 (KIP-405). v9 time -5 (KIP-1005).
//! v10 `timeout_ms` for times that must be looked for in tiered storage (KIP-1075). v11 time -6 (KIP-1023).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+", key = ListOffsets, response = ListOffsetsResponse, versions = "1-11")]
pub struct ListOffsetsRequest {
    /// -1 from consumers.
    pub replica_id: i32,
    /// 0: the end is the high watermark; 1: the last stable offset.
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
    /// Milliseconds, or one of the negative ones above.
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
    /// The found record's, or -1.
    #[kafka(versions = "1+", default = "-1")]
    pub timestamp: i64,
    /// -1 if no record is that late.
    #[kafka(versions = "1+", default = "-1")]
    pub offset: i64,
    #[kafka(versions = "4+", default = "-1")]
    pub leader_epoch: i32,
}
