//! IncrementalAlterConfigs (key 44), versions 0 to 1.
//!
//! Changes single configurations (KIP-339). v1 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "1+", key = IncrementalAlterConfigs, response = IncrementalAlterConfigsResponse, versions = "0-1")]
pub struct IncrementalAlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
}

/// One of [`IncrementalAlterConfigsRequest`]'s `resources`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "1+")]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
}

/// One of [`AlterConfigsResource`]'s `configs`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "1+")]
pub struct AlterableConfig {
    pub name: Str,
    /// 0 set, 1 delete, 2 append to a list, 3 subtract from it.
    pub config_operation: i8,
    #[kafka(nullable = "0+")]
    pub value: Option<Str>,
}

/// The answer to [`IncrementalAlterConfigsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "1+")]
pub struct IncrementalAlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
}

/// One of [`IncrementalAlterConfigsResponse`]'s `responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "1+")]
pub struct AlterConfigsResourceResponse {
    pub error_code: i16,
    #[kafka(nullable = "0+")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
}
