//! The log: its segments, and what belongs to all of them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId, TopicPartition};
use vltava_records::{BatchHeader, StampedBatch};

use crate::{
    LogConfig, OpenError, OpenOptions, ProducerCheck, ProducerState, ReadError, Segment,
    SequenceError, WriteError,
};

/// One partition's log. See the crate's documentation.
#[derive(Debug)]
pub struct Log {}

/// A place between two batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// The offset of what comes next.
    pub offset: Offset,
    /// The base offset of the segment.
    pub segment: Offset,
    /// The position in the segment's file.
    pub position: u32,
}

/// Where to read.
#[derive(Clone, Debug)]
pub struct ReadAt {
    /// The segment that holds the offset, unless a gap or its end lies there.
    pub segment: Arc<Segment>,
    /// The base offset of the segment after it: to be located when this one has nothing (more).
    pub next: Option<Offset>,
}

/// Files to be synced, outside of the lock, so that all below `end` is safe.
#[derive(Debug)]
pub struct FlushPlan {
    end: Offset,
}

/// A segment that retention took out of the log. Its files stay for `file.delete.delay.ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedSegment {
    /// Its base offset.
    pub base_offset: Offset,
    /// The bytes of its batches.
    pub size_bytes: u32,
    /// Why it went.
    pub reason: DeleteReason,
}

/// Why a segment was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteReason {
    /// All of its records are older than `retention.ms`.
    Time,
    /// The segments after it hold `retention.bytes`.
    Size,
    /// All of its records lie below the log start offset.
    LogStartOffset,
}

impl FlushPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        unimplemented!()
    }

    /// All below this offset is safe once [`FlushPlan::run`] succeeded.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Syncs. Blocks; call it without the log's lock. After an error what the disk holds is not known: the partition
    /// must be given up.
    pub fn run(&self) -> Result<(), WriteError> {
        unimplemented!()
    }
}

impl Log {
    /// Opens the log in `dir`, whose name is `topic-partition`; makes an empty one if there is none.
    pub fn open(
        dir: &Path,
        topic_id: TopicId,
        config: LogConfig,
        options: OpenOptions,
        now: Timestamp,
    ) -> Result<Log, OpenError> {
        let _ = (dir, topic_id, config, options, now);
        unimplemented!()
    }

    /// Takes new settings; they hold from the next append on.
    pub fn configure(&mut self, config: LogConfig) {
        let _ = config;
        unimplemented!()
    }

    /// The settings in force.
    pub fn config(&self) -> &LogConfig {
        unimplemented!()
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        unimplemented!()
    }

    /// Appends batches whose offsets follow on from `log_end_offset()`, in one write: all of them or, on an error, none.
    /// Closes the active segment first if it is full or old enough.
    pub fn append(
        &mut self,
        batches: &[StampedBatch],
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let _ = (batches, leader_epoch, now);
        unimplemented!()
    }

    /// What a client's batch is in the sequence of its producer. Batches without a producer id are always new.
    pub fn check_producer(&self, header: &BatchHeader) -> Result<ProducerCheck, SequenceError> {
        let _ = header;
        unimplemented!()
    }

    /// The producers known.
    pub fn active_producers(&self) -> Vec<ProducerState> {
        unimplemented!()
    }

    /// Forgets producers whose last batch is older than `producer.id.expiration.ms`. Kafka does this every ten minutes
    /// and not at each append: timestamps are the clients', and may all be old.
    pub fn expire_producers(&mut self, now: Timestamp) {
        let _ = now;
        unimplemented!()
    }

    /// The first offset that can be read.
    pub fn log_start_offset(&self) -> Offset {
        unimplemented!()
    }

    /// The offset that the next record gets.
    pub fn log_end_offset(&self) -> Offset {
        unimplemented!()
    }

    /// The log end offset with its place.
    pub fn end_position(&self) -> LogPosition {
        unimplemented!()
    }

    /// The place of `offset`, which lies between log start and end; inside a batch, that of the batch.
    pub fn position_of(&self, offset: Offset) -> io::Result<LogPosition> {
        let _ = offset;
        unimplemented!()
    }

    /// Bytes of batches in all segments.
    pub fn size_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// The leader epoch of the last batch; `None` for an empty log.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        unimplemented!()
    }

    /// The epoch under which a record was written.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let _ = offset;
        unimplemented!()
    }

    /// The largest epoch at or below `epoch`, and where it ended (OffsetForLeaderEpoch, KIP-320); `None` if none is known.
    pub fn epoch_end_offset(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        let _ = epoch;
        unimplemented!()
    }

    /// The segment in which to read at `offset`. Cheap, does no I/O. At the log end offset it is the active segment.
    pub fn locate(&self, offset: Offset) -> Result<ReadAt, ReadError> {
        let _ = offset;
        unimplemented!()
    }

    /// The segments, oldest first, for searches that look at several (timestamps) outside of the lock.
    pub fn segments(&self) -> Vec<Arc<Segment>> {
        unimplemented!()
    }

    /// The first record whose timestamp is `target` or later, over all segments. Does I/O.
    pub fn offset_for_timestamp(
        segments: &[Arc<Segment>],
        target: Timestamp,
        start: Offset,
    ) -> io::Result<Option<(Timestamp, Offset)>> {
        let _ = (segments, target, start);
        unimplemented!()
    }

    /// The largest timestamp and the first record that has it, over all segments. Does I/O.
    pub fn max_timestamp(segments: &[Arc<Segment>]) -> io::Result<Option<(Timestamp, Offset)>> {
        let _ = segments;
        unimplemented!()
    }

    /// Moves the log start offset up (never down, never past the log end offset). Segments that lie below it go with
    /// the next [`Log::delete_expired`]. The caller keeps the offset in its checkpoint file.
    pub fn set_log_start_offset(&mut self, offset: Offset) {
        let _ = offset;
        unimplemented!()
    }

    /// Cuts the log off so that it ends at `offset`, or before it where a batch spans it.
    pub fn truncate_to(&mut self, offset: Offset, now: Timestamp) -> Result<(), WriteError> {
        let _ = (offset, now);
        unimplemented!()
    }

    /// Drops all and goes on with an empty log at `offset`.
    pub fn truncate_fully_and_start_at(
        &mut self,
        offset: Offset,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let _ = (offset, now);
        unimplemented!()
    }

    /// Takes out segments by time, by size and by log start offset, none that reaches past `high_watermark`; their files
    /// are renamed to `.deleted`. The active one is closed first when it expired too.
    pub fn delete_expired(
        &mut self,
        high_watermark: Offset,
        now: Timestamp,
    ) -> Result<Vec<DeletedSegment>, WriteError> {
        let _ = (high_watermark, now);
        unimplemented!()
    }

    /// Removes the files of segments that were deleted `file.delete.delay.ms` ago. Returns when it wants to be called
    /// again; `None` if nothing is left.
    pub fn delete_files(&mut self, now: Timestamp) -> Option<Timestamp> {
        let _ = now;
        unimplemented!()
    }

    /// Closes the active segment and begins a new one, unless it is empty.
    pub fn roll(&mut self, now: Timestamp) -> Result<(), WriteError> {
        let _ = now;
        unimplemented!()
    }

    /// Closes the active segment if `segment.ms` of wall-clock time have passed since its first batch. Kafka does this
    /// only when the next batch comes, so calling it is optional.
    pub fn roll_if_due(&mut self, now: Timestamp) -> Result<(), WriteError> {
        let _ = now;
        unimplemented!()
    }

    /// All below this offset is flushed.
    pub fn recovery_point(&self) -> Offset {
        unimplemented!()
    }

    /// What to sync so that all that is there now is flushed; writes out index entries held in memory. One plan at a time.
    pub fn unflushed(&mut self) -> Result<FlushPlan, WriteError> {
        unimplemented!()
    }

    /// Notes that `plan` ran without an error: the recovery point moves up.
    pub fn flushed(&mut self, plan: &FlushPlan) {
        let _ = plan;
        unimplemented!()
    }

    /// Closes open files that were not used since the last call. To be called now and then.
    pub fn release_idle_files(&self) {
        unimplemented!()
    }

    /// Writes all that is in memory, a producer snapshot too, and syncs: the next open with `clean_shutdown` scans
    /// nothing. The log must not be written to afterwards.
    pub fn close(&mut self) -> Result<(), WriteError> {
        unimplemented!()
    }

    /// Renames the folder to `topic-partition.<32 hex digits>-delete`, for good. Readers that hold a segment's file can
    /// go on. Returns the new path, for [`remove_folder`](crate::remove_folder) after `file.delete.delay.ms`.
    pub fn rename_to_delete(
        self,
        partition: &TopicPartition,
        id: [u8; 16],
    ) -> Result<PathBuf, WriteError> {
        let _ = (partition, id);
        unimplemented!()
    }
}
