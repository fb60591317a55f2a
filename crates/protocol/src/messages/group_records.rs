//! OffsetCommitKey, OffsetCommitValue, GroupMetadataKey and GroupMetadataValue.
//!
//! What `__consumer_offsets` holds for classic groups and offsets. Before a key stand two bytes with the number of
//! its type: 1 for an offset (0 in old logs, with the same fields), 2 for a group. Before a value stand two with
//! its version. From v4 on values are flexible, so that older brokers can read what newer ones write (KIP-915).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// Names a partition in a group.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetCommitKey {
    #[kafka(versions = "0")]
    pub group: Str,
    #[kafka(versions = "0")]
    pub topic: Str,
    #[kafka(versions = "0")]
    pub partition: i32,
}

/// What was committed for it. v3 leader epoch; v4 topic id.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetCommitValue {
    pub offset: i64,
    #[kafka(versions = "3+", default = "-1")]
    pub leader_epoch: i32,
    pub metadata: Str,
    pub commit_timestamp: i64,
    /// The client's own expiry, from OffsetCommit until v4; -1 for none.
    #[kafka(versions = "1", default = "-1")]
    pub expire_timestamp: i64,
    #[kafka(versions = "4+", tag = 0)]
    pub topic_id: TopicId,
}

/// Names a group.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct GroupMetadataKey {
    #[kafka(versions = "0")]
    pub group: Str,
}

/// A classic group after a rebalance. v1 rebalance timeouts; v2 time of the last change; v3 static members.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct GroupMetadataValue {
    pub protocol_type: Str,
    pub generation: i32,
    /// The chosen assignor.
    #[kafka(nullable = "0+")]
    pub protocol: Option<Str>,
    /// The leader's member id.
    #[kafka(nullable = "0+")]
    pub leader: Option<Str>,
    #[kafka(versions = "2+", default = "-1")]
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
}

/// One of [`GroupMetadataValue`]'s `members`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct MemberMetadata {
    pub member_id: Str,
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    #[kafka(versions = "1+", default = "-1")]
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    pub subscription: Bytes,
    pub assignment: Bytes,
}
