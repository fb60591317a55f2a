//! OffsetFetch (key 9), versions 1 to 10.
//!
//! Asks how far a group has read. v2 null topics for all of them, and an error for the group. v5 leader epochs
//! (KIP-320). v6 flexible. v7 `require_stable`: an error while transactions hold offsets that are not decided
//! (KIP-447). v8 several groups at once, in fields of their own (KIP-709). v9 members of the new group protocol
//! (KIP-848). v10 topic ids in place of names.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+", key = OffsetFetch, response = OffsetFetchResponse, versions = "1-10")]
pub struct OffsetFetchRequest {
    /// One group, until v7; then `groups`.
    #[kafka(versions = "0-7")]
    pub group_id: Str,
    /// Null for all of them.
    #[kafka(versions = "0-7", nullable = "2-7")]
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    #[kafka(versions = "8+")]
    pub groups: Vec<OffsetFetchRequestGroup>,
    #[kafka(versions = "7+")]
    pub require_stable: bool,
}

/// One of [`OffsetFetchRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchRequestTopic {
    #[kafka(versions = "0-7")]
    pub name: Str,
    #[kafka(versions = "0-7")]
    pub partition_indexes: Vec<i32>,
}

/// One of [`OffsetFetchRequest`]'s `groups`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchRequestGroup {
    #[kafka(versions = "8+")]
    pub group_id: Str,
    #[kafka(versions = "9+", nullable = "9+", default = "null")]
    pub member_id: Option<Str>,
    #[kafka(versions = "9+", default = "-1")]
    pub member_epoch: i32,
    /// Null for all of them.
    #[kafka(versions = "8+", nullable = "8+")]
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
}

/// One of [`OffsetFetchRequestGroup`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchRequestTopics {
    #[kafka(versions = "8-9")]
    pub name: Str,
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    #[kafka(versions = "8+")]
    pub partition_indexes: Vec<i32>,
}

/// The answer to [`OffsetFetchRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponse {
    #[kafka(versions = "3+")]
    pub throttle_time_ms: i32,
    #[kafka(versions = "0-7")]
    pub topics: Vec<OffsetFetchResponseTopic>,
    #[kafka(versions = "2-7")]
    pub error_code: i16,
    #[kafka(versions = "8+")]
    pub groups: Vec<OffsetFetchResponseGroup>,
}

/// One of [`OffsetFetchResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponseTopic {
    #[kafka(versions = "0-7")]
    pub name: Str,
    #[kafka(versions = "0-7")]
    pub partitions: Vec<OffsetFetchResponsePartition>,
}

/// One of [`OffsetFetchResponseTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponsePartition {
    #[kafka(versions = "0-7")]
    pub partition_index: i32,
    /// -1 if there is none.
    #[kafka(versions = "0-7")]
    pub committed_offset: i64,
    #[kafka(versions = "5-7", default = "-1")]
    pub committed_leader_epoch: i32,
    #[kafka(versions = "0-7", nullable = "0-7")]
    pub metadata: Option<Str>,
    #[kafka(versions = "0-7")]
    pub error_code: i16,
}

/// One of [`OffsetFetchResponse`]'s `groups`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponseGroup {
    #[kafka(versions = "8+")]
    pub group_id: Str,
    #[kafka(versions = "8+")]
    pub topics: Vec<OffsetFetchResponseTopics>,
    #[kafka(versions = "8+")]
    pub error_code: i16,
}

/// One of [`OffsetFetchResponseGroup`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponseTopics {
    #[kafka(versions = "8-9")]
    pub name: Str,
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    #[kafka(versions = "8+")]
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}

/// One of [`OffsetFetchResponseTopics`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct OffsetFetchResponsePartitions {
    #[kafka(versions = "8+")]
    pub partition_index: i32,
    /// -1 if there is none.
    #[kafka(versions = "8+")]
    pub committed_offset: i64,
    #[kafka(versions = "8+", default = "-1")]
    pub committed_leader_epoch: i32,
    #[kafka(versions = "8+", nullable = "8+")]
    pub metadata: Option<Str>,
    #[kafka(versions = "8+")]
    pub error_code: i16,
}
