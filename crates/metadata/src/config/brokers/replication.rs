//! Replication, of which there is none here. Kafka lists the three rates only where they are set.

use super::super::definition::{BrokerConfig, Importance, ValueType};
use super::{row, unset};
use Importance::{High, Low, Medium};
use ValueType::{Boolean, Int, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("alter.log.dirs.replication.quota.window.num", Int, "11", Low).at_least(1),
    row("alter.log.dirs.replication.quota.window.size.seconds", Int, "1", Low).at_least(1),
    row("auto.leader.rebalance.enable", Boolean, "true", High),
    unset("follower.replication.throttled.rate", Long, Medium).at_least(0).cluster_wide().internal(),
    row("leader.imbalance.check.interval.seconds", Long, "300", High).at_least(1),
    unset("leader.replication.throttled.rate", Long, Medium).at_least(0).cluster_wide().internal(),
    unset("num.replica.alter.log.dirs.threads", Int, High),
    row("num.replica.fetchers", Int, "1", High).at_least(1).cluster_wide(),
    unset("replica.alter.log.dirs.io.max.bytes.per.second", Long, Medium).at_least(0).cluster_wide().internal(),
    row("replica.fetch.backoff.ms", Int, "1000", Medium).at_least(0),
    row("replica.fetch.max.bytes", Int, "1048576", Medium).at_least(0),
    row("replica.fetch.min.bytes", Int, "1", High),
    row("replica.fetch.response.max.bytes", Int, "10485760", Medium).at_least(0),
    row("replica.fetch.wait.max.ms", Int, "500", High),
    row("replica.high.watermark.checkpoint.interval.ms", Long, "5000", High),
    row("replica.lag.time.max.ms", Long, "30000", High),
    unset("replica.selector.class", String, Medium),
    row("replica.socket.receive.buffer.bytes", Int, "65536", High),
    row("replica.socket.timeout.ms", Int, "30000", High),
    row("replication.quota.window.num", Int, "11", Low).at_least(1),
    row("replication.quota.window.size.seconds", Int, "1", Low).at_least(1),
];
