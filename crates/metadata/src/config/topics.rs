//! The table of topic configs.

use super::definition::{Bound, EmptyList, Importance, Synonym, TopicConfig, Validator, ValueType};
use ValueType::{Boolean, Double, Int, List, Long, String};

const MAX: &str = "9223372036854775807";
const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Every topic config, in order of name: Kafka's, and our own `write.caching`.
pub fn topic_configs() -> &'static [TopicConfig] {
    TABLE
}

/// The definition of a topic config; also of one that is listed only where it is set.
pub fn topic_config(name: &str) -> Option<&'static TopicConfig> {
    match TABLE.binary_search_by(|config| config.name.cmp(name)) {
        Ok(index) => Some(&TABLE[index]),
        Err(_) => Some(&INTERNAL_SEGMENT_BYTES).filter(|internal| internal.name == name),
    }
}

/// Kafka's own way past the smallest `segment.bytes`, for tests. Has no value where it is not set.
pub(super) const INTERNAL_SEGMENT_BYTES: TopicConfig =
    config("internal.segment.bytes", Int, "", &[])
        .does("How large a segment's file grows, whatever segment.bytes says. For tests.");

const fn config(
    name: &'static str,
    value_type: ValueType,
    default: &'static str,
    synonyms: &'static [Synonym],
) -> TopicConfig {
    let (validator, importance) = (Validator::Any, Importance::Medium);
    let (used, documentation) = (true, "");
    TopicConfig { name, value_type, default, validator, importance, synonyms, used, documentation }
}

/// A synonym in the config's own unit.
const fn same(name: &'static str) -> Synonym {
    Synonym { name, factor: 1 }
}

const fn minutes(name: &'static str) -> Synonym {
    Synonym { name, factor: MINUTE_MS }
}

const fn hours(name: &'static str) -> Synonym {
    Synonym { name, factor: HOUR_MS }
}

impl TopicConfig {
    const fn at_least(self, min: i64) -> TopicConfig {
        self.valid(Validator::Range(Bound::Whole(min), Bound::None))
    }

    const fn between(self, min: i64, max: i64) -> TopicConfig {
        self.valid(Validator::Range(Bound::Whole(min), Bound::Whole(max)))
    }

    const fn valid(mut self, validator: Validator) -> TopicConfig {
        self.validator = validator;
        self
    }

    /// Kept and described, but nothing acts on it yet.
    const fn without_effect(mut self) -> TopicConfig {
        self.used = false;
        self
    }

    const fn does(mut self, documentation: &'static str) -> TopicConfig {
        self.documentation = documentation;
        self
    }
}

const CLEANUP_POLICIES: Validator = Validator::List(&["compact", "delete"], EmptyList::Allowed);

const COMPRESSION_TYPES: Validator =
    Validator::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]);

const TIMESTAMP_TYPES: Validator = Validator::OneOf(&["CreateTime", "LogAppendTime"]);

#[rustfmt::skip]
const TABLE: &[TopicConfig] = &[
    config("cleanup.policy", List, "delete", &[same("log.cleanup.policy")]).valid(CLEANUP_POLICIES)
        .does("What becomes of old records. `delete` removes them by retention.ms and retention.bytes; `compact` keeps \
               the newest record of each key; both may be set, and an empty list keeps everything."),
    config("compression.gzip.level", Int, "-1", &[same("compression.gzip.level")]).valid(Validator::GzipLevel)
        .does("The level where compression.type is gzip: 1 is the fastest, 9 the smallest, -1 leaves it to the library."),
    config("compression.lz4.level", Int, "9", &[same("compression.lz4.level")]).between(1, 17)
        .does("The level where compression.type is lz4. All are accepted and give the same: Vltava's LZ4 has one level."),
    config("compression.type", String, "producer", &[same("compression.type")]).valid(COMPRESSION_TYPES)
        .does("The codec in which batches are kept: gzip, snappy, lz4, zstd, uncompressed, or producer for whatever the \
               producer sent, which costs nothing; a batch in another codec is compressed anew by the broker."),
    config("compression.zstd.level", Int, "3", &[same("compression.zstd.level")]).between(-131_072, 22)
        .does("The level where compression.type is zstd: a higher one takes longer and makes less."),
    config("delete.retention.ms", Long, "86400000", &[same("log.cleaner.delete.retention.ms")]).at_least(0)
        .does("How long a compacted topic keeps the records that delete a key, so that a reader who began before them sees \
               them in time."),
    config("file.delete.delay.ms", Long, "60000", &[same("log.segment.delete.delay.ms")]).at_least(0)
        .does("How long the file of a deleted segment stays on disk, for reads that are under way."),
    config("flush.messages", Long, MAX, &[same("log.flush.interval.messages")]).at_least(1)
        .does("With write.caching: the log is synced once so many records are not. Without it every acknowledged record is \
               on disk already."),
    config("flush.ms", Long, MAX, &[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")]).at_least(0)
        .does("With write.caching: the log is synced once a record has waited this long for it. Without it every \
               acknowledged record is on disk already."),
    config("follower.replication.throttled.replicas", List, "", &[]).valid(Validator::ThrottledReplicas).without_effect()
        .does("The replicas, as partition:broker, whose copying is slowed down on the follower's side; * for all."),
    config("index.interval.bytes", Int, "4096", &[same("log.index.interval.bytes")]).at_least(0)
        .does("How many bytes of log lie between two entries of its index. Fewer find an offset in fewer reads, and make \
               the index larger."),
    config("leader.replication.throttled.replicas", List, "", &[]).valid(Validator::ThrottledReplicas).without_effect()
        .does("The replicas, as partition:broker, whose copying is slowed down on the leader's side; * for all."),
    config("local.retention.bytes", Long, "-2", &[same("log.local.retention.bytes")]).at_least(-2).without_effect()
        .does("How many bytes of a partition stay on local disk where the topic is tiered; -2 for as many as retention.bytes."),
    config("local.retention.ms", Long, "-2", &[same("log.local.retention.ms")]).at_least(-2).without_effect()
        .does("How long segments stay on local disk where the topic is tiered; -2 for as long as retention.ms."),
    config("max.compaction.lag.ms", Long, MAX, &[same("log.cleaner.max.compaction.lag.ms")]).at_least(1)
        .does("The longest that a record of a compacted topic waits for the cleaner to look at it."),
    config("max.message.bytes", Int, "1048588", &[same("message.max.bytes")]).at_least(0)
        .does("The largest batch of records that is accepted, as it is sent, compressed."),
    config("message.timestamp.after.max.ms", Long, "3600000", &[same("log.message.timestamp.after.max.ms")]).at_least(0)
        .does("How far a record's timestamp may lie after the broker's clock. Not looked at where the broker sets the \
               timestamp."),
    config("message.timestamp.before.max.ms", Long, MAX, &[same("log.message.timestamp.before.max.ms")]).at_least(0)
        .does("How far a record's timestamp may lie before the broker's clock. Not looked at where the broker sets the \
               timestamp."),
    config("message.timestamp.type", String, "CreateTime", &[same("log.message.timestamp.type")]).valid(TIMESTAMP_TYPES)
        .does("Whether a record's timestamp is the producer's, CreateTime, or the broker's, LogAppendTime."),
    config("min.cleanable.dirty.ratio", Double, "0.5", &[same("log.cleaner.min.cleanable.ratio")]).between(0, 1)
        .does("What part of a compacted log must be new before the cleaner works on it."),
    config("min.compaction.lag.ms", Long, "0", &[same("log.cleaner.min.compaction.lag.ms")]).at_least(0)
        .does("How long a record of a compacted topic is left alone by the cleaner."),
    config("min.insync.replicas", Int, "1", &[same("min.insync.replicas")]).at_least(1).without_effect()
        .does("How many replicas in sync an acks=all write needs. A partition here has one owner and its durability is the \
               write-ahead log's, so nothing depends on it."),
    config("preallocate", Boolean, "false", &[same("log.preallocate")])
        .does("Whether the file of a new segment gets its full size at once."),
    config("remote.log.copy.disable", Boolean, "false", &[]).without_effect()
        .does("Whether a tiered topic stops copying segments to the object store and keeps reading what is there."),
    config("remote.log.delete.on.disable", Boolean, "false", &[]).without_effect()
        .does("Whether turning remote.storage.enable off deletes what is in the object store."),
    config("remote.storage.enable", Boolean, "false", &[]).without_effect()
        .does("Whether the topic is tiered: closed segments go to an object store as well."),
    config("retention.bytes", Long, "-1", &[same("log.retention.bytes")])
        .does("How large a partition may grow before its oldest segments are deleted; -1 for no limit."),
    config("retention.ms", Long, "604800000",
        &[same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")]).at_least(-1)
        .does("How old a segment may grow before it is deleted; -1 for no limit."),
    config("segment.bytes", Int, "1073741824", &[same("log.segment.bytes")]).at_least(1_048_576)
        .does("How large a segment's file grows before the next one begins. Retention deletes whole segments."),
    config("segment.index.bytes", Int, "10485760", &[same("log.index.size.max.bytes")]).at_least(4)
        .does("How large a segment's index grows before the next segment begins."),
    config("segment.jitter.ms", Long, "0", &[same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")]).at_least(0)
        .does("The most by which segment.ms is shortened at random, so that partitions do not all roll at once."),
    config("segment.ms", Long, "604800000", &[same("log.roll.ms"), hours("log.roll.hours")]).at_least(1)
        .does("How long a segment is written to before the next one begins, even if it is not full."),
    config("unclean.leader.election.enable", Boolean, "false", &[same("unclean.leader.election.enable")]).without_effect()
        .does("Whether a replica that is behind may lead. No partition here has such a replica."),
    config("write.caching", Boolean, "false", &[same("write.caching")])
        .does("Whether acks=all is answered once a record is in the page cache, as Apache Kafka does, and not only once it is \
               on disk. Faster; the records of the last moments are lost if the machine stops, not if the broker does."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse::parse_checked;

    #[test]
    fn the_table_is_in_order_valid_and_documented() {
        assert!(TABLE.windows(2).all(|pair| pair[0].name < pair[1].name));
        for config in TABLE {
            let parsed =
                parse_checked(config.name, config.default, config.value_type, config.validator);
            assert_eq!(parsed.unwrap().to_string(), config.default, "{}", config.name);
            assert!(!config.documentation.is_empty(), "{}", config.name);
            assert_eq!(topic_config(config.name), Some(config));
        }
        assert_eq!(topic_config("nonsense"), None);
    }
}
