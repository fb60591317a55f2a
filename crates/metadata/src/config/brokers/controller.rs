//! The node, and what was Kafka's controller's.

use super::super::definition::{BrokerConfig, EmptyList, Importance, ValueType};
use super::{row, unset};
use EmptyList::{Allowed, Refused};
use Importance::{High, Low, Medium};
use ValueType::{Boolean, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("broker.heartbeat.interval.ms", Int, "2000", Medium),
    row("broker.id", Int, "-1", High)
        .used("The older name of node.id, which counts where node.id is not set."),
    unset("broker.rack", String, Medium)
        .used("Where the broker stands; clients that say where they stand may be sent to the nearest."),
    row("broker.session.timeout.ms", Int, "9000", Medium),
    unset("controller.listener.names", List, High).list(&[], Refused)
        .used("The listeners that were Kafka's controller's. There is no such process here, so they are left out."),
    row("controller.performance.always.log.threshold.ms", Long, "2000", Medium).at_least(0).internal(),
    row("controller.performance.sample.period.ms", Long, "60000", Medium).at_least(100).internal(),
    row("controller.quorum.append.linger.ms", Int, "25", Medium).at_least(0),
    row("controller.quorum.auto.join.enable", Boolean, "false", Low),
    row("controller.quorum.bootstrap.servers", List, "", High),
    row("controller.quorum.election.backoff.max.ms", Int, "1000", High).at_least(0),
    row("controller.quorum.election.timeout.ms", Int, "1000", High).at_least(0),
    row("controller.quorum.fetch.max.bytes", Int, "1048576", Low).at_least(1),
    row("controller.quorum.fetch.snapshot.max.bytes", Int, "1048576", Low).at_least(1),
    row("controller.quorum.fetch.timeout.ms", Int, "2000", High).at_least(0),
    row("controller.quorum.request.timeout.ms", Int, "2000", Medium).at_least(0),
    row("controller.quorum.retry.backoff.ms", Int, "20", Low).at_least(0),
    row("controller.quorum.voters", List, "", High),
    row("controller.quota.window.num", Int, "11", Low).at_least(1),
    row("controller.quota.window.size.seconds", Int, "1", Low).at_least(1),
    row("controller.socket.timeout.ms", Int, "30000", Medium),
    unset("early.start.listeners", List, High).list(&[], Allowed),
    row("initial.broker.registration.timeout.ms", Int, "60000", Medium),
    row("internal.metadata.delete.delay.millis", Long, "60000", Low).internal(),
    unset("internal.metadata.log.segment.bytes", Int, Low).internal(),
    row("internal.metadata.max.batch.size.in.bytes", Int, "8388608", Low).internal(),
    unset("metadata.log.dir", String, High),
    row("metadata.log.max.record.bytes.between.snapshots", Long, "20971520", High).at_least(1),
    row("metadata.log.max.snapshot.interval.ms", Long, "3600000", High).at_least(0),
    row("metadata.log.segment.bytes", Int, "1073741824", High).at_least(8_388_608),
    row("metadata.log.segment.ms", Long, "604800000", High),
    row("metadata.max.idle.interval.ms", Int, "500", Low).at_least(0),
    row("metadata.max.retention.bytes", Long, "104857600", High),
    row("metadata.max.retention.ms", Long, "604800000", High),
    unset("node.id", Int, High).at_least(0)
        .used("The broker's number, which no other broker of the cluster has."),
    unset("process.roles", List, High).list(&["broker", "controller"], Refused),
    row("server.max.startup.time.ms", Long, "9223372036854775807", Medium).at_least(0).internal(),
    row("unstable.api.versions.enable", Boolean, "false", High).internal(),
    row("unstable.feature.versions.enable", Boolean, "false", High).internal(),
];
