//! Tiered storage.

use super::super::definition::{Bound, BrokerConfig, Importance, Validator, ValueType};
use super::{row, unset};
use Importance::{Low, Medium};
use ValueType::{Boolean, Double, Int, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("follower.fetch.last.tiered.offset.enable", Boolean, "false", Medium).cluster_wide(),
    row("remote.fetch.max.wait.ms", Int, "500", Medium).at_least(1).cluster_wide(),
    row("remote.list.offsets.request.timeout.ms", Long, "30000", Medium).at_least(1).cluster_wide(),
    row("remote.log.index.file.cache.total.size.bytes", Long, "1073741824", Low).at_least(1).cluster_wide(),
    row("remote.log.index.file.cache.ttl.ms", Long, "900000", Low).at_least(-1).internal(),
    row("remote.log.manager.copier.thread.pool.size", Int, "10", Medium).at_least(1).cluster_wide(),
    row("remote.log.manager.copy.max.bytes.per.second", Long, "9223372036854775807", Medium).at_least(1).cluster_wide(),
    row("remote.log.manager.copy.quota.window.num", Int, "11", Medium).at_least(1),
    row("remote.log.manager.copy.quota.window.size.seconds", Int, "1", Medium).at_least(1),
    row("remote.log.manager.expiration.thread.pool.size", Int, "10", Medium).at_least(1).cluster_wide(),
    row("remote.log.manager.fetch.max.bytes.per.second", Long, "9223372036854775807", Medium).at_least(1).cluster_wide(),
    row("remote.log.manager.fetch.quota.window.num", Int, "11", Medium).at_least(1),
    row("remote.log.manager.fetch.quota.window.size.seconds", Int, "1", Medium).at_least(1),
    row("remote.log.manager.follower.thread.pool.size", Int, "2", Medium).at_least(1).cluster_wide(),
    row("remote.log.manager.task.interval.ms", Long, "30000", Low).at_least(1),
    row("remote.log.manager.task.retry.backoff.max.ms", Long, "30000", Low).at_least(1).internal(),
    row("remote.log.manager.task.retry.backoff.ms", Long, "500", Low).at_least(1).internal(),
    row("remote.log.manager.task.retry.jitter", Double, "0.2", Low).valid(Validator::Range(Bound::Whole(0), Bound::Fraction(0.5))).internal(),
    row("remote.log.manager.thread.pool.size", Int, "2", Medium).at_least(1),
    row("remote.log.metadata.custom.metadata.max.bytes", Int, "128", Low).at_least(0),
    row("remote.log.metadata.manager.class.name", String, "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", Medium).valid(Validator::NonEmpty),
    unset("remote.log.metadata.manager.class.path", String, Medium),
    row("remote.log.metadata.manager.impl.prefix", String, "rlmm.config.", Medium).valid(Validator::NonEmpty),
    unset("remote.log.metadata.manager.listener.name", String, Medium).valid(Validator::NonEmpty),
    row("remote.log.reader.max.pending.tasks", Int, "100", Medium).at_least(1),
    row("remote.log.reader.threads", Int, "10", Medium).at_least(1).cluster_wide(),
    unset("remote.log.storage.manager.class.name", String, Medium).valid(Validator::NonEmpty),
    unset("remote.log.storage.manager.class.path", String, Medium),
    row("remote.log.storage.manager.impl.prefix", String, "rsm.config.", Medium).valid(Validator::NonEmpty),
    row("remote.log.storage.system.enable", Boolean, "false", Medium),
];
