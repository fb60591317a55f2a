//! ListConfigResources (key 74), versions 0 to 1.
//!
//! Names of what can be configured. v0 knows client metrics only (KIP-1000); v1 all types (KIP-1142).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+", key = ListConfigResources, response = ListConfigResourcesResponse, versions = "0-1")]
pub struct ListConfigResourcesRequest {
    /// Empty for all.
    #[kafka(versions = "1+")]
    pub resource_types: Vec<i8>,
}

/// The answer to [`ListConfigResourcesRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct ListConfigResourcesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub config_resources: Vec<ConfigResource>,
}

/// One of [`ListConfigResourcesResponse`]'s `config_resources`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct ConfigResource {
    pub resource_name: Str,
    #[kafka(versions = "1+", default = "16")]
    pub resource_type: i8,
}
