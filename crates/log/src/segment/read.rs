//! Finding the bytes that answer a fetch.

use std::fs::File;
use std::io;
use std::sync::Arc;

use vltava_model::Offset;
use vltava_records::BatchHeader;

use super::Segment;
use crate::limits::{SCAN_BUFFER_BYTES, WALK_BUFFER_BYTES};
use crate::log::LogPosition;
use crate::walk::{self, Placed, Walk, WalkError};

/// A range of a segment's file that holds record batches.
#[derive(Clone, Debug)]
pub struct ReadSlice {
    /// The base offset of the batch that the range begins with.
    pub first_batch_base: Offset,
    /// The file.
    pub file: Arc<File>,
    /// Where the range begins.
    pub position: u64,
    /// Its length. 0 if the first batch is longer than `max_bytes` and `min_one` is not set.
    pub length: usize,
}

/// A batch in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) base_offset: Offset,
    pub(super) position: u32,
    pub(super) size_bytes: usize,
}

impl Segment {
    /// Where the batch that holds `offset` (or the first one after it) lies, and what follows it, up to `max_bytes`
    /// and not beyond `end`. The last batch of the range may be a part of one; with `min_one` the first is whole
    /// even where it is longer than `max_bytes`. `None` if the segment has nothing at or after `offset` and below
    /// `end`: go on with the next.
    ///
    /// An error of kind `InvalidData` names a damaged batch; `NotFound` means that retention removed the segment
    /// after it was located.
    pub fn read(
        &self,
        offset: Offset,
        max_bytes: usize,
        min_one: bool,
        end: Option<LogPosition>,
    ) -> io::Result<Option<ReadSlice>> {
        let size = self.size_bytes();
        let limit = match end {
            Some(end) if end.segment < self.base_offset => return Ok(None),
            Some(end) if end.segment == self.base_offset && !self.is_cleaned => {
                end.position.min(size)
            }
            _ => size,
        };
        let Some(first) = self.find_readable(offset, limit)? else { return Ok(None) };
        let whole = first.size_bytes;
        let wanted = match (whole <= max_bytes, min_one) {
            (true, _) => max_bytes,
            (false, true) => whole,
            (false, false) => 0,
        };
        Ok(Some(ReadSlice {
            first_batch_base: first.base_offset,
            file: self.file()?,
            position: u64::from(first.position),
            length: wanted.min((limit - first.position) as usize),
        }))
    }

    /// Where to read at `offset`: without looking into any file if it was appended lately.
    fn find_readable(&self, offset: Offset, limit: u32) -> io::Result<Option<Found>> {
        if let Some(found) = self.state.lock().recent.find(offset) {
            return Ok((found.position < limit).then_some(found));
        }
        let found = self.find(offset, limit)?.map(|Placed { header, position }| Found {
            base_offset: header.first_offset(),
            position,
            size_bytes: header.size_bytes(),
        });
        Ok(found)
    }

    /// The first batch before `limit` whose last offset is `offset` or more.
    pub(crate) fn find(&self, offset: Offset, limit: u32) -> io::Result<Option<Placed>> {
        if limit == 0 {
            return Ok(None);
        }
        // So small that it costs less to read it than to look into its index?
        let is_small = self.size_bytes() as usize <= WALK_BUFFER_BYTES;
        let start = if is_small { 0 } else { self.lookup(offset)? };
        if start >= limit {
            return Ok(None);
        }
        let file = self.file()?;
        let mut walk = Walk::new(&file, start, limit, WALK_BUFFER_BYTES);
        while let Some(placed) = walk.next()? {
            if placed.header.last_offset() >= offset {
                return Ok(Some(placed));
            }
        }
        Ok(None)
    }

    /// Shows the headers of all batches from the one with `from` on. Stops at a damaged one, as reads do.
    pub(crate) fn for_each_header(
        &self,
        from: Offset,
        mut show: impl FnMut(&BatchHeader),
    ) -> io::Result<()> {
        let Some(first) = self.find(from, self.size_bytes())? else { return Ok(()) };
        let file = self.file()?;
        let mut walk = Walk::new(&file, first.position, self.size_bytes(), SCAN_BUFFER_BYTES);
        while let Some(placed) = walk.next()? {
            show(&placed.header);
        }
        Ok(())
    }

    /// The offset that follows the last batch, read from the end of the file.
    pub(crate) fn read_end_offset(&self) -> Result<Offset, WalkError> {
        let size = self.size_bytes();
        if size == 0 {
            return Ok(self.base_offset);
        }
        let start = if size as usize <= WALK_BUFFER_BYTES {
            0
        } else {
            let state = self.open_state().map_err(WalkError::Io)?;
            state.offsets.last().map_or(0, |last| last.position)
        };
        let file = self.file().map_err(WalkError::Io)?;
        Ok(walk::end_offset(&file, start, size)?.unwrap_or(self.base_offset))
    }
}
