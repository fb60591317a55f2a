//! Logs and topics.

use super::super::definition::{BrokerConfig, EmptyList, Importance, Validator, ValueType};
use super::{row, unset};
use EmptyList::{Allowed, Refused};
use Importance::{High, Low, Medium};
use ValueType::{Boolean, Class, Double, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    unset("alter.config.policy.class.name", Class, Low),
    row("auto.create.topics.enable", Boolean, "true", High)
        .used("Whether a topic is made when a client first asks for it."),
    row("compression.gzip.level", Int, "-1", Medium).valid(Validator::GzipLevel).cluster_wide()
        .used("The default of the topic config compression.gzip.level."),
    row("compression.lz4.level", Int, "9", Medium).between(1, 17).cluster_wide()
        .used("The default of the topic config compression.lz4.level."),
    row("compression.type", String, "producer", High).valid(Validator::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])).cluster_wide()
        .used("The default of the topic config compression.type."),
    row("compression.zstd.level", Int, "3", Medium).between(-131_072, 22).cluster_wide()
        .used("The default of the topic config compression.zstd.level."),
    row("cordoned.log.dirs", List, "", Medium).list(&[], Allowed).per_broker(),
    unset("create.topic.policy.class.name", Class, Low),
    row("default.replication.factor", Int, "1", Medium)
        .used("How many replicas a topic gets whose maker does not say."),
    row("delete.topic.enable", Boolean, "true", High)
        .used("Whether topics may be deleted."),
    unset("internal.wal.checkpoint.bytes", Long, Low).at_least(1).internal()
        .used("How much the write-ahead log holds before segments are synced and it is trimmed; for tests."),
    unset("internal.wal.file.bytes", Long, Low).at_least(4096).internal()
        .used("The size of a file of the write-ahead log; for tests."),
    row("log.cleaner.backoff.ms", Long, "15000", Medium).at_least(0).cluster_wide()
        .used("How long the cleaner sleeps when no log is dirty enough."),
    row("log.cleaner.dedupe.buffer.size", Long, "134217728", Medium).cluster_wide()
        .used("Bytes of the cleaner's maps from keys to offsets, for all of its threads together. Taken only while a log is cleaned, and no more than the log needs."),
    row("log.cleaner.delete.retention.ms", Long, "86400000", Medium).at_least(0).cluster_wide()
        .used("The default of the topic config delete.retention.ms."),
    row("log.cleaner.enable", Boolean, "true", Medium)
        .used("Whether compacted topics are compacted."),
    row("log.cleaner.io.buffer.load.factor", Double, "0.9", Medium).cluster_wide()
        .used("What part of the cleaner's maps may be full; the higher, the more keys at once, and the slower."),
    row("log.cleaner.io.buffer.size", Int, "524288", Medium).at_least(0).cluster_wide()
        .used("Bytes of the cleaner's read and write buffers, for all of its threads together."),
    row("log.cleaner.io.max.bytes.per.second", Double, "1.7976931348623157E308", Medium).cluster_wide()
        .used("How much the cleaner's threads together read and write in a second."),
    row("log.cleaner.max.compaction.lag.ms", Long, "9223372036854775807", Medium).at_least(1).cluster_wide()
        .used("The default of the topic config max.compaction.lag.ms."),
    row("log.cleaner.min.cleanable.ratio", Double, "0.5", Medium).between(0, 1).cluster_wide()
        .used("The default of the topic config min.cleanable.dirty.ratio."),
    row("log.cleaner.min.compaction.lag.ms", Long, "0", Medium).at_least(0).cluster_wide()
        .used("The default of the topic config min.compaction.lag.ms."),
    row("log.cleaner.threads", Int, "1", Medium).at_least(0).cluster_wide()
        .used("How many logs are compacted at a time."),
    row("log.cleanup.policy", List, "delete", Medium).list(&["compact", "delete"], Allowed).cluster_wide()
        .used("The default of the topic config cleanup.policy."),
    row("log.dir", List, "/tmp/kafka-logs", High).list(&[], Refused)
        .used("The data folder, where log.dirs is not set."),
    row("log.dir.failure.timeout.ms", Long, "30000", Low).at_least(1),
    unset("log.dirs", List, High).list(&[], Refused)
        .used("The data folder. Only one is taken."),
    row("log.flush.interval.messages", Long, "9223372036854775807", High).at_least(1).cluster_wide()
        .used("The default of the topic config flush.messages."),
    unset("log.flush.interval.ms", Long, High).cluster_wide()
        .used("The default of the topic config flush.ms."),
    row("log.flush.offset.checkpoint.interval.ms", Int, "60000", High).at_least(0),
    row("log.flush.scheduler.interval.ms", Long, "9223372036854775807", High)
        .used("The default of the topic config flush.ms."),
    row("log.flush.start.offset.checkpoint.interval.ms", Int, "60000", High).at_least(0),
    row("log.index.interval.bytes", Int, "4096", Medium).at_least(0).cluster_wide()
        .used("The default of the topic config index.interval.bytes."),
    row("log.index.size.max.bytes", Int, "10485760", Medium).at_least(4).cluster_wide()
        .used("The default of the topic config segment.index.bytes."),
    row("log.initial.task.delay.ms", Long, "30000", Low).at_least(0).internal(),
    row("log.local.retention.bytes", Long, "-2", Medium).at_least(-2).cluster_wide(),
    row("log.local.retention.ms", Long, "-2", Medium).at_least(-2).cluster_wide(),
    row("log.message.timestamp.after.max.ms", Long, "3600000", Medium).at_least(0).cluster_wide()
        .used("The default of the topic config message.timestamp.after.max.ms."),
    row("log.message.timestamp.before.max.ms", Long, "9223372036854775807", Medium).at_least(0).cluster_wide()
        .used("The default of the topic config message.timestamp.before.max.ms."),
    row("log.message.timestamp.type", String, "CreateTime", Medium).valid(Validator::OneOf(&["CreateTime", "LogAppendTime"])).cluster_wide()
        .used("The default of the topic config message.timestamp.type."),
    row("log.preallocate", Boolean, "false", Medium).cluster_wide()
        .used("The default of the topic config preallocate."),
    row("log.retention.bytes", Long, "-1", High).cluster_wide()
        .used("The default of the topic config retention.bytes."),
    row("log.retention.check.interval.ms", Long, "300000", Medium).at_least(1)
        .used("How often the broker looks for segments that are too old."),
    row("log.retention.hours", Int, "168", High)
        .used("The default of the topic config retention.ms in hours."),
    unset("log.retention.minutes", Int, High)
        .used("The default of the topic config retention.ms in minutes."),
    unset("log.retention.ms", Long, High).cluster_wide()
        .used("The default of the topic config retention.ms."),
    row("log.roll.hours", Int, "168", High).at_least(1)
        .used("The default of the topic config segment.ms in hours."),
    row("log.roll.jitter.hours", Int, "0", High).at_least(0)
        .used("The default of the topic config segment.jitter.ms in hours."),
    unset("log.roll.jitter.ms", Long, High).cluster_wide()
        .used("The default of the topic config segment.jitter.ms."),
    unset("log.roll.ms", Long, High).cluster_wide()
        .used("The default of the topic config segment.ms."),
    row("log.segment.bytes", Int, "1073741824", High).at_least(1_048_576).cluster_wide()
        .used("The default of the topic config segment.bytes."),
    row("log.segment.delete.delay.ms", Long, "60000", High).at_least(0).cluster_wide()
        .used("The default of the topic config file.delete.delay.ms."),
    row("message.max.bytes", Int, "1048588", High).at_least(0).cluster_wide()
        .used("The default of the topic config max.message.bytes."),
    row("min.insync.replicas", Int, "1", High).at_least(1).cluster_wide(),
    row("num.partitions", Int, "1", Medium).at_least(1)
        .used("How many partitions a topic gets whose maker does not say."),
    row("num.recovery.threads.per.data.dir", Int, "2", High).at_least(1).cluster_wide(),
    row("producer.id.expiration.check.interval.ms", Int, "600000", Low).at_least(1).internal()
        .used("How often the broker looks for producers to forget."),
    row("producer.id.expiration.ms", Int, "86400000", Low).at_least(1).cluster_wide()
        .used("How long the broker remembers an idempotent producer that is silent."),
    row("unclean.leader.election.enable", Boolean, "false", High).cluster_wide(),
    row("unclean.leader.election.interval.ms", Long, "300000", Medium).at_least(1).internal(),
    row("write.caching", Boolean, "false", Medium).cluster_wide()
        .used("The default of the topic config write.caching."),
];
