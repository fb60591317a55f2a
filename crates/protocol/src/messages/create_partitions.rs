//! CreatePartitions (key 37), versions 0 to 3.
//!
//! Adds partitions to topics (KIP-195). v2 flexible. v3 THROTTLING_QUOTA_EXCEEDED (KIP-599).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = CreatePartitions, response = CreatePartitionsResponse, versions = "0-3")]
pub struct CreatePartitionsRequest {
    pub topics: Vec<CreatePartitionsTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
}

/// One of [`CreatePartitionsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct CreatePartitionsTopic {
    pub name: Str,
    /// How many there shall be in all.
    pub count: i32,
    /// Null to let the broker choose.
    #[kafka(nullable = "0+")]
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

/// One of [`CreatePartitionsTopic`]'s `assignments`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct CreatePartitionsAssignment {
    pub broker_ids: Vec<i32>,
}

/// The answer to [`CreatePartitionsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct CreatePartitionsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<CreatePartitionsTopicResult>,
}

/// One of [`CreatePartitionsResponse`]'s `results`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct CreatePartitionsTopicResult {
    pub name: Str,
    pub error_code: i16,
    #[kafka(nullable = "0+", default = "null")]
    pub error_message: Option<Str>,
}
