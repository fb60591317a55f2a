//! A topic's settings, as far as its partitions need them.

pub use vltava_records::{Compression, TimestampType};

use vltava_log::LogConfig;

/// A topic's settings, named as Kafka names them; `Default` has Kafka's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicSettings {
    /// What concerns the log alone.
    pub log: LogConfig,
    /// `max.message.bytes`: the largest batch, header included.
    pub max_message_bytes: u32,
    /// `message.timestamp.type`.
    pub message_timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`: how much older than the broker's clock a record may be.
    pub message_timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`: how much newer.
    pub message_timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` has `compact`: every record must have a key.
    pub compact: bool,
    /// `write.caching` (ours): `acks=all` is answered, and records are readable, once they are in the page cache.
    pub write_caching: bool,
    /// `flush.messages`: with `write_caching`, sync the log when so many records are not synced. Without it the
    /// write-ahead log syncs every append anyway.
    pub flush_messages: i64,
    /// `flush.ms`: with `write_caching`, sync the log when there is something to sync and the last time is so long ago.
    pub flush_ms: i64,
    /// `compression.type` with its level; `None` for `producer`: batches stay as their producers compressed them.
    pub compression: Option<TopicCompression>,
}

/// What a topic's batches are compressed with, whoever produced them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicCompression {
    /// `compression.type`.
    pub codec: Compression,
    /// `compression.<codec>.level`; `None` for a codec that has none.
    pub level: Option<i32>,
}

impl Default for TopicSettings {
    fn default() -> TopicSettings {
        TopicSettings {
            log: LogConfig::default(),
            max_message_bytes: 1024 * 1024 + 12,
            message_timestamp_type: TimestampType::CreateTime,
            message_timestamp_before_max_ms: i64::MAX,
            message_timestamp_after_max_ms: 60 * 60 * 1000,
            compact: false,
            write_caching: false,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            compression: None,
        }
    }
}
