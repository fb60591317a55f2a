//! Reading one partition for a fetch.

use vltava_model::{BrokerId, LeaderEpoch, Offset};
use vltava_partition::{Isolation, Partition, ReadOutcome};
use vltava_protocol::messages::fetch::{
    AbortedTransaction, EpochEndOffset, LeaderIdAndEpoch, PartitionData,
};
use vltava_protocol::{ErrorCode, FileRange, Records};

use crate::api::leader_epochs;
use crate::errors::Coded;
use crate::fetch_sessions::FetchTarget;

/// The first version that is told who leads, along with an error that says that the client does not know (KIP-951).
const LEADERS_VERSION: i16 = 16;

/// How a request reads.
pub(super) struct PartitionReader {
    pub(super) version: i16,
    pub(super) isolation: Isolation,
    pub(super) broker_id: BrokerId,
}

impl PartitionReader {
    /// Reads at most `max_bytes`, but with `min_one` a whole batch if there is any.
    pub(super) fn read(
        &self,
        target: &FetchTarget,
        partition: &Partition,
        max_bytes: usize,
        min_one: bool,
    ) -> PartitionData {
        let index = target.partition;
        // Here, whatever is negative says that the client knows none.
        if let Err(code) = leader_epochs::check(partition, target.current_leader_epoch.max(-1)) {
            let current_leader = self.leader(partition, code);
            return PartitionData { current_leader, ..unreadable(index, code) };
        }
        let offset = Offset(target.fetch_offset);
        if target.last_fetched_epoch >= 0 {
            match divergence(partition, LeaderEpoch(target.last_fetched_epoch), offset) {
                Ok(None) => {}
                Ok(Some(diverging_epoch)) => {
                    return PartitionData { diverging_epoch, ..self.empty(partition, index) };
                }
                Err(code) => return unreadable(index, code),
            }
        }
        match partition.read(offset, max_bytes, min_one, self.isolation) {
            Ok(outcome) => self.found(index, outcome),
            Err(error) => unreadable(index, error.error_code()),
        }
    }

    /// Whether there can be more to read than there was.
    pub(super) fn has_moved(&self, partition: &Partition, data: &PartitionData) -> bool {
        match self.isolation {
            Isolation::ReadUncommitted => partition.high_watermark().0 != data.high_watermark,
            Isolation::ReadCommitted => partition.last_stable_offset().0 != data.last_stable_offset,
        }
    }

    fn found(&self, partition_index: i32, outcome: ReadOutcome) -> PartitionData {
        let records = outcome.records.map(|slice| {
            let (file, position, length) = (slice.file, slice.position, slice.length);
            Records::File(FileRange { file, position, length })
        });
        let aborted = outcome.aborted.iter().map(|aborted| AbortedTransaction {
            producer_id: aborted.producer_id.0,
            first_offset: aborted.first_offset.0,
        });
        let is_committed = self.isolation == Isolation::ReadCommitted;
        PartitionData {
            partition_index,
            high_watermark: outcome.high_watermark.0,
            last_stable_offset: outcome.last_stable_offset.0,
            log_start_offset: outcome.log_start_offset.0,
            aborted_transactions: is_committed.then(|| aborted.collect()),
            records: Some(records.unwrap_or_default()),
            ..PartitionData::default()
        }
    }

    fn empty(&self, partition: &Partition, index: i32) -> PartitionData {
        let outcome = ReadOutcome {
            records: None,
            high_watermark: partition.high_watermark(),
            last_stable_offset: partition.last_stable_offset(),
            log_start_offset: partition.log_start_offset(),
            aborted: Vec::new(),
        };
        self.found(index, outcome)
    }

    /// Whom to ask instead, so that a client that missed a change of epoch need not look it up elsewhere.
    fn leader(&self, partition: &Partition, code: ErrorCode) -> LeaderIdAndEpoch {
        if self.version < LEADERS_VERSION || code != ErrorCode::FENCED_LEADER_EPOCH {
            return LeaderIdAndEpoch::default();
        }
        LeaderIdAndEpoch { leader_id: self.broker_id.0, leader_epoch: partition.leader_epoch().0 }
    }
}

/// Where the client's log and ours part, if they do (KIP-595).
fn divergence(
    partition: &Partition,
    last_fetched: LeaderEpoch,
    offset: Offset,
) -> Result<Option<EpochEndOffset>, ErrorCode> {
    let found = leader_epochs::end_of(partition, last_fetched);
    let (epoch, end) = found.ok_or(ErrorCode::OFFSET_OUT_OF_RANGE)?;
    let parts = epoch < last_fetched || end < offset;
    Ok(parts.then_some(EpochEndOffset { epoch: epoch.0, end_offset: end.0 }))
}

/// The answer for a partition that is here and cannot be read so.
fn unreadable(index: i32, code: ErrorCode) -> PartitionData {
    PartitionData { aborted_transactions: None, ..failed(index, code) }
}

/// The answer for a partition that cannot be had at all.
pub(super) fn failed(partition_index: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index,
        error_code: code.code(),
        high_watermark: -1,
        records: Some(Records::default()),
        ..PartitionData::default()
    }
}
