//! OffsetForLeaderEpoch (key 23), versions 2 to 4.
//!
//! Where a leader epoch ends in a log: how followers and consumers find out after a change of leaders that they
//! must truncate (KIP-101, KIP-320). v2 is the first since Kafka 4.0. v3 the replica's id (KIP-392). v4 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = OffsetForLeaderEpoch, response = OffsetForLeaderEpochResponse, versions = "2-4")]
pub struct OffsetForLeaderEpochRequest {
    /// -1 from consumers, -2 from tools.
    #[kafka(versions = "3+", default = "-2")]
    pub replica_id: i32,
    pub topics: Vec<OffsetForLeaderTopic>,
}

/// One of [`OffsetForLeaderEpochRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetForLeaderTopic {
    pub topic: Str,
    pub partitions: Vec<OffsetForLeaderPartition>,
}

/// One of [`OffsetForLeaderTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetForLeaderPartition {
    pub partition: i32,
    #[kafka(versions = "2+", default = "-1")]
    pub current_leader_epoch: i32,
    /// The epoch whose end is wanted.
    pub leader_epoch: i32,
}

/// The answer to [`OffsetForLeaderEpochRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetForLeaderEpochResponse {
    #[kafka(versions = "2+")]
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetForLeaderTopicResult>,
}

/// One of [`OffsetForLeaderEpochResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetForLeaderTopicResult {
    pub topic: Str,
    pub partitions: Vec<EpochEndOffset>,
}

/// One of [`OffsetForLeaderTopicResult`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct EpochEndOffset {
    pub error_code: i16,
    pub partition: i32,
    /// The largest epoch that is not above the one asked for, or -1.
    #[kafka(versions = "1+", default = "-1")]
    pub leader_epoch: i32,
    /// Where the epoch after that begins, or -1.
    #[kafka(default = "-1")]
    pub end_offset: i64,
}
