//! Chunks in files.

use crate::{Broker, Chunk, Lsn, OpenError, Recovered, Sink, WalConfig, WriteError};

/// Chunks in preallocated files of the data folder.
pub struct FileSink {}

impl FileSink {
    /// Reads what is there.
    pub fn open(config: &WalConfig, broker: Broker) -> Result<(FileSink, Recovered), OpenError> {
        let _ = (config, broker);
        unimplemented!()
    }
}

impl Sink for FileSink {
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
