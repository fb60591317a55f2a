//! A partition: its log and its place in the write-ahead log, as one.
//!
//! [`Partition::append`] validates a produce request's batches, gives them offsets, writes them to the active segment
//! (page cache) and queues them for the write-ahead log (WAL); [`Partition::wait_durable`] waits for the latter. The high
//! watermark follows what is durable, and [`Partition::read`] ends there; a [`FetchWaiter`] is woken when it moves. Who
//! reads committed records only gets to the last stable offset: an open transaction, or one whose marker is not durable,
//! holds it back ([`Partition::append_transactional`], [`Partition::append_marker`]).
//!
//! It is not: replicated, aware of who may write, or a scheduler: retention, compaction, flushing and checkpoints are done
//! when the caller says so.
//!
//! - **Invariant:** log order, WAL order and offset order are the same: all three are decided under the log's lock.
//! - **Invariant:** what lies below the high watermark survives a crash (with `write.caching=true`: of this process).
//! - **Invariant:** offsets are given out without gaps, and none twice; only compaction leaves gaps, in what is durable.
//! - **Invariant:** a partition whose log or WAL failed stays failed: every call answers so, until it is opened again.
//! - **Invariant:** no lock is held across an `await`, and no file is synced under the log's lock (but for
//!   `write.caching` being switched off).
//!
//! Locks, in this order: the log (appends, and looking up where to read), then the tail (high watermark, watchers). The
//! WAL's thread takes only the tail's, so a slow segment write of one partition does not hold up the others.
//!
//! Begin with `partition.rs`, then `partition/append.rs`.

mod errors;
mod limits;
mod partition;
mod settings;
mod waiter;

pub use errors::{
    AppendError, DeleteRecordsError, LookupError, ReadError, ReplayError, StorageFailed,
};
pub use partition::{
    AppendLimits, Appended, Cleaned, Flush, Isolation, Origin, Partition, PartitionSpec,
    ReadOutcome, Replayed, TimestampOffset,
};
pub use settings::{Compression, TimestampType, TopicCompression, TopicSettings};
/// What goes in and comes out here, so that whoever calls needs no edge to the log.
pub use vltava_log::{
    AbortedTransaction, EndTransaction, SequenceError, Verification, VerificationGuard,
};
pub use waiter::FetchWaiter;
