//! Fetch (key 1), versions 4 to 18.
//!
//! Reads record batches; waits until `min_bytes` are there or `max_wait_ms` is over. Consumers and followers use
//! it. v4 is the first since Kafka 4.0 (KIP-896): isolation levels and aborted transactions (KIP-98). v5 log start
//! offset (KIP-107). v7 sessions that name only what changed (KIP-227). v9 leader epochs to fence with (KIP-320).
//! v10 zstd (KIP-110). v11 reading from the closest replica (KIP-392). v12 flexible; truncation by epoch (KIP-595).
//! v13 topic ids in place of names (KIP-516). v14 an error for offsets that are tiered (KIP-405). v15 the
//! follower's epoch (KIP-903). v16 endpoints of new leaders (KIP-951). v17 the follower's folder (KIP-853). v18 its
//! high watermark (KIP-1166).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::{Records, Str};

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+", key = Fetch, response = FetchResponse, versions = "4-18")]
pub struct FetchRequest {
    #[kafka(versions = "12+", nullable = "12+", tag = 0, default = "null")]
    pub cluster_id: Option<Str>,
    /// -1 from consumers.
    #[kafka(versions = "0-14", default = "-1")]
    pub replica_id: i32,
    #[kafka(versions = "15+", tag = 1)]
    pub replica_state: ReplicaState,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    /// For the whole answer; the first batch is sent even if it alone is larger.
    #[kafka(versions = "3+", default = "0x7fffffff")]
    pub max_bytes: i32,
    /// 0 reads up to the high watermark, 1 up to the last stable offset.
    #[kafka(versions = "4+")]
    pub isolation_level: i8,
    /// 0 for none yet.
    #[kafka(versions = "7+")]
    pub session_id: i32,
    /// 0 asks for a new session, -1 for none; then it counts from 1.
    #[kafka(versions = "7+", default = "-1")]
    pub session_epoch: i32,
    /// In a session: what was added or changed.
    pub topics: Vec<FetchTopic>,
    /// In a session: what is no longer wanted.
    #[kafka(versions = "7+")]
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    #[kafka(versions = "11+")]
    pub rack_id: Str,
}

/// [`FetchRequest`]'s `replica_state`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct ReplicaState {
    #[kafka(versions = "15+", default = "-1")]
    pub replica_id: i32,
    #[kafka(versions = "15+", default = "-1")]
    pub replica_epoch: i64,
}

/// One of [`FetchRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct FetchTopic {
    #[kafka(versions = "0-12")]
    pub topic: Str,
    #[kafka(versions = "13+")]
    pub topic_id: TopicId,
    pub partitions: Vec<FetchPartition>,
}

/// One of [`FetchTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct FetchPartition {
    pub partition: i32,
    /// The leader's epoch as the client knows it, or -1.
    #[kafka(versions = "9+", default = "-1")]
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    /// The epoch of the last record that was read, or -1 for no check.
    #[kafka(versions = "12+", default = "-1")]
    pub last_fetched_epoch: i32,
    /// A follower's; -1 from consumers.
    #[kafka(versions = "5+", default = "-1")]
    pub log_start_offset: i64,
    pub partition_max_bytes: i32,
    #[kafka(versions = "17+", tag = 0)]
    pub replica_directory_id: TopicId,
    /// A follower's, -1 if it has none; `i64::MAX` for one that does not tell.
    #[kafka(versions = "18+", tag = 1, default = "9223372036854775807")]
    pub high_watermark: i64,
}

/// One of [`FetchRequest`]'s `forgotten_topics_data`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct ForgottenTopic {
    #[kafka(versions = "7-12")]
    pub topic: Str,
    #[kafka(versions = "13+")]
    pub topic_id: TopicId,
    #[kafka(versions = "7+")]
    pub partitions: Vec<i32>,
}

/// The answer to [`FetchRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct FetchResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    #[kafka(versions = "7+")]
    pub error_code: i16,
    #[kafka(versions = "7+")]
    pub session_id: i32,
    pub responses: Vec<FetchableTopicResponse>,
    #[kafka(versions = "16+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
}

/// One of [`FetchResponse`]'s `responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct FetchableTopicResponse {
    #[kafka(versions = "0-12")]
    pub topic: Str,
    #[kafka(versions = "13+")]
    pub topic_id: TopicId,
    pub partitions: Vec<PartitionData>,
}

/// One of [`FetchableTopicResponse`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub high_watermark: i64,
    #[kafka(versions = "4+", default = "-1")]
    pub last_stable_offset: i64,
    #[kafka(versions = "5+", default = "-1")]
    pub log_start_offset: i64,
    /// Set if the log differs from what the client has: where to truncate.
    #[kafka(versions = "12+", tag = 0)]
    pub diverging_epoch: EpochEndOffset,
    #[kafka(versions = "12+", tag = 1)]
    pub current_leader: LeaderIdAndEpoch,
    /// For the metadata quorum only.
    #[kafka(versions = "12+", tag = 2)]
    pub snapshot_id: SnapshotId,
    /// Null unless the isolation level is 1.
    #[kafka(versions = "4+", nullable = "4+")]
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Where the consumer should rather read, or -1.
    #[kafka(versions = "11+", default = "-1")]
    pub preferred_read_replica: i32,
    #[kafka(nullable = "0+")]
    pub records: Option<Records>,
}

/// [`PartitionData`]'s `diverging_epoch`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct EpochEndOffset {
    #[kafka(versions = "12+", default = "-1")]
    pub epoch: i32,
    #[kafka(versions = "12+", default = "-1")]
    pub end_offset: i64,
}

/// [`PartitionData`]'s `current_leader`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct LeaderIdAndEpoch {
    #[kafka(versions = "12+", default = "-1")]
    pub leader_id: i32,
    #[kafka(versions = "12+", default = "-1")]
    pub leader_epoch: i32,
}

/// [`PartitionData`]'s `snapshot_id`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct SnapshotId {
    #[kafka(default = "-1")]
    pub end_offset: i64,
    #[kafka(default = "-1")]
    pub epoch: i32,
}

/// One of [`PartitionData`]'s `aborted_transactions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct AbortedTransaction {
    #[kafka(versions = "4+")]
    pub producer_id: i64,
    #[kafka(versions = "4+")]
    pub first_offset: i64,
}

/// One of [`FetchResponse`]'s `node_endpoints`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "12+")]
pub struct NodeEndpoint {
    #[kafka(versions = "16+")]
    pub node_id: i32,
    #[kafka(versions = "16+")]
    pub host: Str,
    #[kafka(versions = "16+")]
    pub port: i32,
    #[kafka(versions = "16+", nullable = "16+", default = "null")]
    pub rack: Option<Str>,
}
