//! OffsetDelete (key 47), versions 0.
//!
//! Deletes offsets that a group has committed (KIP-496). Never flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(key = OffsetDelete, response = OffsetDeleteResponse, versions = "0")]
pub struct OffsetDeleteRequest {
    pub group_id: Str,
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

/// One of [`OffsetDeleteRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetDeleteRequestTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

/// One of [`OffsetDeleteRequestTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetDeleteRequestPartition {
    pub partition_index: i32,
}

/// The answer to [`OffsetDeleteRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetDeleteResponse {
    pub error_code: i16,
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

/// One of [`OffsetDeleteResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetDeleteResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

/// One of [`OffsetDeleteResponseTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
pub struct OffsetDeleteResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
}
