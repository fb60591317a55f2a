//! ListGroups (key 16), versions 0 to 5.
//!
//! The groups that a broker coordinates. v3 flexible. v4 their states, and a filter by them (KIP-518). v5 their
//! types, and a filter by them (KIP-848).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+", key = ListGroups, response = ListGroupsResponse, versions = "0-5")]
pub struct ListGroupsRequest {
    /// Empty for all.
    #[kafka(versions = "4+")]
    pub states_filter: Vec<Str>,
    /// Empty for all.
    #[kafka(versions = "5+")]
    pub types_filter: Vec<Str>,
}

/// The answer to [`ListGroupsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct ListGroupsResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub groups: Vec<ListedGroup>,
}

/// One of [`ListGroupsResponse`]'s `groups`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct ListedGroup {
    pub group_id: Str,
    pub protocol_type: Str,
    #[kafka(versions = "4+")]
    pub group_state: Str,
    #[kafka(versions = "5+")]
    pub group_type: Str,
}
