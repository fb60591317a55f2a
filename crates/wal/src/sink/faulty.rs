//! Faults on top of another sink, for tests.

use crate::{Chunk, Lsn, Sink, WriteError};

/// Decides what goes wrong. Cheap to clone.
#[derive(Clone, Default)]
pub struct Faults {}

impl Faults {
    /// Nothing goes wrong.
    pub fn new() -> Faults {
        Faults::default()
    }

    /// While `hold` is set, writes do not return: nothing becomes durable.
    pub fn hold_writes(&self, hold: bool) {
        let _ = hold;
        unimplemented!()
    }

    /// While `full` is set, writes find no space.
    pub fn disk_full(&self, full: bool) {
        let _ = full;
        unimplemented!()
    }

    /// The next write fails, with only this many bytes of the chunk stored.
    pub fn fail_next_write(&self, stored: u64) {
        let _ = stored;
        unimplemented!()
    }
}

/// A sink with faults.
pub struct FaultySink<S> {
    inner: S,
    faults: Faults,
}

impl<S: Sink> FaultySink<S> {
    /// Over `inner`.
    pub fn new(inner: S, faults: Faults) -> FaultySink<S> {
        FaultySink { inner, faults }
    }
}

impl<S: Sink> Sink for FaultySink<S> {
    fn write(&mut self, chunk: &Chunk<'_>) -> Result<(), WriteError> {
        let _ = &self.faults;
        self.inner.write(chunk)
    }
    fn trim(&mut self, upto: Lsn) {
        self.inner.trim(upto);
    }
    fn prepare(&mut self) -> bool {
        self.inner.prepare()
    }
    fn live_bytes(&self) -> u64 {
        self.inner.live_bytes()
    }
}
