//! DescribeCluster (key 60), versions 0 to 2.
//!
//! Brokers or controllers of the cluster (KIP-700). v1 which of the two (KIP-919). v2 brokers that are fenced
//! (KIP-1073).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+", key = DescribeCluster, response = DescribeClusterResponse, versions = "0-2")]
pub struct DescribeClusterRequest {
    pub include_cluster_authorized_operations: bool,
    /// 1 for brokers, 2 for controllers.
    #[kafka(versions = "1+", default = "1")]
    pub endpoint_type: i8,
    #[kafka(versions = "2+")]
    pub include_fenced_brokers: bool,
}

/// The answer to [`DescribeClusterRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeClusterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[kafka(nullable = "0+", default = "null")]
    pub error_message: Option<Str>,
    #[kafka(versions = "1+", default = "1")]
    pub endpoint_type: i8,
    pub cluster_id: Str,
    #[kafka(default = "-1")]
    pub controller_id: i32,
    pub brokers: Vec<DescribeClusterBroker>,
    /// A bit for each operation; `i32::MIN` if not asked for.
    #[kafka(default = "-2147483648")]
    pub cluster_authorized_operations: i32,
}

/// One of [`DescribeClusterResponse`]'s `brokers`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub struct DescribeClusterBroker {
    pub broker_id: i32,
    pub host: Str,
    pub port: i32,
    #[kafka(nullable = "0+", default = "null")]
    pub rack: Option<Str>,
    #[kafka(versions = "2+")]
    pub is_fenced: bool,
}
