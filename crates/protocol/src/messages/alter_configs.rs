//! AlterConfigs (key 33), versions 0 to 2.
//!
//! Replaces the configuration of topics and brokers as a whole (KIP-133); IncrementalAlterConfigs has taken its
//! place. v2 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = AlterConfigs, response = AlterConfigsResponse, versions = "0-2")]
pub struct AlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
}

/// One of [`AlterConfigsRequest`]'s `resources`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
}

/// One of [`AlterConfigsResource`]'s `configs`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct AlterableConfig {
    pub name: Str,
    #[kafka(nullable = "0+")]
    pub value: Option<Str>,
}

/// The answer to [`AlterConfigsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct AlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
}

/// One of [`AlterConfigsResponse`]'s `responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct AlterConfigsResourceResponse {
    pub error_code: i16,
    #[kafka(nullable = "0+")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
}
