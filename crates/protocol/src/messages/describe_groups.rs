//! DescribeGroups (key 15), versions 0 to 6.
//!
//! State and members of classic groups. v3 allowed operations (KIP-430). v4 static members (KIP-345). v5 flexible.
//! v6 GROUP_ID_NOT_FOUND in place of a group that is `Dead` (KIP-1043).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use bytes::Bytes;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+", key = DescribeGroups, response = DescribeGroupsResponse, versions = "0-6")]
pub struct DescribeGroupsRequest {
    pub groups: Vec<Str>,
    #[kafka(versions = "3+")]
    pub include_authorized_operations: bool,
}

/// The answer to [`DescribeGroupsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct DescribeGroupsResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

/// One of [`DescribeGroupsResponse`]'s `groups`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct DescribedGroup {
    pub error_code: i16,
    #[kafka(versions = "6+", nullable = "6+", default = "null")]
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub protocol_type: Str,
    /// The chosen protocol, while the group is `Stable`.
    pub protocol_data: Str,
    pub members: Vec<DescribedGroupMember>,
    /// A bit for each operation; `i32::MIN` if not asked for.
    #[kafka(versions = "3+", default = "-2147483648")]
    pub authorized_operations: i32,
}

/// One of [`DescribedGroup`]'s `members`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct DescribedGroupMember {
    pub member_id: Str,
    #[kafka(versions = "4+", nullable = "4+", default = "null")]
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub member_metadata: Bytes,
    pub member_assignment: Bytes,
}
