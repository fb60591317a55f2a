//! DescribeConfigs (key 32), versions 1 to 4.
//!
//! Configuration of topics, brokers and others (KIP-133). v1 where a value comes from (KIP-226). v3 types and
//! documentation (KIP-569). v4 flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = DescribeConfigs, response = DescribeConfigsResponse, versions = "1-4")]
pub struct DescribeConfigsRequest {
    pub resources: Vec<DescribeConfigsResource>,
    #[kafka(versions = "1+")]
    pub include_synonyms: bool,
    #[kafka(versions = "3+")]
    pub include_documentation: bool,
}

/// One of [`DescribeConfigsRequest`]'s `resources`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DescribeConfigsResource {
    /// 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
    pub resource_type: i8,
    pub resource_name: Str,
    /// Null for all.
    #[kafka(nullable = "0+")]
    pub configuration_keys: Option<Vec<Str>>,
}

/// The answer to [`DescribeConfigsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DescribeConfigsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DescribeConfigsResult>,
}

/// One of [`DescribeConfigsResponse`]'s `results`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DescribeConfigsResult {
    pub error_code: i16,
    #[kafka(nullable = "0+")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<DescribeConfigsResourceResult>,
}

/// One of [`DescribeConfigsResult`]'s `configs`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DescribeConfigsResourceResult {
    pub name: Str,
    /// Null if it is sensitive.
    #[kafka(nullable = "0+")]
    pub value: Option<Str>,
    pub read_only: bool,
    /// 1 topic, 2 broker (dynamic), 3 all brokers (dynamic), 4 broker (static), 5 default, 6 broker logger, 7
    /// client metrics, 8 group.
    #[kafka(versions = "1+", default = "-1")]
    pub config_source: i8,
    pub is_sensitive: bool,
    #[kafka(versions = "1+")]
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// 0 unknown, 1 bool, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
    #[kafka(versions = "3+")]
    pub config_type: i8,
    #[kafka(versions = "3+", nullable = "0+")]
    pub documentation: Option<Str>,
}

/// One of [`DescribeConfigsResourceResult`]'s `synonyms`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DescribeConfigsSynonym {
    #[kafka(versions = "1+")]
    pub name: Str,
    #[kafka(versions = "1+", nullable = "0+")]
    pub value: Option<Str>,
    #[kafka(versions = "1+")]
    pub source: i8,
}
