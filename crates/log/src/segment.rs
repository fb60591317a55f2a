//! One segment.

use std::fs::File;
use std::io;
use std::sync::Arc;

use vltava_model::{Offset, Timestamp};

use crate::LogPosition;

/// A run of batches in one file, with its indexes.
#[derive(Debug)]
pub struct Segment {
    base_offset: Offset,
}

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

impl Segment {
    /// The offset that names the segment: none in it is smaller.
    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// Bytes of batches in it now.
    pub fn size_bytes(&self) -> u32 {
        unimplemented!()
    }

    /// Where the batch that holds `offset` (or the first one after it) lies, and what follows it, up to `max_bytes`
    /// and not beyond `end`. The last batch of the range may be a part of one; with `min_one` the first is whole
    /// even where it is longer than `max_bytes`. `None` if the segment has nothing at or after `offset` and below `end`:
    /// go on with the next.
    pub fn read(
        &self,
        offset: Offset,
        max_bytes: usize,
        min_one: bool,
        end: Option<LogPosition>,
    ) -> io::Result<Option<ReadSlice>> {
        let _ = (offset, max_bytes, min_one, end);
        unimplemented!()
    }

    /// The first record at or after `start` whose timestamp is `target` or later.
    pub fn offset_for_timestamp(
        &self,
        target: Timestamp,
        start: Offset,
    ) -> io::Result<Option<(Timestamp, Offset)>> {
        let _ = (target, start);
        unimplemented!()
    }

    /// The largest timestamp and the first record that has it; `None` if no record has a timestamp.
    pub fn max_timestamp(&self) -> io::Result<Option<(Timestamp, Offset)>> {
        unimplemented!()
    }

    /// The largest timestamp of a batch, without looking for the record; `None` if no record has one.
    pub fn largest_timestamp(&self) -> io::Result<Option<Timestamp>> {
        unimplemented!()
    }
}
