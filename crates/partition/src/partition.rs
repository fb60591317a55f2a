//! The handle.

use std::sync::Arc;

use bytes::Bytes;
use vltava_log::{DeletedSegment, Log, ProducerState, ReadSlice, WriteError};
use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId, TopicPartition};
use vltava_runtime::Clock;
use vltava_wal::{Lsn, RecoveredEntry, Wal};

use crate::{
    AppendError, DeleteRecordsError, FetchWaiter, LookupError, ReadError, ReplayError,
    StorageFailed, TopicSettings,
};

/// One partition, shared in an `Arc`. See the crate's documentation.
pub struct Partition {}

/// What a partition is made of.
pub struct PartitionSpec {
    /// Its name.
    pub id: TopicPartition,
    /// Its topic's id.
    pub topic_id: TopicId,
    /// The epoch under which this broker leads it.
    pub leader_epoch: LeaderEpoch,
    /// Its topic's settings; the log was opened with `settings.log`.
    pub settings: TopicSettings,
    /// Where its appends become durable.
    pub wal: Arc<Wal>,
    /// For append times and timestamp limits.
    pub clock: Clock,
}

/// Whose batches they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client's: Kafka's rules for produce requests hold.
    Client,
    /// The broker's own, a coordinator's: any number of batches, trusted but for their CRC.
    Coordinator,
}

/// What a request's version allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendLimits {
    /// Whether batches may be compressed with zstd (Produce since version 7).
    pub zstd: bool,
}

impl Default for AppendLimits {
    fn default() -> AppendLimits {
        AppendLimits { zstd: true }
    }
}

/// Where batches were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The first record's offset.
    pub base_offset: Offset,
    /// The last record's offset.
    pub last_offset: Offset,
    /// With `message.timestamp.type=LogAppendTime`: the time that the records got.
    pub log_append_time: Option<Timestamp>,
    /// The log start offset at that moment.
    pub log_start_offset: Offset,
    /// The producer had sent the batch before: the offsets are those of then.
    pub duplicate: bool,
    /// What [`Partition::wait_durable`] waits for; `None` if there is nothing to wait for.
    pub lsn: Option<Lsn>,
}

/// What a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Up to the high watermark.
    #[default]
    ReadUncommitted,
    /// Up to the last stable offset.
    ReadCommitted,
}

/// What a read found.
#[derive(Debug)]
pub struct ReadOutcome {
    /// The range of a segment's file; `None` if there is nothing (yet) at the offset.
    pub records: Option<ReadSlice>,
    /// Records below it are durable.
    pub high_watermark: Offset,
    /// Records below it belong to no open transaction.
    pub last_stable_offset: Offset,
    /// The first offset that can be read.
    pub log_start_offset: Offset,
}

/// A record that a search by time found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// Its offset.
    pub offset: Offset,
    /// The epoch under which it was written.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// What [`Partition::replay`] did with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The log had all of it.
    Skipped,
    /// So many batches were missing, and appended.
    Appended(usize),
}

impl Partition {
    /// Takes a log that was just opened. Then [`Partition::replay`] what the WAL has of it, and [`Partition::start`].
    pub fn open(log: Log, spec: PartitionSpec) -> Arc<Partition> {
        let _ = (log, spec);
        unimplemented!()
    }

    /// Appends what the log does not have of an entry that was recovered from the WAL. Entries come in WAL order.
    pub fn replay(&self, entry: &RecoveredEntry) -> Result<Replayed, ReplayError> {
        let _ = entry;
        unimplemented!()
    }

    /// Ends recovery: syncs what is not synced (blocks; nothing to do after a clean shutdown) and sets the high
    /// watermark to the log's end. Without the sync, records that survived only in the page cache could be lost later,
    /// below acknowledged ones.
    pub fn start(&self) -> Result<(), WriteError> {
        unimplemented!()
    }

    /// The name.
    pub fn id(&self) -> &TopicPartition {
        unimplemented!()
    }

    /// The topic's id.
    pub fn topic_id(&self) -> TopicId {
        unimplemented!()
    }

    /// The epoch under which this broker leads it.
    pub fn leader_epoch(&self) -> LeaderEpoch {
        unimplemented!()
    }

    /// Appends batches, which are in the segment (page cache) at the end: what `acks=1` asks for. Waits only for room in
    /// the WAL's queue, before anything is decided; may be dropped until then.
    pub async fn append(
        self: &Arc<Self>,
        records: Bytes,
        origin: Origin,
        limits: &AppendLimits,
    ) -> Result<Appended, AppendError> {
        let _ = (records, origin, limits);
        unimplemented!()
    }

    /// Waits until an append is durable: what `acks=all` asks for. May be dropped at any time.
    pub async fn wait_durable(&self, appended: &Appended) -> Result<(), AppendError> {
        let _ = appended;
        unimplemented!()
    }

    /// Finds records from `offset` on, at most `max_bytes` (with `min_one`: at least one batch) within one segment,
    /// below the high watermark or the last stable offset. Does a little I/O (an index, a batch header).
    pub fn read(
        &self,
        offset: Offset,
        max_bytes: usize,
        min_one: bool,
        isolation: Isolation,
    ) -> Result<ReadOutcome, ReadError> {
        let _ = (offset, max_bytes, min_one, isolation);
        unimplemented!()
    }

    /// Lets `waiter` know of new bytes below the high watermark, until it is dropped or unwatched.
    pub fn watch(&self, waiter: &Arc<FetchWaiter>) {
        let _ = waiter;
        unimplemented!()
    }

    /// Ends [`Partition::watch`].
    pub fn unwatch(&self, waiter: &Arc<FetchWaiter>) {
        let _ = waiter;
        unimplemented!()
    }

    /// The end of what is durable (of what is appended, with `write.caching=true`).
    pub fn high_watermark(&self) -> Offset {
        unimplemented!()
    }

    /// The first offset of an open transaction; the high watermark while there are none.
    pub fn last_stable_offset(&self) -> Offset {
        unimplemented!()
    }

    /// The first offset that can be read. For the `log-start-offset-checkpoint`.
    pub fn log_start_offset(&self) -> Offset {
        unimplemented!()
    }

    /// The offset that the next record gets.
    pub fn log_end_offset(&self) -> Offset {
        unimplemented!()
    }

    /// Bytes of batches in all segments.
    pub fn size_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// All below is synced in segments. For the `recovery-point-offset-checkpoint`.
    pub fn recovery_point(&self) -> Offset {
        unimplemented!()
    }

    /// Whether storage failed.
    pub fn has_failed(&self) -> bool {
        unimplemented!()
    }

    /// The producers known, for DescribeProducers.
    pub fn active_producers(&self) -> Vec<ProducerState> {
        unimplemented!()
    }

    /// The largest epoch at or below `epoch`, and where it ended.
    pub fn epoch_end_offset(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        let _ = epoch;
        unimplemented!()
    }

    /// The epoch of the record at `offset`.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let _ = offset;
        unimplemented!()
    }

    /// The first record that is `target` or later, below the high watermark or the last stable offset. Does I/O.
    pub fn offset_for_timestamp(
        &self,
        target: Timestamp,
        isolation: Isolation,
    ) -> Result<Option<TimestampOffset>, LookupError> {
        let _ = (target, isolation);
        unimplemented!()
    }

    /// The record with the largest timestamp. Does I/O.
    pub fn max_timestamp(&self) -> Result<Option<TimestampOffset>, LookupError> {
        unimplemented!()
    }

    /// Moves the log start offset up to `before` (-1 for the high watermark) and returns where it is now. The caller
    /// answers when it has written it to the `log-start-offset-checkpoint`; segments go with the next retention run.
    pub fn delete_records(&self, before: Offset) -> Result<Offset, DeleteRecordsError> {
        let _ = before;
        unimplemented!()
    }

    /// Takes new settings. Blocks for a sync where `write.caching` is switched off.
    pub fn configure(&self, settings: TopicSettings) -> Result<(), LookupError> {
        let _ = settings;
        unimplemented!()
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<TopicSettings> {
        unimplemented!()
    }

    /// Deletes expired segments, and the files of those that were deleted long enough ago; forgets expired producers.
    /// Log start offsets may move: write the checkpoint afterwards.
    pub fn retention(&self) -> Result<Vec<DeletedSegment>, LookupError> {
        unimplemented!()
    }

    /// Syncs all that was appended before the call; blocks. The recovery point moves up. For WAL checkpoints.
    pub fn flush(&self) -> Result<(), LookupError> {
        unimplemented!()
    }

    /// Whether `flush.ms` asks for a [`Partition::flush`] now.
    pub fn flush_due(&self) -> bool {
        unimplemented!()
    }

    /// Closes open files that were not used since the last call.
    pub fn release_idle_files(&self) {
        unimplemented!()
    }

    /// Ends it at a clean shutdown, after the WAL has closed: writes and syncs all. Blocks.
    pub fn close(&self) -> Result<(), LookupError> {
        unimplemented!()
    }

    /// Ends it for good: renames the folder. Returns its new path, which is to be removed after `file.delete.delay.ms`.
    pub fn delete(&self) -> Result<std::path::PathBuf, LookupError> {
        unimplemented!()
    }
}
