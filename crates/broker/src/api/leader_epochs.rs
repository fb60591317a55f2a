//! The check of the leader epoch that a client believes in (KIP-320), which several APIs share.

use vltava_model::LeaderEpoch;
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
