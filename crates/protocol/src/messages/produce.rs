//! Produce (key 0), versions 3 to 13.
//!
//! Appends record batches to partitions; answered when as many replicas have them as `acks` asks for, and not at
//! all for 0. v3 is the first since Kafka 4.0 (KIP-896): transactional ids and batches of magic 2 (KIP-98). v5 log
//! start offset. v7 zstd (KIP-110). v8 which records were refused, and why (KIP-467). v9 flexible. v10 tells the
//! new leader along with an error (KIP-951). v11 TRANSACTION_ABORTABLE, v12 adds partitions to a transaction by
//! itself (KIP-890). v13 topic ids in place of names (KIP-516).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::{Records, Str};

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+", key = Produce, response = ProduceResponse, versions = "3-13")]
pub struct ProduceRequest {
    #[kafka(versions = "3+", nullable = "3+", default = "null")]
    pub transactional_id: Option<Str>,
    /// 0 for no answer, 1 for the leader alone, -1 for all replicas in sync.
    pub acks: i16,
    /// How long to wait for the replicas.
    pub timeout_ms: i32,
    pub topic_data: Vec<TopicProduceData>,
}

/// One of [`ProduceRequest`]'s `topic_data`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct TopicProduceData {
    #[kafka(versions = "0-12")]
    pub name: Str,
    #[kafka(versions = "13+")]
    pub topic_id: TopicId,
    pub partition_data: Vec<PartitionProduceData>,
}

/// One of [`TopicProduceData`]'s `partition_data`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct PartitionProduceData {
    pub index: i32,
    #[kafka(nullable = "0+")]
    pub records: Option<Records>,
}

/// The answer to [`ProduceRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct ProduceResponse {
    pub responses: Vec<TopicProduceResponse>,
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    /// Where the leaders of `current_leader` can be reached.
    #[kafka(versions = "10+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
}

/// One of [`ProduceResponse`]'s `responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct TopicProduceResponse {
    #[kafka(versions = "0-12")]
    pub name: Str,
    #[kafka(versions = "13+")]
    pub topic_id: TopicId,
    pub partition_responses: Vec<PartitionProduceResponse>,
}

/// One of [`TopicProduceResponse`]'s `partition_responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct PartitionProduceResponse {
    pub index: i32,
    pub error_code: i16,
    pub base_offset: i64,
    /// The broker's time if the topic asks for it, or -1.
    #[kafka(versions = "2+", default = "-1")]
    pub log_append_time_ms: i64,
    #[kafka(versions = "5+", default = "-1")]
    pub log_start_offset: i64,
    /// The records for which the whole batch was refused.
    #[kafka(versions = "8+")]
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    #[kafka(versions = "8+", nullable = "8+", default = "null")]
    pub error_message: Option<Str>,
    #[kafka(versions = "10+", tag = 0)]
    pub current_leader: LeaderIdAndEpoch,
}

/// One of [`PartitionProduceResponse`]'s `record_errors`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct BatchIndexAndErrorMessage {
    /// The record's number in the batch.
    #[kafka(versions = "8+")]
    pub batch_index: i32,
    #[kafka(versions = "8+", nullable = "8+", default = "null")]
    pub batch_index_error_message: Option<Str>,
}

/// [`PartitionProduceResponse`]'s `current_leader`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct LeaderIdAndEpoch {
    #[kafka(versions = "10+", default = "-1")]
    pub leader_id: i32,
    #[kafka(versions = "10+", default = "-1")]
    pub leader_epoch: i32,
}

/// One of [`ProduceResponse`]'s `node_endpoints`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "9+")]
pub struct NodeEndpoint {
    #[kafka(versions = "10+")]
    pub node_id: i32,
    #[kafka(versions = "10+")]
    pub host: Str,
    #[kafka(versions = "10+")]
    pub port: i32,
    #[kafka(versions = "10+", nullable = "10+", default = "null")]
    pub rack: Option<Str>,
}
