//! DescribeLogDirs (key 35), versions 1 to 5.
//!
//! What the broker's data folders hold, and how much (KIP-113). v2 flexible. v3 an error for the whole answer. v4
//! size and free space (KIP-827). v5 whether a folder takes no new partitions (KIP-1066).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = DescribeLogDirs, response = DescribeLogDirsResponse, versions = "1-5")]
pub struct DescribeLogDirsRequest {
    /// Null for all.
    #[kafka(nullable = "0+")]
    pub topics: Option<Vec<DescribableLogDirTopic>>,
}

/// One of [`DescribeLogDirsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DescribableLogDirTopic {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

/// The answer to [`DescribeLogDirsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DescribeLogDirsResponse {
    pub throttle_time_ms: i32,
    #[kafka(versions = "3+")]
    pub error_code: i16,
    pub results: Vec<DescribeLogDirsResult>,
}

/// One of [`DescribeLogDirsResponse`]'s `results`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DescribeLogDirsResult {
    pub error_code: i16,
    pub log_dir: Str,
    pub topics: Vec<DescribeLogDirsTopic>,
    /// Of the volume; -1 if it cannot be told.
    #[kafka(versions = "4+", default = "-1")]
    pub total_bytes: i64,
    /// Of the volume; -1 if it cannot be told.
    #[kafka(versions = "4+", default = "-1")]
    pub usable_bytes: i64,
    #[kafka(versions = "5+")]
    pub is_cordoned: bool,
}

/// One of [`DescribeLogDirsResult`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DescribeLogDirsTopic {
    pub name: Str,
    pub partitions: Vec<DescribeLogDirsPartition>,
}

/// One of [`DescribeLogDirsTopic`]'s `partitions`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct DescribeLogDirsPartition {
    pub partition_index: i32,
    pub partition_size: i64,
    /// How far its log end is behind the high watermark; of a future replica, behind the current one.
    pub offset_lag: i64,
    /// Whether it is being moved here from another folder.
    pub is_future_key: bool,
}
