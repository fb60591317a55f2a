//! A topic's configs in force, as plain numbers.

use super::definition::TopicConfig;
use super::parse::ConfigValue;
use super::topics::{INTERNAL_SEGMENT_BYTES, topic_config};
use super::view::{ConfigView, parse_topic_value};
use crate::image::Overrides;

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

impl ConfigView<'_> {
    /// A topic's configs in force; those of a topic without configs of its own, if there is none of that name.
    pub fn topic_settings(&self, topic: &str) -> TopicSettings {
        self.settings_with(&self.image.topic_overrides(topic))
    }

    /// The configs in force of a topic with these set on it.
    pub(super) fn settings_with(&self, overrides: &Overrides) -> TopicSettings {
        let layers = self.layers();
        let own = |config: &TopicConfig| {
            overrides.get(config.name).and_then(|text| parse_topic_value(config, text))
        };
        let mut settings = TopicSettings::new(|name| {
            let config = topic_config(name).expect("settings ask for configs of the table");
            own(config).unwrap_or_else(|| layers.topic_default(config).0)
        });
        if let Some(ConfigValue::Number(bytes)) = own(&INTERNAL_SEGMENT_BYTES) {
            settings.segment_bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        }
        settings
    }
}

impl TopicSettings {
    fn new(value: impl Fn(&str) -> ConfigValue) -> TopicSettings {
        let value = Values(value);
        TopicSettings {
            cleanup_policy: cleanup_policy(&value.list("cleanup.policy")),
            compression_type: compression_type(&value),
            delete_retention_ms: value.long("delete.retention.ms"),
            file_delete_delay_ms: value.long("file.delete.delay.ms"),
            flush_messages: value.long("flush.messages"),
            flush_ms: value.long("flush.ms"),
            index_interval_bytes: value.int("index.interval.bytes"),
            local_retention_bytes: value.long("local.retention.bytes"),
            local_retention_ms: value.long("local.retention.ms"),
            max_compaction_lag_ms: value.long("max.compaction.lag.ms"),
            max_message_bytes: value.int("max.message.bytes"),
            message_timestamp_after_max_ms: value.long("message.timestamp.after.max.ms"),
            message_timestamp_before_max_ms: value.long("message.timestamp.before.max.ms"),
            message_timestamp_type: match value.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            min_cleanable_dirty_ratio: value.double("min.cleanable.dirty.ratio"),
            min_compaction_lag_ms: value.long("min.compaction.lag.ms"),
            min_insync_replicas: value.int("min.insync.replicas"),
            preallocate: value.boolean("preallocate"),
            remote_log_copy_disable: value.boolean("remote.log.copy.disable"),
            remote_log_delete_on_disable: value.boolean("remote.log.delete.on.disable"),
            remote_storage_enable: value.boolean("remote.storage.enable"),
            retention_bytes: value.long("retention.bytes"),
            retention_ms: value.long("retention.ms"),
            segment_bytes: value.int("segment.bytes"),
            segment_index_bytes: value.int("segment.index.bytes"),
            segment_jitter_ms: value.long("segment.jitter.ms"),
            segment_ms: value.long("segment.ms"),
            unclean_leader_election_enable: value.boolean("unclean.leader.election.enable"),
            write_caching: value.boolean("write.caching"),
        }
    }
}

fn cleanup_policy(policies: &[String]) -> CleanupPolicy {
    let has = |policy: &str| policies.iter().any(|one| one == policy);
    CleanupPolicy { delete: has("delete"), compact: has("compact") }
}

fn compression_type(value: &Values<impl Fn(&str) -> ConfigValue>) -> CompressionType {
    match value.text("compression.type").as_str() {
        "uncompressed" => CompressionType::Uncompressed,
        "gzip" => CompressionType::Gzip(value.int("compression.gzip.level")),
        "snappy" => CompressionType::Snappy,
        "lz4" => CompressionType::Lz4(value.int("compression.lz4.level")),
        "zstd" => CompressionType::Zstd(value.int("compression.zstd.level")),
        _ => CompressionType::Producer,
    }
}

/// Values by name, of the type that the table gives them.
struct Values<F>(F);

impl<F: Fn(&str) -> ConfigValue> Values<F> {
    fn long(&self, name: &str) -> i64 {
        match (self.0)(name) {
            ConfigValue::Number(number) => number,
            other => panic!("{name} is a number, not {other:?}"),
        }
    }

    fn int(&self, name: &str) -> i32 {
        i32::try_from(self.long(name)).expect("values of type int have 32 bits")
    }

    fn double(&self, name: &str) -> f64 {
        match (self.0)(name) {
            ConfigValue::Double(number) => number,
            other => panic!("{name} is a double, not {other:?}"),
        }
    }

    fn boolean(&self, name: &str) -> bool {
        match (self.0)(name) {
            ConfigValue::Boolean(value) => value,
            other => panic!("{name} is a boolean, not {other:?}"),
        }
    }

    fn text(&self, name: &str) -> String {
        match (self.0)(name) {
            ConfigValue::Text(text) => text,
            other => panic!("{name} is a text, not {other:?}"),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        match (self.0)(name) {
            ConfigValue::List(list) => list,
            other => panic!("{name} is a list, not {other:?}"),
        }
    }
}
