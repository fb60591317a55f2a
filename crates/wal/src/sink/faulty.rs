//! Faults on top of another sink, for tests.

use std::io::{self, IoSlice};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::{Chunk, Lsn, ReadBack, Sink, WriteError};

/// Decides what goes wrong. Cheap to clone.
#[derive(Clone, Default)]
pub struct Faults(Arc<(Mutex<Plan>, Condvar)>);

#[derive(Default)]
struct Plan {
    hold: bool,
    full: bool,
    crashed: bool,
    /// The next write fails with so many bytes stored.
    fail: Option<u64>,
    /// Writes that have begun.
    begun: u64,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn new() -> Faults {
        Faults::default()
    }

    /// While `hold` is set, writes do not return: nothing becomes durable.
    pub fn hold_writes(&self, hold: bool) {
        self.change(|plan| plan.hold = hold);
    }

    /// While `full` is set, writes find no space.
    pub fn disk_full(&self, full: bool) {
        self.change(|plan| plan.full = full);
    }

    /// The next write fails, with only this many bytes of the chunk stored.
    pub fn fail_next_write(&self, stored: u64) {
        self.change(|plan| plan.fail = Some(stored));
    }

    /// Nothing more is stored: writes that are held, and all later ones, fail.
    pub fn crash(&self) {
        self.change(|plan| plan.crashed = true);
    }

    /// Blocks until so many writes have begun, those that are held or fail included.
    pub fn wait_for_writes(&self, count: u64) {
        let (plan, changed) = &*self.0;
        changed.wait_while(&mut plan.lock(), |plan| plan.begun < count);
    }

    fn change(&self, change: impl FnOnce(&mut Plan)) {
        let (plan, changed) = &*self.0;
        change(&mut plan.lock());
        changed.notify_all();
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
        let (plan, changed) = &*self.faults.0;
        let mut plan = plan.lock();
        plan.begun += 1;
        changed.notify_all();
        changed.wait_while(&mut plan, |plan| plan.hold && !plan.crashed);
        if plan.crashed {
            return Err(failed("the machine is gone"));
        }
        if let Some(stored) = plan.fail.take() {
            if stored > 0 {
                self.inner.write(&cut(chunk, stored))?;
            }
            return Err(failed("the disk is broken"));
        }
        if plan.full {
            return Err(WriteError::Full(io::ErrorKind::StorageFull.into()));
        }
        drop(plan);
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

    fn read_back(&self) -> ReadBack {
        self.inner.read_back()
    }
}

fn failed(text: &str) -> WriteError {
    WriteError::Failed { action: "write", source: io::Error::other(text) }
}

/// A chunk of which only the first `length` bytes are handed on.
fn cut<'a>(chunk: &'a Chunk<'_>, length: u64) -> Chunk<'a> {
    let mut left = usize::try_from(length).unwrap_or(usize::MAX);
    let mut slices = Vec::new();
    for slice in &chunk.slices {
        let part = &slice[..slice.len().min(left)];
        left -= part.len();
        slices.push(IoSlice::new(part));
    }
    Chunk { sequence: chunk.sequence, last_lsn: chunk.last_lsn, slices, length: chunk.length }
}
