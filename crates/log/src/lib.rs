//! One partition's log, in Kafka's own on-disk format.
//!
//! A [`Log`] is a folder `topic-partition` of segments, of which the last is written to. Each [`Segment`] has its
//! record batches in `<base offset>.log`, and beside it a sparse `.index` from offsets to positions and a
//! `.timeindex` from timestamps to offsets, where transactions were aborted a `.txnindex` with them, and a `.snapshot` of
//! its producers. Apache Kafka opens what is written here, and the other way round.
//!
//! It is not: durable by itself (the write-ahead log in front of it is; here data is flushed in the background by
//! [`Log::unflushed`]), aware of high watermarks beyond what a caller passes in, or locked: who writes holds `&mut`,
//! who reads takes an `Arc<Segment>` from [`Log::locate`] under the caller's lock and reads outside of it.
//!
//! Begin with `log.rs`; then `segment.rs`, `log/open.rs` for what happens at start, `producers.rs` for idempotence.
//!
//! - **Invariant:** bytes below a segment's size are whole batches and never change, except that a truncation cuts them off.
//! - **Invariant:** an append either lies in one segment as a whole or leaves the log as it was.
//! - **Invariant:** nothing that is read from disk can panic; what can be rebuilt (indexes, epochs, producers) is
//!   rebuilt, and batches that are cut off at recovery are kept in a file beside.

pub mod checkpoints;
mod cleaner;
mod config;
mod epochs;
mod errors;
mod files;
mod folder;
mod index;
mod limits;
mod log;
mod names;
mod producers;
mod segment;
mod sync_all;
mod transactions;
mod walk;

pub use cleaner::{
    CleanError, CleanedSegment, CleanerSettings, CleaningStats, CleaningView, NoPace, Pace, Round,
    ToClean,
};
pub use config::{LogConfig, OpenOptions};
pub use errors::{OpenError, ReadError, SequenceError, WriteError};
pub use folder::{read_topic_id, remove_folder, rename_to_delete, sync_names};
pub use log::{
    ClosedLog, DeleteReason, DeletedSegment, FlushPlan, Log, LogPosition, ReadAt, SwappedIn,
};
pub use names::is_deleted_folder;
pub use producers::{
    BatchCheck, CompletedTransaction, EndTransaction, LastRecords, ProducerCheck, ProducerState,
    Verification, VerificationGuard,
};
pub use segment::{ReadSlice, Segment};
pub use transactions::AbortedTransaction;
