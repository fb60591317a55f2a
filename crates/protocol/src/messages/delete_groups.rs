//! DeleteGroups (key 42), versions 0 to 2.
//!
//! Deletes groups that have no members (KIP-229). v2 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = DeleteGroups, response = DeleteGroupsResponse, versions = "0-2")]
pub struct DeleteGroupsRequest {
    pub groups_names: Vec<Str>,
}

/// The answer to [`DeleteGroupsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeleteGroupsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DeletableGroupResult>,
}

/// One of [`DeleteGroupsResponse`]'s `results`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DeletableGroupResult {
    pub group_id: Str,
    pub error_code: i16,
}
