//! Chunks in memory, for tests.

use crate::{Broker, Chunk, Lsn, OpenError, Recovered, Sink, WriteError};

/// Keeps chunks beyond the life of a [`MemorySink`], as a disk would. Cheap to clone.
#[derive(Clone, Default)]
pub struct MemoryStore {}

impl MemoryStore {
    /// Without a chunk.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Opens it as files are opened.
    pub fn open(&self, broker: Broker) -> Result<(MemorySink, Recovered), OpenError> {
        let _ = broker;
        unimplemented!()
    }
}

/// Writes to a [`MemoryStore`].
pub struct MemorySink {}

impl Sink for MemorySink {
    fn write(&mut self, chunk: &Chunk<'_>) -> Result<(), WriteError> {
        let _ = chunk;
        unimplemented!()
    }
    fn trim(&mut self, upto: Lsn) {
        let _ = upto;
    }
    fn prepare(&mut self) -> bool {
        false
    }
    fn live_bytes(&self) -> u64 {
        0
    }
}
