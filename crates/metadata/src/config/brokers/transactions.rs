//! Transactions.

use super::super::definition::{BrokerConfig, Importance, ValueType};
use super::row;
use Importance::{High, Low};
use ValueType::{Boolean, Int, Short};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    row("add.partitions.to.txn.retry.backoff.max.ms", Int, "100", High).at_least(0),
    row("add.partitions.to.txn.retry.backoff.ms", Int, "20", High).at_least(1),
    row("transaction.abort.timed.out.transaction.cleanup.interval.ms", Int, "10000", Low).at_least(1),
    row("transaction.max.timeout.ms", Int, "900000", High).at_least(1),
    row("transaction.partition.verification.enable", Boolean, "true", Low).cluster_wide(),
    row("transaction.remove.expired.transaction.cleanup.interval.ms", Int, "3600000", Low).at_least(1),
    row("transaction.state.log.load.buffer.size", Int, "5242880", High).at_least(1),
    row("transaction.state.log.min.isr", Int, "2", High).at_least(1),
    row("transaction.state.log.num.partitions", Int, "50", High).at_least(1),
    row("transaction.state.log.replication.factor", Short, "3", High).at_least(1),
    row("transaction.state.log.segment.bytes", Int, "104857600", High).at_least(1),
    row("transaction.two.phase.commit.enable", Boolean, "false", Low),
    row("transactional.id.expiration.ms", Int, "604800000", High).at_least(1),
];
