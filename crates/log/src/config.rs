//! What a log is told: a topic's settings, and how it was left the last time.

use vltava_model::Offset;

/// A topic's settings as far as they concern its logs, named as Kafka names them; `Default` has Kafka's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment is closed before it would grow past this.
    pub segment_bytes: u32,
    /// `segment.ms`: a segment is closed when a batch arrives this much younger than the segment's first.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: `segment.ms` is shortened by less than this, differently for each segment.
    pub segment_jitter_ms: i64,
    /// `retention.ms`: segments whose records are all older are deleted; -1 keeps them.
    pub retention_ms: i64,
    /// `retention.bytes`: the oldest segments are deleted while the others hold this much; -1 keeps them.
    pub retention_bytes: i64,
    /// `index.interval.bytes`: an index entry is made when this many bytes lie behind the last one.
    pub index_interval_bytes: u32,
    /// `segment.index.bytes`: a segment is closed when its offset index holds this much.
    pub segment_index_bytes: u32,
    /// `file.delete.delay.ms`: how long a deleted segment's files are kept, for readers that still hold them.
    pub file_delete_delay_ms: i64,
    /// `preallocate`: reserve `segment.bytes` on disk for a new segment.
    pub preallocate: bool,
    /// Whether `cleanup.policy` has `delete`. Without it only the log start offset deletes segments.
    pub delete_enabled: bool,
    /// Whether `cleanup.policy` has `compact`: segments may lack records, at their ends too.
    pub compact_enabled: bool,
    /// `min.cleanable.dirty.ratio`: compaction begins when a larger part of the log is dirty.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`: a record is not compacted while it is younger.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`: a compacted log is rolled and cleaned when a record has waited for so long.
    pub max_compaction_lag_ms: i64,
    /// `delete.retention.ms`: how long tombstones and transaction markers are kept after they were first compacted.
    pub delete_retention_ms: i64,
    /// The broker's `producer.id.expiration.ms`: a producer is forgotten when its last batch is this old.
    pub producer_id_expiration_ms: i64,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 60 * 60 * 1000,
            segment_jitter_ms: 0,
            retention_ms: 7 * 24 * 60 * 60 * 1000,
            retention_bytes: -1,
            index_interval_bytes: 4096,
            segment_index_bytes: 10 << 20,
            file_delete_delay_ms: 60_000,
            preallocate: false,
            delete_enabled: true,
            compact_enabled: false,
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            delete_retention_ms: 24 * 60 * 60 * 1000,
            producer_id_expiration_ms: 24 * 60 * 60 * 1000,
        }
    }
}

/// What is known from outside about the log to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// All below this offset was flushed (`recovery-point-offset-checkpoint`); 0 if nothing is known.
    pub recovery_point: Offset,
    /// The log was closed with `Log::close`, and nobody touched its folder since: nothing is scanned.
    pub clean_shutdown: bool,
    /// The log start offset (`log-start-offset-checkpoint`); `None` for that of the first segment.
    pub log_start_offset: Option<Offset>,
}
