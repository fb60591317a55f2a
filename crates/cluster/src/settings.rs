//! From configurations to the settings that partitions and groups take.

use std::time::Duration;

use vltava_coordinator::group::GroupConfig;
use vltava_log::{CleanerSettings, LogConfig};
use vltava_metadata::{CompressionType, ConfigView, TimestampType};
use vltava_partition::{Compression, TopicCompression, TopicSettings};

use crate::catalog::Catalog;

/// A topic's configurations in the form that its partitions take them.
pub(crate) fn topic_settings(
    configs: &vltava_metadata::TopicSettings,
    producer_id_expiration_ms: i64,
) -> TopicSettings {
    TopicSettings {
        log: LogConfig {
            segment_bytes: whole(configs.segment_bytes),
            segment_ms: configs.segment_ms,
            segment_jitter_ms: configs.segment_jitter_ms,
            retention_ms: configs.retention_ms,
            retention_bytes: configs.retention_bytes,
            index_interval_bytes: whole(configs.index_interval_bytes),
            segment_index_bytes: whole(configs.segment_index_bytes),
            file_delete_delay_ms: configs.file_delete_delay_ms,
            preallocate: configs.preallocate,
            delete_enabled: configs.cleanup_policy.delete,
            compact_enabled: configs.cleanup_policy.compact,
            min_cleanable_dirty_ratio: configs.min_cleanable_dirty_ratio,
            min_compaction_lag_ms: configs.min_compaction_lag_ms,
            max_compaction_lag_ms: configs.max_compaction_lag_ms,
            delete_retention_ms: configs.delete_retention_ms,
            producer_id_expiration_ms,
        },
        max_message_bytes: whole(configs.max_message_bytes),
        message_timestamp_type: match configs.message_timestamp_type {
            TimestampType::CreateTime => vltava_partition::TimestampType::CreateTime,
            TimestampType::LogAppendTime => vltava_partition::TimestampType::LogAppendTime,
        },
        message_timestamp_before_max_ms: configs.message_timestamp_before_max_ms,
        message_timestamp_after_max_ms: configs.message_timestamp_after_max_ms,
        compact: configs.cleanup_policy.compact,
        write_caching: configs.write_caching,
        flush_messages: configs.flush_messages,
        flush_ms: configs.flush_ms,
        compression: compression(configs.compression_type),
    }
}

/// The broker's `log.cleaner.…` properties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CleanerProperties {
    pub(crate) is_enabled: bool,
    pub(crate) threads: usize,
    pub(crate) backoff: Duration,
    pub(crate) bytes_per_second: f64,
    /// Each worker's share.
    pub(crate) settings: CleanerSettings,
}

/// The properties as they are now.
pub(crate) fn cleaner_properties(catalog: &Catalog) -> CleanerProperties {
    let image = catalog.image();
    let view = catalog.view(&image);
    let number = |name| u64::try_from(view.number(name)).unwrap_or(0);
    let threads = number("log.cleaner.threads");
    let share = |name| number(name) / threads.max(1);
    CleanerProperties {
        is_enabled: view.boolean("log.cleaner.enable"),
        threads: usize::try_from(threads).unwrap_or(usize::MAX),
        backoff: Duration::from_millis(number("log.cleaner.backoff.ms")),
        bytes_per_second: view.double("log.cleaner.io.max.bytes.per.second"),
        settings: CleanerSettings {
            dedupe_buffer_bytes: share("log.cleaner.dedupe.buffer.size"),
            load_factor: view.double("log.cleaner.io.buffer.load.factor"),
            // Kafka's has two buffers, for reading and for writing.
            io_buffer_bytes: usize::try_from(share("log.cleaner.io.buffer.size") / 2)
                .unwrap_or(usize::MAX),
        },
    }
}

/// The broker's settings for groups.
pub(crate) fn group_config(view: &ConfigView<'_>) -> GroupConfig {
    let number = |name| i32::try_from(view.number(name)).unwrap_or(i32::MAX);
    GroupConfig {
        group_min_session_timeout_ms: number("group.min.session.timeout.ms"),
        group_max_session_timeout_ms: number("group.max.session.timeout.ms"),
        group_initial_rebalance_delay_ms: number("group.initial.rebalance.delay.ms"),
        group_max_size: number("group.max.size"),
        offset_metadata_max_bytes: number("offset.metadata.max.bytes"),
        offsets_retention_minutes: number("offsets.retention.minutes"),
        offsets_retention_check_interval_ms: view.number("offsets.retention.check.interval.ms"),
    }
}

/// A config whose validator keeps it from being negative.
fn whole(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

fn compression(configured: CompressionType) -> Option<TopicCompression> {
    let (codec, level) = match configured {
        CompressionType::Producer => return None,
        CompressionType::Uncompressed => (Compression::None, None),
        CompressionType::Gzip(level) => (Compression::Gzip, Some(level)),
        CompressionType::Snappy => (Compression::Snappy, None),
        CompressionType::Lz4(level) => (Compression::Lz4, Some(level)),
        CompressionType::Zstd(level) => (Compression::Zstd, Some(level)),
    };
    Some(TopicCompression { codec, level })
}
