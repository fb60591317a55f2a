//! SyncGroup (key 14), versions 0 to 5.
//!
//! Second step of a classic rebalance: the leader hands in the assignments, every member gets its own. v3 static
//! members (KIP-345). v4 flexible. v5 the protocol's type and name, to be checked (KIP-559).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = SyncGroup, response = SyncGroupResponse, versions = "0-5")]
pub struct SyncGroupRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub group_instance_id: Option<Str>,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub protocol_type: Option<Str>,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub protocol_name: Option<Str>,
    /// From the leader alone; empty from the others.
    pub assignments: Vec<SyncGroupRequestAssignment>,
}

/// One of [`SyncGroupRequest`]'s `assignments`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct SyncGroupRequestAssignment {
    pub member_id: Str,
    pub assignment: Bytes,
}

/// The answer to [`SyncGroupRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct SyncGroupResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub protocol_type: Option<Str>,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub protocol_name: Option<Str>,
    /// For consumers a `ConsumerProtocolAssignment`.
    pub assignment: Bytes,
}
