//! What can go wrong, one enum for each operation.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use thiserror::Error;
use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, TopicId};

/// Why a log cannot be opened. Other logs are not concerned.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, ….
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The folder belongs to another topic of the same name.
    #[error("{} belongs to topic id {found}, not {expected}", path.display())]
    OtherTopic {
        /// The file that says so.
        path: PathBuf,
        /// The id asked for.
        expected: TopicId,
        /// The id in `partition.metadata`.
        found: TopicId,
    },
    /// A file that cannot be rebuilt is damaged.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl OpenError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
        move |source| OpenError::Io { action, path: path.to_owned(), source }
    }
}

impl From<WriteError> for OpenError {
    fn from(error: WriteError) -> OpenError {
        match error {
            WriteError::OutOfSpace { path, source } => {
                OpenError::Io { action: "write", path, source }
            }
            WriteError::Io { action, path, source } => OpenError::Io { action, path, source },
            WriteError::NotContiguous { .. } | WriteError::TooLarge { .. } => {
                unreachable!("opening a log appends nothing: {error}")
            }
        }
    }
}

/// Why something could not be written. The log stays as it was before, readable and open for further appends.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The disk is full, or a quota is, or no more files may be open.
    #[error("no room to write {}", path.display())]
    OutOfSpace {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file system refused for another reason. What the disk holds is not certain: give the partition up.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `write`, `sync`, ….
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The first batch does not begin where the log ends, or one of the others where that before it ends.
    #[error("batch at offset {found} where {expected} was expected")]
    NotContiguous {
        /// The offset that has to come.
        expected: Offset,
        /// The batch's base offset.
        found: Offset,
    },
    /// More in one append than a segment can address: 2³¹ bytes or 2³¹ offsets.
    #[error("{bytes} bytes over {offsets} offsets do not fit into one segment")]
    TooLarge {
        /// Bytes of the batches.
        bytes: u64,
        /// From the first offset to the last.
        offsets: i64,
    },
}

impl WriteError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
        move |source| {
            let path = path.to_owned();
            match Errno::from_io_error(&source) {
                Some(Errno::NOSPC | Errno::DQUOT | Errno::MFILE | Errno::NFILE) => {
                    WriteError::OutOfSpace { path, source }
                }
                _ => WriteError::Io { action, path, source },
            }
        }
    }

    /// For a failed sync, whatever the cause: pages that could not be written are dropped, and a second sync would not
    /// notice.
    pub(crate) fn sync(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
        move |source| WriteError::Io { action: "sync", path: path.to_owned(), source }
    }

    /// Whether the same can succeed later, once there is room again.
    pub fn is_out_of_space(&self) -> bool {
        matches!(self, WriteError::OutOfSpace { .. })
    }
}

/// Why there is nothing to read at an offset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The offset is below the log start offset or past the log end offset.
    #[error("offset {offset} is not within {log_start_offset} and {log_end_offset}")]
    OutOfRange {
        /// The offset asked for.
        offset: Offset,
        /// The first offset that is there.
        log_start_offset: Offset,
        /// The next offset to be written.
        log_end_offset: Offset,
    },
}

/// Why a producer's batch is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SequenceError {
    /// The batch is not the one that follows the producer's last (OUT_OF_ORDER_SEQUENCE_NUMBER).
    #[error(
        "out of order sequence number for producer {producer_id}: {found}, the last was {last}"
    )]
    OutOfOrder {
        /// The producer.
        producer_id: ProducerId,
        /// The batch's first sequence.
        found: Sequence,
        /// The last sequence in the log; -1 if the producer's epoch is new.
        last: Sequence,
    },
    /// A newer instance of the producer has written (INVALID_PRODUCER_EPOCH).
    #[error("epoch of producer {producer_id} is {found}, and {current} was seen")]
    InvalidEpoch {
        /// The producer.
        producer_id: ProducerId,
        /// The batch's epoch.
        found: ProducerEpoch,
        /// The latest epoch in the log.
        current: ProducerEpoch,
    },
    /// A batch outside of the transaction that its producer has open (INVALID_TXN_STATE).
    #[error("producer {producer_id} has a transaction open since offset {first_offset}")]
    TransactionOpen {
        /// The producer.
        producer_id: ProducerId,
        /// Where the transaction began.
        first_offset: Offset,
    },
    /// The first batch of a transaction that the coordinator does not know to be open here (INVALID_TXN_STATE).
    #[error("a batch of producer {producer_id} is part of no open transaction")]
    NotVerified {
        /// The producer.
        producer_id: ProducerId,
    },
    /// A newer coordinator has written a marker (TRANSACTION_COORDINATOR_FENCED).
    #[error(
        "a marker for producer {producer_id} is of coordinator epoch {found}, and {current} was seen"
    )]
    CoordinatorFenced {
        /// The producer.
        producer_id: ProducerId,
        /// The marker's coordinator epoch.
        found: i32,
        /// The latest one in the log.
        current: i32,
    },
}
