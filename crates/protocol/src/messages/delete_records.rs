//! DeleteRecords (key 21), versions 0 to 2.
//!
//! Moves the start of partitions up to an offset, so that what is before it can be deleted (KIP-107). v2 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = DeleteRecords, response = DeleteRecordsResponse, versions = "0-2")]
pub struct DeleteRecordsRequest {
    pub topics: Vec<DeleteRecordsTopic>,
    pub timeout_ms: i32,
}

/// One of [`DeleteRecordsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteRecordsTopic {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartition>,
}

/// One of [`DeleteRecordsTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteRecordsPartition {
    pub partition_index: i32,
    /// The new start; -1 for the high watermark.
    pub offset: i64,
}

/// The answer to [`DeleteRecordsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteRecordsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DeleteRecordsTopicResult>,
}

/// One of [`DeleteRecordsResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteRecordsTopicResult {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}

/// One of [`DeleteRecordsTopicResult`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteRecordsPartitionResult {
    pub partition_index: i32,
    pub low_watermark: i64,
    pub error_code: i16,
}
