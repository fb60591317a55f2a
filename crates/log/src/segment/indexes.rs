//! The segment's indexes: opened when needed, extended batch by batch, made anew where they are damaged or missing.

use std::fs::File;
use std::io;
use std::sync::Arc;

use parking_lot::MutexGuard;
use vltava_model::{Offset, Timestamp};
use vltava_records::BatchHeader;

use super::{Segment, State};
use crate::index::{Entry, Lookup, OffsetEntry, TimeEntry};
use crate::limits::{INDEX_GAP_BATCHES, INDEX_GAP_BYTES, SCAN_BUFFER_BYTES, WALK_BUFFER_BYTES};
use crate::names::Kind;
use crate::walk::{Placed, Walk, WalkError};

impl Segment {
    /// Where to begin walking to reach `offset`: a batch at or before it.
    pub(super) fn lookup(&self, offset: Offset) -> io::Result<u32> {
        let key = i64::from(self.relative(offset));
        let found = self.open_state()?.offsets.lookup(key, &self.path(Kind::OffsetIndex))?;
        Ok(Self::finish(found, key)?.map_or(0, |entry| entry.position))
    }

    /// The last entry of the time index whose timestamp is at most `target`.
    pub(super) fn lookup_time(&self, target: Timestamp) -> io::Result<Option<TimeEntry>> {
        let found = self.open_state()?.times.lookup(target.0, &self.path(Kind::TimeIndex))?;
        Self::finish(found, target.0)
    }

    fn finish<E: Entry>(found: Lookup<E>, key: i64) -> io::Result<Option<E>> {
        match found {
            Lookup::Found(entry) => Ok(Some(entry)),
            Lookup::Before => Ok(None),
            Lookup::InFile(written) => written.lookup(key),
        }
    }

    /// The segment's state with open indexes.
    pub(super) fn open_state(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state.lock();
        self.check_not_retired()?;
        if !state.offsets.is_open() || !state.times.is_open() {
            self.open_indexes(&mut state)?;
        }
        Ok(state)
    }

    fn open_indexes(&self, state: &mut State) -> io::Result<()> {
        match self.try_open_indexes(state) {
            Ok(None) => return Ok(()),
            Ok(Some(reason)) => self.log_damage(reason),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.log_damage("an index file is missing");
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.log_damage(&error.to_string());
            }
            Err(error) => return Err(error),
        }
        self.rebuild(state)
    }

    fn log_damage(&self, reason: &str) {
        let segment = self.path(Kind::Log);
        tracing::warn!(segment = %segment.display(), reason, "making the indexes anew");
    }

    /// Opens both; a text says what is wrong with them taken together.
    fn try_open_indexes(&self, state: &mut State) -> io::Result<Option<&'static str>> {
        let size = self.size_bytes();
        state.offsets.open(&self.path(Kind::OffsetIndex), size)?;
        state.times.open(&self.path(Kind::TimeIndex), size)?;
        state.largest = state.times.last();
        if size > 0 && state.largest.is_none() {
            return Ok(Some("the time index is empty"));
        }
        let indexed = state.offsets.last().map_or(0, |last| last.position);
        if size - indexed > INDEX_GAP_BYTES && self.has_gap(indexed, size)? {
            return Ok(Some("the offset index ends too early"));
        }
        Ok(None)
    }

    /// Whether more batches lie far behind `indexed` than an index leaves out.
    fn has_gap(&self, indexed: u32, size: u32) -> io::Result<bool> {
        let file = self.file()?;
        let mut walk = Walk::new(&file, indexed, size, WALK_BUFFER_BYTES);
        let mut far = 0;
        while far < INDEX_GAP_BATCHES {
            match walk.next() {
                Ok(Some(placed)) => far += usize::from(placed.position - indexed > INDEX_GAP_BYTES),
                Ok(None) | Err(WalkError::NoBatch(_)) => return Ok(false),
                Err(WalkError::Io(error)) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Makes both indexes anew from the batches' headers, and writes them. Stops at a damaged batch: what lies before
    /// it can be read.
    fn rebuild(&self, state: &mut State) -> io::Result<()> {
        let file = self.file()?;
        state.reset();
        let mut walk = Walk::new(&file, 0, self.size_bytes(), SCAN_BUFFER_BYTES);
        loop {
            match walk.next() {
                Ok(Some(placed)) => self.note(state, &placed),
                Ok(None) => break,
                Err(WalkError::Io(error)) => return Err(error),
                Err(WalkError::NoBatch(error)) => {
                    let (segment, position) = (self.path(Kind::Log), walk.position());
                    tracing::error!(segment = %segment.display(), position, %error, "damaged batch");
                    break;
                }
            }
        }
        state.seal_times();
        if let Err(error) = self.write_state(state) {
            let segment = self.path(Kind::Log);
            tracing::warn!(segment = %segment.display(), %error, "cannot write the new indexes yet");
        }
        Ok(())
    }

    /// Makes ready to take the batches from the first on, one by one, by [`Segment::note_recovered`].
    pub(crate) fn begin_recovery(&self, interval: u32) {
        let mut state = self.state.lock();
        state.reset();
        state.interval = interval;
    }

    /// Takes a batch that recovery found whole.
    pub(crate) fn note_recovered(&self, placed: &Placed) {
        self.note(&mut self.state.lock(), placed);
    }

    /// Extends the indexes by one batch, as Kafka does: an entry when enough bytes lie behind the last one.
    pub(super) fn note(&self, state: &mut State, placed: &Placed) {
        let header = &placed.header;
        if placed.position == 0 {
            state.first_timestamp = Some(header.max_timestamp());
        }
        let relative_offset = self.relative(header.last_offset());
        state.raise_largest(header, relative_offset);
        if state.bytes_since_entry > state.interval {
            state.offsets.push(OffsetEntry { relative_offset, position: placed.position });
            state.seal_times();
            state.bytes_since_entry = 0;
        }
        let size = u32::try_from(header.size_bytes()).unwrap_or(u32::MAX);
        state.bytes_since_entry = state.bytes_since_entry.saturating_add(size);
    }

    /// Writes the index entries that are in memory only. `seal` adds the largest timestamp to the time index, as is
    /// done when the segment, or the log, is closed.
    pub(crate) fn write_indexes(&self, seal: bool) -> io::Result<()> {
        let mut state = self.open_state()?;
        if seal {
            state.seal_times();
        }
        self.write_state(&mut state)
    }

    pub(super) fn write_state(&self, state: &mut State) -> io::Result<()> {
        state.offsets.write(&self.path(Kind::OffsetIndex))?;
        state.times.write(&self.path(Kind::TimeIndex))
    }

    /// Whether the indexes were looked at since the log was opened: if not, there is nothing to write.
    pub(crate) fn is_touched(&self) -> bool {
        let state = self.state.lock();
        state.offsets.is_open() && state.times.is_open()
    }

    /// Whether either index has as many entries as `segment.index.bytes` allows.
    pub(crate) fn is_index_full(&self, index_bytes: u32) -> io::Result<bool> {
        let state = self.open_state()?;
        let most = |width| index_bytes as usize / width;
        // One slot of the time index is for the entry that is added when the segment is closed.
        Ok(state.offsets.len() >= most(OffsetEntry::BYTES)
            || state.times.len() >= most(TimeEntry::BYTES).saturating_sub(1))
    }

    /// The index files, to be synced once they are written for good.
    pub(crate) fn index_files(&self) -> io::Result<[Arc<File>; 2]> {
        let mut state = self.open_state()?;
        let offsets = state.offsets.file(&self.path(Kind::OffsetIndex))?;
        Ok([offsets, state.times.file(&self.path(Kind::TimeIndex))?])
    }
}

impl State {
    fn reset(&mut self) {
        self.offsets.reset();
        self.times.reset();
        self.largest = None;
        self.bytes_since_entry = 0;
        self.recent.clear();
    }

    pub(super) fn raise_largest(&mut self, header: &BatchHeader, relative_offset: u32) {
        let timestamp = header.max_timestamp;
        if timestamp > self.largest.map_or(-1, |largest| largest.timestamp) {
            self.largest = Some(TimeEntry { timestamp, relative_offset });
        }
    }

    fn seal_times(&mut self) {
        if let Some(largest) = self.largest {
            self.times.push(largest);
        }
    }
}
