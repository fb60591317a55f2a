//! The port: where chunks are made durable.

mod faulty;
mod file;
mod memory;

use std::io::{self, IoSlice};

use thiserror::Error;

pub use faulty::{Faults, FaultySink};
pub use file::FileSink;
pub use memory::{MemorySink, MemoryStore};

use crate::{Lsn, OpenError, Recovered};

/// Reads back the chunks below a sequence number, all of which are durable, and maybe some after them.
pub type ReadBack = Box<dyn Fn(u64) -> Result<Recovered, OpenError> + Send + Sync>;

/// A place for chunks. Used by one thread at a time.
///
/// What every adapter owes is written down as code in `tests/sink_contract.rs`: a chunk whose `write` returned `Ok` is
/// there after a crash, until a trim lets it go.
pub trait Sink: Send {
    /// Writes a chunk and makes it durable. Sequence numbers are consecutive. After [`WriteError::Full`] the same chunk
    /// may be offered again; after [`WriteError::Failed`] nothing may.
    fn write(&mut self, chunk: &Chunk<'_>) -> Result<(), WriteError>;

    /// Frees what holds no entry after `upto`; what was there at opening counts as [`Lsn::RECOVERED`]. May keep more
    /// than it has to.
    fn trim(&mut self, upto: Lsn);

    /// Does a few milliseconds of work ahead of later writes; called when there is nothing else to do. Returns whether
    /// there is more of it.
    fn prepare(&mut self) -> bool;

    /// Bytes of the chunks that were not freed, as they count against the WAL's bounds.
    fn live_bytes(&self) -> u64;

    /// What reads chunks back while others are being written; see [`Wal::read_back`](crate::Wal::read_back).
    fn read_back(&self) -> ReadBack;
}

/// A chunk to be written.
pub struct Chunk<'a> {
    /// Its sequence number.
    pub sequence: u64,
    /// The last entry in it; entries before were in earlier chunks.
    pub last_lsn: Lsn,
    /// Its bytes, and behind them zeros up to a multiple of 4096.
    pub slices: Vec<IoSlice<'a>>,
    /// The length of all slices.
    pub length: u64,
}

/// Why a chunk was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// There is no space on the disk, or the WAL is at its maximum. Nothing was written, or nothing that counts.
    #[error("no space for the write-ahead log")]
    Full(#[source] io::Error),
    /// What is stored is not certain.
    #[error("cannot {action} the write-ahead log")]
    Failed {
        /// What was tried: `write`, `sync`, ….
        action: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
}
