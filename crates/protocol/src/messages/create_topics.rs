//! CreateTopics (key 19), versions 2 to 7.
//!
//! Makes topics (KIP-4). v2 is the first since Kafka 4.0. v4 the broker's own defaults for -1 partitions or
//! replicas (KIP-464). v5 flexible; the configuration in the answer (KIP-525). v6 THROTTLING_QUOTA_EXCEEDED
//! (KIP-599). v7 topic ids in the answer (KIP-516).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+", key = CreateTopics, response = CreateTopicsResponse, versions = "2-7")]
pub struct CreateTopicsRequest {
    pub topics: Vec<CreatableTopic>,
    #[kafka(default = "60000")]
    pub timeout_ms: i32,
    #[kafka(versions = "1+")]
    pub validate_only: bool,
}

/// One of [`CreateTopicsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreatableTopic {
    pub name: Str,
    /// -1 if `assignments` say it, or for the default.
    pub num_partitions: i32,
    /// -1 if `assignments` say it, or for the default.
    pub replication_factor: i16,
    pub assignments: Vec<CreatableReplicaAssignment>,
    pub configs: Vec<CreatableTopicConfig>,
}

/// One of [`CreatableTopic`]'s `assignments`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreatableReplicaAssignment {
    pub partition_index: i32,
    pub broker_ids: Vec<i32>,
}

/// One of [`CreatableTopic`]'s `configs`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreatableTopicConfig {
    pub name: Str,
    #[kafka(nullable = "0+")]
    pub value: Option<Str>,
}

/// The answer to [`CreateTopicsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreateTopicsResponse {
    #[kafka(versions = "2+")]
    pub throttle_time_ms: i32,
    pub topics: Vec<CreatableTopicResult>,
}

/// One of [`CreateTopicsResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreatableTopicResult {
    pub name: Str,
    #[kafka(versions = "7+")]
    pub topic_id: TopicId,
    pub error_code: i16,
    #[kafka(versions = "1+", nullable = "0+")]
    pub error_message: Option<Str>,
    #[kafka(versions = "5+", tag = 0)]
    pub topic_config_error_code: i16,
    #[kafka(versions = "5+", default = "-1")]
    pub num_partitions: i32,
    #[kafka(versions = "5+", default = "-1")]
    pub replication_factor: i16,
    /// Null if they may not be seen; `topic_config_error_code` says why.
    #[kafka(versions = "5+", nullable = "5+")]
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}

/// One of [`CreatableTopicResult`]'s `configs`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "5+")]
pub struct CreatableTopicConfigs {
    #[kafka(versions = "5+")]
    pub name: Str,
    #[kafka(versions = "5+", nullable = "5+")]
    pub value: Option<Str>,
    #[kafka(versions = "5+")]
    pub read_only: bool,
    /// As in DescribeConfigs.
    #[kafka(versions = "5+", default = "-1")]
    pub config_source: i8,
    #[kafka(versions = "5+")]
    pub is_sensitive: bool,
}
