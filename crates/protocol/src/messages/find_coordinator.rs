//! FindCoordinator (key 10), versions 0 to 6.
//!
//! Which broker coordinates a group or a transactional id. v1 key types and error messages (KIP-98). v3 flexible.
//! v4 many keys at once, in fields of their own (KIP-699). v5 TRANSACTION_ABORTABLE (KIP-890). v6 share groups
//! (KIP-932).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+", key = FindCoordinator, response = FindCoordinatorResponse, versions = "0-6")]
pub struct FindCoordinatorRequest {
    #[kafka(versions = "0-3")]
    pub key: Str,
    /// 0 for a group, 1 for a transactional id, 2 for `group:topic id:partition` of a share group.
    #[kafka(versions = "1+")]
    pub key_type: i8,
    #[kafka(versions = "4+")]
    pub coordinator_keys: Vec<Str>,
}

/// The answer to [`FindCoordinatorRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct FindCoordinatorResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    #[kafka(versions = "0-3")]
    pub error_code: i16,
    #[kafka(versions = "1-3", nullable = "1-3")]
    pub error_message: Option<Str>,
    #[kafka(versions = "0-3")]
    pub node_id: i32,
    #[kafka(versions = "0-3")]
    pub host: Str,
    #[kafka(versions = "0-3")]
    pub port: i32,
    #[kafka(versions = "4+")]
    pub coordinators: Vec<Coordinator>,
}

/// One of [`FindCoordinatorResponse`]'s `coordinators`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct Coordinator {
    #[kafka(versions = "4+")]
    pub key: Str,
    #[kafka(versions = "4+")]
    pub node_id: i32,
    #[kafka(versions = "4+")]
    pub host: Str,
    #[kafka(versions = "4+")]
    pub port: i32,
    #[kafka(versions = "4+")]
    pub error_code: i16,
    #[kafka(versions = "4+", nullable = "4+")]
    pub error_message: Option<Str>,
}
