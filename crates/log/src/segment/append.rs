//! Appending to the active segment, and cutting off its end.

use std::io::{self, IoSlice};
use std::sync::atomic::Ordering;

use vltava_model::{Offset, Timestamp};
use vltava_records::StampedBatch;

use super::Segment;
use crate::errors::WriteError;
use crate::files::write_all_at;
use crate::limits::{INDEX_TAIL_ENTRIES_MAX, WALK_BUFFER_BYTES};
use crate::names::Kind;
use crate::walk::{Placed, Walk};

impl Segment {
    /// Appends all batches or, on an error, none of them. The caller has seen to it that they fit.
    pub(crate) fn append(&self, batches: &[StampedBatch], interval: u32) -> Result<(), WriteError> {
        let path = || self.path(Kind::Log);
        let file = self.file().map_err(|error| WriteError::io("open", &path())(error))?;
        let position = self.size_bytes();
        {
            let state = self.open_state();
            let mut state =
                state.map_err(|error| WriteError::io("read the indexes of", &path())(error))?;
            if state.overhang {
                file.set_len(u64::from(position))
                    .map_err(|error| WriteError::io("cut", &path())(error))?;
                state.overhang = false;
            }
        }
        if let Err(error) = write_batches(&file, batches, position) {
            let cut = file.set_len(u64::from(position));
            self.state.lock().overhang = cut.is_err();
            return Err(WriteError::io("write", &path())(error));
        }
        self.note_appended(batches, position, interval);
        Ok(())
    }

    fn note_appended(&self, batches: &[StampedBatch], mut position: u32, interval: u32) {
        let mut state = self.state.lock();
        state.interval = interval;
        for batch in batches {
            let header = batch.header();
            let size = u32::try_from(batch.len()).expect("the log checked that it fits");
            let next_offset = header.last_offset().next();
            state.recent.push(header.first_offset(), next_offset, position, size);
            self.note(&mut state, &Placed { position, header });
            position += size;
        }
        if state.offsets.unwritten().max(state.times.unwritten()) >= INDEX_TAIL_ENTRIES_MAX {
            // Failing is no harm: the entries stay in memory, and there is a next time.
            let _ = self.write_state(&mut state);
        }
        drop(state);
        self.size.store(position, Ordering::Release);
    }

    /// Cuts the segment off so that nothing at or after `offset` is left in it, nor the batch that spans it.
    pub(crate) fn truncate_to(&self, offset: Offset) -> io::Result<()> {
        let Some(cut) = self.find(offset, self.size_bytes())? else { return Ok(()) };
        let relative = self.relative(cut.header.first_offset());
        let file = self.file()?;
        let mut state = self.open_state()?;
        // The size first: a reader that looks from here on sees nothing behind it.
        self.size.store(cut.position, Ordering::Release);
        state.recent.clear();
        state.bytes_since_entry = 0;
        let path = self.path(Kind::OffsetIndex);
        state.offsets.truncate(&path, |entry| entry.relative_offset >= relative)?;
        let path = self.path(Kind::TimeIndex);
        state.times.truncate(&path, |entry| entry.relative_offset >= relative)?;
        state.largest = state.times.last();
        let indexed = state.offsets.last().map_or(0, |entry| entry.position);
        let mut walk = Walk::new(&file, indexed, cut.position, WALK_BUFFER_BYTES);
        while let Some(Placed { header, .. }) = walk.next()? {
            state.raise_largest(&header, self.relative(header.last_offset()));
        }
        if cut.position == 0 {
            state.first_timestamp = None;
        }
        drop(state);
        self.truncate_transactions(cut.header.first_offset())?;
        file.set_len(u64::from(cut.position))
    }

    /// Cuts the file at `position`, where recovery found the last whole batch to end.
    pub(crate) fn cut_at(&self, position: u32) -> io::Result<()> {
        self.file()?.set_len(u64::from(position))?;
        self.size.store(position, Ordering::Release);
        Ok(())
    }

    /// Writes what is in memory, for a clean shutdown. A failed append's bytes that are still there go first.
    pub(crate) fn close(&self) -> io::Result<()> {
        if self.state.lock().overhang {
            self.trim()?;
        }
        self.transactions_file()?;
        self.write_indexes(true)
    }

    /// Gives back what was reserved for batches that now go to the next segment.
    pub(crate) fn trim(&self) -> io::Result<()> {
        self.file()?.set_len(u64::from(self.size_bytes()))
    }

    /// The timestamp of the first batch, -1 if it has none; `None` for an empty segment.
    pub(crate) fn first_timestamp(&self) -> io::Result<Option<Timestamp>> {
        if let Some(known) = self.state.lock().first_timestamp {
            return Ok(Some(known));
        }
        if self.size_bytes() == 0 {
            return Ok(None);
        }
        let file = self.file()?;
        let mut walk = Walk::new(&file, 0, self.size_bytes(), vltava_records::HEADER_BYTES);
        let first = walk.next()?.map(|placed| placed.header.max_timestamp());
        self.state.lock().first_timestamp = first;
        Ok(first)
    }
}

fn write_batches(file: &std::fs::File, batches: &[StampedBatch], position: u32) -> io::Result<()> {
    let position = u64::from(position);
    if let [batch] = batches {
        return write_all_at(file, &mut batch.parts().map(IoSlice::new), position);
    }
    let mut buffers: Vec<_> =
        batches.iter().flat_map(|batch| batch.parts().map(IoSlice::new)).collect();
    write_all_at(file, &mut buffers, position)
}
