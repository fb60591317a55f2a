//! JoinGroup (key 11), versions 0 to 9.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// Asks for JoinGroup.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+", key = JoinGroup, response = JoinGroupResponse, versions = "0-9")]
pub struct JoinGroupRequest {
    pub group_id: Str,
    pub session_timeout_ms: i32,
    #[kafka(versions = "1+", default = "-1")]
    pub rebalance_timeout_ms: i32,
    pub member_id: Str,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub group_instance_id: Option<Str>,
    pub protocol_type: Str,
    pub protocols: Vec<JoinGroupRequestProtocol>,
    #[kafka(versions = "8+", nullable = "8+", default = "null")]
    pub reason: Option<Str>,
}

/// One of [`JoinGroupRequest`]'s `protocols`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct JoinGroupRequestProtocol {
    pub name: Str,
    pub metadata: Bytes,
}

/// The answer to [`JoinGroupRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct JoinGroupResponse {
    #[kafka(versions = "2+")]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[kafka(default = "-1")]
    pub generation_id: i32,
    #[kafka(versions = "7+", nullable = "7+", default = "null")]
    pub protocol_type: Option<Str>,
    #[kafka(nullable = "7+")]
    pub protocol_name: Option<Str>,
    pub leader: Str,
    #[kafka(versions = "9+")]
    pub skip_assignment: bool,
    pub member_id: Str,
    pub members: Vec<JoinGroupResponseMember>,
}

/// One of [`JoinGroupResponse`]'s `members`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct JoinGroupResponseMember {
    pub member_id: Str,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub group_instance_id: Option<Str>,
    pub metadata: Bytes,
}
