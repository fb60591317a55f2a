//! Group records.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// OffsetCommitKey.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetCommitKey {
    #[kafka(versions = "0")]
    pub group: Str,
    #[kafka(versions = "0")]
    pub topic: Str,
    #[kafka(versions = "0")]
    pub partition: i32,
}

/// OffsetCommitValue.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct OffsetCommitValue {
    pub offset: i64,
    #[kafka(versions = "3+", default = "-1")]
    pub leader_epoch: i32,
    pub metadata: Str,
    pub commit_timestamp: i64,
    #[kafka(versions = "1", default = "-1")]
    pub expire_timestamp: i64,
    #[kafka(versions = "4+", tag = 0)]
    pub topic_id: TopicId,
}

/// GroupMetadataKey.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct GroupMetadataKey {
    #[kafka(versions = "0")]
    pub group: Str,
}

/// GroupMetadataValue.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct GroupMetadataValue {
    pub protocol_type: Str,
    pub generation: i32,
    #[kafka(nullable = "0+")]
    pub protocol: Option<Str>,
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
