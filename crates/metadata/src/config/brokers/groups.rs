//! Groups and their coordinators.

use super::super::definition::{BrokerConfig, EmptyList, Importance, Validator, ValueType};
use super::row;
use EmptyList::Refused;
use Importance::{High, Low, Medium};
use ValueType::{Int, List, Long, Short, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("group.consumer.assignment.interval.ms", Int, "1000", Medium).at_least(0).cluster_wide(),
    row("group.consumer.assignors", List, "uniform,range", Medium).list(&[], Refused),
    row("group.consumer.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.consumer.max.assignment.interval.ms", Int, "15000", Medium).at_least(0),
    row("group.consumer.max.heartbeat.interval.ms", Int, "15000", Medium).at_least(1),
    row("group.consumer.max.session.timeout.ms", Int, "60000", Medium).at_least(1),
    row("group.consumer.max.size", Int, "2147483647", Medium).at_least(1),
    row("group.consumer.migration.policy", String, "bidirectional", Medium).valid(Validator::OneOfIgnoringCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"])),
    row("group.consumer.min.assignment.interval.ms", Int, "0", Medium).at_least(0),
    row("group.consumer.min.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.consumer.min.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("group.consumer.regex.refresh.interval.ms", Int, "600000", Medium).at_least(10_000).internal(),
    row("group.consumer.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("group.coordinator.append.linger.ms", Int, "-1", Medium).at_least(-1),
    row("group.coordinator.background.threads", Int, "2", High).at_least(1),
    row("group.coordinator.cached.buffer.max.bytes", Int, "1048588", Medium).at_least(524_288).cluster_wide(),
    row("group.coordinator.rebalance.protocols", List, "classic,consumer,streams", Medium).list(&["consumer", "classic", "share", "streams"], Refused),
    row("group.coordinator.threads", Int, "4", High).at_least(1),
    row("group.initial.rebalance.delay.ms", Int, "3000", Medium)
        .used("How long an empty classic group waits for more members before its first rebalance."),
    row("group.max.session.timeout.ms", Int, "1800000", Medium)
        .used("The longest session timeout that a member of a classic group may ask for."),
    row("group.max.size", Int, "2147483647", Medium).at_least(1)
        .used("How many members a classic group may have."),
    row("group.min.session.timeout.ms", Int, "6000", Medium)
        .used("The shortest session timeout that a member of a classic group may ask for."),
    row("group.share.assignment.interval.ms", Int, "1000", Medium).at_least(0).cluster_wide(),
    row("group.share.assignors", List, "simple", Medium).list(&[], Refused),
    row("group.share.delivery.count.limit", Int, "5", Medium).between(2, 10),
    row("group.share.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.share.initialize.retry.interval.ms", Int, "30000", Low).at_least(1).internal(),
    row("group.share.max.assignment.interval.ms", Int, "15000", Medium).at_least(0),
    row("group.share.max.delivery.count.limit", Int, "10", Medium).between(5, 25),
    row("group.share.max.heartbeat.interval.ms", Int, "15000", Medium).at_least(1),
    row("group.share.max.partition.max.record.locks", Int, "4000", Medium).between(2000, 10_000),
    row("group.share.max.record.lock.duration.ms", Int, "60000", Medium).between(30_000, 3_600_000),
    row("group.share.max.session.timeout.ms", Int, "60000", Medium).at_least(1),
    row("group.share.max.share.sessions", Int, "2000", Medium).at_least(1),
    row("group.share.max.size", Int, "200", Medium).between(1, 1000),
    row("group.share.min.assignment.interval.ms", Int, "0", Medium).at_least(0),
    row("group.share.min.delivery.count.limit", Int, "2", Medium).between(2, 5),
    row("group.share.min.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.share.min.partition.max.record.locks", Int, "100", Medium).between(100, 2000),
    row("group.share.min.record.lock.duration.ms", Int, "15000", Medium).between(1000, 30_000),
    row("group.share.min.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("group.share.partition.max.record.locks", Int, "2000", Medium).between(100, 10_000),
    row("group.share.persister.class.name", String, "org.apache.kafka.server.share.persister.DefaultStatePersister", Medium).internal(),
    row("group.share.record.lock.duration.ms", Int, "30000", Medium).between(1000, 3_600_000),
    row("group.share.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("group.streams.assignment.interval.ms", Int, "1000", Medium).at_least(0).cluster_wide(),
    row("group.streams.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.streams.initial.rebalance.delay.ms", Int, "3000", Medium).at_least(0),
    row("group.streams.max.assignment.interval.ms", Int, "15000", Medium).at_least(0),
    row("group.streams.max.heartbeat.interval.ms", Int, "15000", Medium).at_least(1),
    row("group.streams.max.session.timeout.ms", Int, "60000", Medium).at_least(1),
    row("group.streams.max.size", Int, "2147483647", Medium).at_least(1),
    row("group.streams.max.standby.replicas", Int, "2", Medium).at_least(0),
    row("group.streams.min.assignment.interval.ms", Int, "0", Medium).at_least(0),
    row("group.streams.min.heartbeat.interval.ms", Int, "5000", Medium).at_least(1),
    row("group.streams.min.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("group.streams.num.standby.replicas", Int, "0", Medium).at_least(0),
    row("group.streams.session.timeout.ms", Int, "45000", Medium).at_least(1),
    row("offset.metadata.max.bytes", Int, "4096", High)
        .used("The longest text that may be committed with an offset."),
    row("offsets.commit.timeout.ms", Int, "5000", High).at_least(1),
    row("offsets.load.buffer.size", Int, "5242880", High).at_least(1),
    row("offsets.retention.check.interval.ms", Long, "600000", High).at_least(1)
        .used("How often the broker looks for offsets to forget."),
    row("offsets.retention.minutes", Int, "10080", High).at_least(1)
        .used("How long the offsets of a group without members are kept."),
    row("offsets.topic.compression.codec", Int, "0", High),
    row("offsets.topic.num.partitions", Int, "50", High).at_least(1)
        .used("How many partitions the topic of committed offsets gets when it is made."),
    row("offsets.topic.replication.factor", Short, "3", High).at_least(1),
    row("offsets.topic.segment.bytes", Int, "104857600", High).at_least(1)
        .used("The segment size of the topic of committed offsets when it is made."),
    row("share.coordinator.append.linger.ms", Int, "-1", Medium).at_least(-1),
    row("share.coordinator.cached.buffer.max.bytes", Int, "1048588", Medium).at_least(524_288).cluster_wide(),
    row("share.coordinator.cold.partition.snapshot.interval.ms", Int, "300000", Low).at_least(1).internal(),
    row("share.coordinator.load.buffer.size", Int, "5242880", High).at_least(1),
    row("share.coordinator.snapshot.update.records.per.snapshot", Int, "500", Medium).between(0, 500),
    row("share.coordinator.state.topic.compression.codec", Int, "0", High),
    row("share.coordinator.state.topic.min.isr", Short, "2", High).at_least(1),
    row("share.coordinator.state.topic.num.partitions", Int, "50", High).at_least(1),
    row("share.coordinator.state.topic.prune.interval.ms", Int, "300000", Low).at_least(1).internal(),
    row("share.coordinator.state.topic.replication.factor", Short, "3", High).at_least(1),
    row("share.coordinator.state.topic.segment.bytes", Int, "104857600", High).at_least(1),
    row("share.coordinator.threads", Int, "1", Medium).at_least(1),
    row("share.coordinator.write.timeout.ms", Int, "5000", High).at_least(1),
    row("share.fetch.purgatory.purge.interval.requests", Int, "1000", Medium),
];
