//! JoinGroup (key 11), versions 0 to 9.
//!
//! Joins a classic group; answered when the rebalance has all its members. v1 `rebalance_timeout_ms` (KIP-62). v4 a
//! first join without a member id is answered with MEMBER_ID_REQUIRED and an id (KIP-394). v5 static members
//! (KIP-345). v6 flexible. v7 the protocol's type in the answer (KIP-559). v8 the reason (KIP-800). v9
//! `skip_assignment`: a static leader comes back and the assignment stays (KIP-814).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+", key = JoinGroup, response = JoinGroupResponse, versions = "0-9")]
pub struct JoinGroupRequest {
    pub group_id: Str,
    pub session_timeout_ms: i32,
    /// -1 stands for the session timeout.
    #[kafka(versions = "1+", default = "-1")]
    pub rebalance_timeout_ms: i32,
    /// Empty at first; the answer brings it.
    pub member_id: Str,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub group_instance_id: Option<Str>,
    pub protocol_type: Str,
    /// Assignors, best first.
    pub protocols: Vec<JoinGroupRequestProtocol>,
    #[kafka(versions = "8+", nullable = "8+", default = "null")]
    pub reason: Option<Str>,
}

/// One of [`JoinGroupRequest`]'s `protocols`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "6+")]
pub struct JoinGroupRequestProtocol {
    pub name: Str,
    /// For consumers a `ConsumerProtocolSubscription`.
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
    /// For the leader alone; empty for the others.
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
