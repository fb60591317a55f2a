//! What compaction asks of a segment, and what becomes of one that it replaced.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use vltava_model::Offset;

use super::Segment;
use crate::index::{Entry, OffsetEntry, TimeEntry};

impl Segment {
    /// A segment that compaction put in the place of others. A reader may come with an end that it looked up in one of
    /// those, and whose position says nothing here; but what was cleaned lay below every end that is given out now.
    pub(crate) fn cleaned(dir: &Arc<Path>, base_offset: Offset, size: u32) -> Segment {
        Segment { is_cleaned: true, ..Segment::existing(dir, base_offset, size) }
    }

    /// Bytes of the offset index and of the time index.
    pub(crate) fn index_sizes(&self) -> io::Result<(u64, u64)> {
        let state = self.open_state()?;
        let bytes = |entries: usize, width: usize| (entries * width) as u64;
        Ok((
            bytes(state.offsets.len(), OffsetEntry::BYTES),
            bytes(state.times.len(), TimeEntry::BYTES),
        ))
    }

    /// When the file was last written to.
    pub(crate) fn modified_at(&self) -> io::Result<SystemTime> {
        self.file()?.metadata()?.modified()
    }

    /// Another segment is about to take its files' names: from now on nothing is opened by them, and whoever tries gets
    /// `NotFound` and has to locate again. Who holds the open file can go on.
    pub(crate) fn retire(&self) {
        let mut file = self.file.lock();
        let mut state = self.state.lock();
        let _transactions = self.transactions.lock();
        self.is_retired.store(true, Ordering::SeqCst);
        state.offsets.release_file();
        state.times.release_file();
        *file = None;
    }

    pub(super) fn check_not_retired(&self) -> io::Result<()> {
        match self.is_retired.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::NotFound.into()),
            false => Ok(()),
        }
    }
}
