//! Leader epochs, as several APIs use them (KIP-320): the check of the one that a client believes in, and where one ends.
//!
//! A partition's log knows an epoch once it has a record of it. The current epoch begins when the broker starts, with or
//! without records, as it does in Kafka.

use vltava_model::{LeaderEpoch, Offset};
use vltava_partition::Partition;
use vltava_protocol::ErrorCode;

/// Compares the epoch that a client sent with the partition's; -1 says that the client does not know one.
pub(crate) fn check(partition: &Partition, known: i32) -> Result<(), ErrorCode> {
    let current = partition.leader_epoch();
    match LeaderEpoch(known) {
        LeaderEpoch::NONE => Ok(()),
        known if known < current => Err(ErrorCode::FENCED_LEADER_EPOCH),
        known if known > current => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
        _ => Ok(()),
    }
}

/// The largest epoch that is not above `epoch`, and where it ends; `None` if there is none, or `epoch` is still to come.
pub(crate) fn end_of(partition: &Partition, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
    if epoch == partition.leader_epoch() {
        return Some((epoch, partition.log_end_offset()));
    }
    partition.epoch_end_offset(epoch)
}

/// The epoch of the record at `offset`, or of the one that will be there.
pub(crate) fn at(partition: &Partition, offset: Offset) -> LeaderEpoch {
    if offset == partition.log_end_offset() {
        return partition.leader_epoch();
    }
    partition.epoch_of(offset).unwrap_or(LeaderEpoch::NONE)
}
