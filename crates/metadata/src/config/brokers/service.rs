//! Metrics, quotas and the rest.

use super::super::definition::{BrokerConfig, EmptyList, Importance, ValueType};
use super::{row, unset};
use EmptyList::Allowed;
use Importance::{High, Low, Medium};
use ValueType::{Boolean, Class, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("background.threads", Int, "10", High).at_least(1).cluster_wide(),
    unset("client.quota.callback.class", Class, Low),
    row("config.providers", List, "", Low).list(&[], Allowed).cluster_wide(),
    row("controlled.shutdown.enable", Boolean, "true", Medium),
    row("delete.records.purgatory.purge.interval.requests", Int, "1", Medium),
    row("fetch.purgatory.purge.interval.requests", Int, "1000", Medium),
    row("kafka.metrics.polling.interval.secs", Int, "10", Low).at_least(1),
    row("kafka.metrics.reporters", List, "", Low).list(&[], Allowed),
    row("metric.reporters", List, "org.apache.kafka.common.metrics.JmxReporter", Low).list(&[], Allowed).cluster_wide(),
    row("metrics.num.samples", Int, "2", Low).at_least(1),
    row("metrics.recording.level", String, "INFO", Low),
    row("metrics.sample.window.ms", Long, "30000", Low).at_least(1),
    row("producer.purgatory.purge.interval.requests", Int, "1000", Medium),
    row("quota.window.num", Int, "11", Low).at_least(1),
    row("quota.window.size.seconds", Int, "1", Low).at_least(1),
    row("telemetry.max.bytes", Int, "1048576", Low).at_least(1),
];
