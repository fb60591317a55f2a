//! Metadata (key 3), versions 0 to 13.
//!
//! Brokers, topics, and where the leaders are: what clients ask first. In v0 an empty list of topics asks for all
//! of them; from v1 on that is what null does, and an empty list asks for none. v1 racks, controller, internal
//! topics (KIP-4). v2 cluster id (KIP-78). v4 whether topics may be created. v5 offline replicas (KIP-112). v7
//! leader epochs (KIP-320). v8 allowed operations (KIP-430). v9 flexible. v10 topic ids (KIP-516), and v12 asks by
//! them. v11 moves the cluster's allowed operations to DescribeCluster (KIP-700). v13 an error for the whole
//! answer.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+", key = Metadata, response = MetadataResponse, versions = "0-13")]
pub struct MetadataRequest {
    #[kafka(nullable = "1+")]
    pub topics: Option<Vec<MetadataRequestTopic>>,
    #[kafka(versions = "4+", default = "true")]
    pub allow_auto_topic_creation: bool,
    #[kafka(versions = "8-10")]
    pub include_cluster_authorized_operations: bool,
    #[kafka(versions = "8+")]
    pub include_topic_authorized_operations: bool,
}

/// One of [`MetadataRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct MetadataRequestTopic {
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    #[kafka(nullable = "10+")]
    pub name: Option<Str>,
}

/// The answer to [`MetadataRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct MetadataResponse {
    #[kafka(versions = "3+")]
    pub throttle_time_ms: i32,
    pub brokers: Vec<MetadataResponseBroker>,
    #[kafka(versions = "2+", nullable = "2+", default = "null")]
    pub cluster_id: Option<Str>,
    /// A broker that passes requests on to the controller, or -1.
    #[kafka(versions = "1+", default = "-1")]
    pub controller_id: i32,
    pub topics: Vec<MetadataResponseTopic>,
    /// A bit for each operation; `i32::MIN` if not asked for.
    #[kafka(versions = "8-10", default = "-2147483648")]
    pub cluster_authorized_operations: i32,
    #[kafka(versions = "13+")]
    pub error_code: i16,
}

/// One of [`MetadataResponse`]'s `brokers`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct MetadataResponseBroker {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    #[kafka(versions = "1+", nullable = "1+", default = "null")]
    pub rack: Option<Str>,
}

/// One of [`MetadataResponse`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct MetadataResponseTopic {
    pub error_code: i16,
    #[kafka(nullable = "12+")]
    pub name: Option<Str>,
    #[kafka(versions = "10+")]
    pub topic_id: TopicId,
    #[kafka(versions = "1+")]
    pub is_internal: bool,
    pub partitions: Vec<MetadataResponsePartition>,
    /// A bit for each operation; `i32::MIN` if not asked for.
    #[kafka(versions = "8+", default = "-2147483648")]
    pub topic_authorized_operations: i32,
}

/// One of [`MetadataResponseTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct MetadataResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    #[kafka(versions = "7+", default = "-1")]
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    #[kafka(versions = "5+")]
    pub offline_replicas: Vec<i32>,
}
