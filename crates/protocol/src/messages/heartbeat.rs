//! Heartbeat (key 12), versions 0 to 4.
//!
//! A member of a classic group says that it lives, and learns of a rebalance. v3 static members (KIP-345). v4
//! flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = Heartbeat, response = HeartbeatResponse, versions = "0-4")]
pub struct HeartbeatRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub group_instance_id: Option<Str>,
}

/// The answer to [`HeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct HeartbeatResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub error_code: i16,
}
