//! LeaveGroup (key 13), versions 0 to 5.
//!
//! Takes members out of a classic group. v3 several at once, also static ones by their instance id (KIP-345). v4
//! flexible. v5 the reason (KIP-800).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = LeaveGroup, response = LeaveGroupResponse, versions = "0-5")]
pub struct LeaveGroupRequest {
    pub group_id: Str,
    #[kafka(versions = "0-2")]
    pub member_id: Str,
    #[kafka(versions = "3+")]
    pub members: Vec<MemberIdentity>,
}

/// One of [`LeaveGroupRequest`]'s `members`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct MemberIdentity {
    #[kafka(versions = "3+")]
    pub member_id: Str,
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub group_instance_id: Option<Str>,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub reason: Option<Str>,
}

/// The answer to [`LeaveGroupRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct LeaveGroupResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[kafka(versions = "3+")]
    pub members: Vec<MemberResponse>,
}

/// One of [`LeaveGroupResponse`]'s `members`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct MemberResponse {
    #[kafka(versions = "3+")]
    pub member_id: Str,
    #[kafka(versions = "3+", nullable = "3+")]
    pub group_instance_id: Option<Str>,
    #[kafka(versions = "3+")]
    pub error_code: i16,
}
