//! What can go wrong, one enum for each operation.

use thiserror::Error;
use vltava_log::SequenceError;
use vltava_model::{Offset, TopicPartition};
use vltava_records::BatchError;

/// The partition's log or the write-ahead log failed, now or before; the cause was logged (KAFKA_STORAGE_ERROR). If
/// [`has_failed`](crate::Partition::has_failed), nothing more is written or read until the partition is opened again,
/// which is at the next start of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the partition's storage has failed")]
pub struct StorageFailed;

/// Why batches were not appended. Nothing of them is in the log, except after `Storage` and `Closed`, where it is not known.
#[derive(Debug, Error)]
pub enum AppendError {
    /// There is not one batch, it is not well formed, or it breaks a rule of the topic; see [`BatchError::kind`].
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The batches are larger than `segment.bytes` (RECORD_LIST_TOO_LARGE).
    #[error("{size} bytes in one append exceed the maximum segment size of {segment_bytes}")]
    LargerThanSegment {
        /// The size of all batches.
        size: usize,
        /// `segment.bytes`.
        segment_bytes: u32,
    },
    /// An idempotent producer's batch is out of order, or fenced.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// The disk is full. The partition goes on when there is space again (KAFKA_STORAGE_ERROR).
    #[error("no space left on the disk")]
    OutOfSpace,
    /// See [`StorageFailed`].
    #[error(transparent)]
    Storage(#[from] StorageFailed),
    /// The partition was closed or deleted (NOT_LEADER_OR_FOLLOWER).
    #[error("the partition is closed")]
    Closed,
}

/// Why nothing was read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The offset is below the log start offset or past the log end offset (OFFSET_OUT_OF_RANGE).
    #[error("offset {offset} is not within {log_start_offset} and {log_end_offset}")]
    OutOfRange {
        /// The offset asked for.
        offset: Offset,
        /// The first offset that is there.
        log_start_offset: Offset,
        /// The next offset to be written.
        log_end_offset: Offset,
    },
    /// See [`StorageFailed`].
    #[error(transparent)]
    Storage(#[from] StorageFailed),
    /// The partition was closed or deleted (NOT_LEADER_OR_FOLLOWER).
    #[error("the partition is closed")]
    Closed,
}

/// Why a search or a piece of housekeeping was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LookupError {
    /// See [`StorageFailed`].
    #[error(transparent)]
    Storage(#[from] StorageFailed),
    /// The partition was closed or deleted (NOT_LEADER_OR_FOLLOWER).
    #[error("the partition is closed")]
    Closed,
}

/// Why records were not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeleteRecordsError {
    /// The offset is negative or past the high watermark (OFFSET_OUT_OF_RANGE).
    #[error("offset {offset} is not within {log_start_offset} and {high_watermark}")]
    OutOfRange {
        /// The offset asked for.
        offset: Offset,
        /// The first offset that is there.
        log_start_offset: Offset,
        /// Up to here records may be deleted.
        high_watermark: Offset,
    },
    /// `cleanup.policy` is `compact` alone (POLICY_VIOLATION).
    #[error("the topic's cleanup.policy does not allow to delete records")]
    NotDeletable,
    /// See [`StorageFailed`].
    #[error(transparent)]
    Storage(#[from] StorageFailed),
    /// The partition was closed or deleted (NOT_LEADER_OR_FOLLOWER).
    #[error("the partition is closed")]
    Closed,
}

/// Why an entry of the write-ahead log was not replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// Records between the log's end and the entry are nowhere: acknowledged records may be lost. A person must look.
    #[error(
        "partition {partition} ends at offset {log_end_offset}, and the write-ahead log goes on at {first_offset}"
    )]
    Gap {
        /// The partition.
        partition: TopicPartition,
        /// Where its log ends.
        log_end_offset: Offset,
        /// The offset of the next batch in the write-ahead log.
        first_offset: Offset,
    },
    /// A batch begins before the log's end and goes on behind it: one of them is not what was written.
    #[error(
        "partition {partition} ends at offset {log_end_offset}, inside the write-ahead log's batch of offsets {first_offset} to {last_offset}"
    )]
    Overlap {
        /// The partition.
        partition: TopicPartition,
        /// Where its log ends.
        log_end_offset: Offset,
        /// The batch's first offset.
        first_offset: Offset,
        /// The batch's last offset.
        last_offset: Offset,
    },
    /// The entry's bytes are no batches.
    #[error("an entry of partition {partition} in the write-ahead log is damaged")]
    Damaged {
        /// The partition.
        partition: TopicPartition,
        /// How.
        #[source]
        source: BatchError,
    },
    /// The log cannot be written.
    #[error("cannot write to partition {partition}")]
    Write {
        /// The partition.
        partition: TopicPartition,
        /// The cause.
        #[source]
        source: vltava_log::WriteError,
    },
}

impl From<LookupError> for AppendError {
    fn from(error: LookupError) -> AppendError {
        match error {
            LookupError::Storage(failed) => AppendError::Storage(failed),
            LookupError::Closed => AppendError::Closed,
        }
    }
}

impl From<LookupError> for ReadError {
    fn from(error: LookupError) -> ReadError {
        match error {
            LookupError::Storage(failed) => ReadError::Storage(failed),
            LookupError::Closed => ReadError::Closed,
        }
    }
}

impl From<LookupError> for DeleteRecordsError {
    fn from(error: LookupError) -> DeleteRecordsError {
        match error {
            LookupError::Storage(failed) => DeleteRecordsError::Storage(failed),
            LookupError::Closed => DeleteRecordsError::Closed,
        }
    }
}

impl From<vltava_log::ReadError> for ReadError {
    fn from(error: vltava_log::ReadError) -> ReadError {
        let vltava_log::ReadError::OutOfRange { offset, log_start_offset, log_end_offset } = error;
        ReadError::OutOfRange { offset, log_start_offset, log_end_offset }
    }
}
