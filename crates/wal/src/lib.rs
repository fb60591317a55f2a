//! The write-ahead log (WAL): what makes appends durable, for all partitions of a broker in one sequence of chunks.
//!
//! An appended batch goes to its partition's segment, in the page cache, and as an [`Entry`] to the [`Wal`]. One thread
//! takes what is queued, writes it as one *chunk* (see `layout.rs` for its bytes), syncs once, and tells the partitions
//! how far they are durable. A chunk is dropped when segments hold all of it safely.
//!
//! It is not: a place to read records from (segments are), aware of topics' names or settings, or replicated.
//!
//! - **Invariant:** chunk `n + 1` is not begun before chunk `n` is durable; so only the last one can be torn.
//! - **Invariant:** entries are written in the order of [`Wal::submit`]; for one partition that is the order of offsets.
//! - **Invariant:** an [`Lsn`] is durable only if all smaller ones are.
//! - **Invariant:** after a failed write or sync nothing is written any more, and nothing more becomes durable.
//! - **Invariant:** no record is dropped silently at recovery: what cannot be read is the torn end, or an error.
//!
//! A full disk, and a WAL at its own maximum, are no failures: chunks are written to files whose space is reserved
//! beforehand, so it shows before a chunk is begun. The chunk waits, as does all that is queued behind it; admission
//! waits once the queue is full; the high watermark stands still. A trim, or space on the disk, lets it go on.
//!
//! Begin with `wal.rs`, then `wal/writer.rs`; the port is [`Sink`] with [`FileSink`], [`MemorySink`] and [`FaultySink`].

mod errors;
mod layout;
pub mod limits;
mod recovered;
mod sink;
mod wal;

pub use errors::{OpenError, WalFailed};
pub use recovered::{Recovered, RecoveredChunk, RecoveredEntry};
pub use sink::{
    Chunk, Faults, FaultySink, FileSink, MemorySink, MemoryStore, ReadBack, Sink, WriteError,
};
pub use wal::{Admission, Broker, Durable, Entry, Lsn, Wal, WalConfig};
