//! OffsetCommit (key 8), versions 2 to 10.
//!
//! Stores how far a group has read. v2 is the first since Kafka 4.0. v5 leaves retention to the broker (KIP-211).
//! v6 leader epochs (KIP-320). v7 static members (KIP-345). v8 flexible. v9 the new group protocol, with
//! `generation_id_or_member_epoch` in its second meaning (KIP-848). v10 topic ids in place of names.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+", key = OffsetCommit, response = OffsetCommitResponse, versions = "2-10")]
pub struct OffsetCommitRequest {
    pub group_id: Str,
    /// -1 from clients that are no members.
    #[kafka(versions = "1+", default = "-1")]
    pub generation_id_or_member_epoch: i32,
    #[kafka(versions = "1+")]
    pub member_id: Str,
    #[kafka(versions = "7+", nullable = "7+", default = "null")]
    pub group_instance_id: Option<Str>,
    /// -1 for the broker's own.
    #[kafka(versions = "2-4", default = "-1")]
    pub retention_time_ms: i64,
    pub topics: Vec<OffsetCommitRequestTopic>,
}

/// One of [`OffsetCommitRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+")]
pub struct OffsetCommitRequestTopic {
    #[kafka(versions = "0-9")]
    pub name: Str,
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    pub partitions: Vec<OffsetCommitRequestPartition>,
}

/// One of [`OffsetCommitRequestTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+")]
pub struct OffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    #[kafka(versions = "6+", default = "-1")]
    pub committed_leader_epoch: i32,
    #[kafka(nullable = "0+")]
    pub committed_metadata: Option<Str>,
}

/// The answer to [`OffsetCommitRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+")]
pub struct OffsetCommitResponse {
    #[kafka(versions = "3+")]
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetCommitResponseTopic>,
}

/// One of [`OffsetCommitResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+")]
pub struct OffsetCommitResponseTopic {
    #[kafka(versions = "0-9")]
    pub name: Str,
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    pub partitions: Vec<OffsetCommitResponsePartition>,
}

/// One of [`OffsetCommitResponseTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "8+")]
pub struct OffsetCommitResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
}
