//! A topic's configs in force, as plain numbers.

/// What becomes of a topic's old records. Both may hold, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// They are deleted by age and size.
    pub delete: bool,
    /// They are deleted once a newer record has their key.
    pub compact: bool,
}

/// What a topic's batches are compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionType {
    /// What the producer chose.
    Producer,
    /// Not at all.
    Uncompressed,
    /// gzip, with this level.
    Gzip(i32),
    /// Snappy.
    Snappy,
    /// LZ4, with this level.
    Lz4(i32),
    /// Zstandard, with this level.
    Zstd(i32),
}

/// What a record's timestamp means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// What the producer says.
    CreateTime,
    /// When the broker appended it.
    LogAppendTime,
}

/// A topic's configs in force. Every field is the config of the same name; see their documentation in
/// [`crate::topic_configs`].
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each field is the config of its name, documented in the table")]
pub struct TopicSettings {
    pub cleanup_policy: CleanupPolicy,
    pub compression_type: CompressionType,
    pub delete_retention_ms: i64,
    pub file_delete_delay_ms: i64,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub index_interval_bytes: i32,
    pub local_retention_bytes: i64,
    pub local_retention_ms: i64,
    pub max_compaction_lag_ms: i64,
    pub max_message_bytes: i32,
    pub message_timestamp_after_max_ms: i64,
    pub message_timestamp_before_max_ms: i64,
    pub message_timestamp_type: TimestampType,
    pub min_cleanable_dirty_ratio: f64,
    pub min_compaction_lag_ms: i64,
    pub min_insync_replicas: i32,
    pub preallocate: bool,
    pub remote_log_copy_disable: bool,
    pub remote_log_delete_on_disable: bool,
    pub remote_storage_enable: bool,
    pub retention_bytes: i64,
    pub retention_ms: i64,
    pub segment_bytes: i32,
    pub segment_index_bytes: i32,
    pub segment_jitter_ms: i64,
    pub segment_ms: i64,
    pub unclean_leader_election_enable: bool,
    pub write_caching: bool,
}
