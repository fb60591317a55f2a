//! Finding records by their timestamps.

use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use vltava_model::{Offset, Timestamp};
use vltava_records::{Batch, BatchError, Record};

use super::Segment;
use crate::files::invalid;
use crate::limits::WALK_BUFFER_BYTES;
use crate::walk::{Placed, Walk};

impl Segment {
    /// The first record at or after `start` whose timestamp is `target` or later. Only batches that may hold it are
    /// read and decompressed.
    pub fn offset_for_timestamp(
        &self,
        target: Timestamp,
        start: Offset,
    ) -> io::Result<Option<(Timestamp, Offset)>> {
        let largest = self.largest_timestamp()?;
        if largest.is_none_or(|largest| largest < target) {
            return Ok(None);
        }
        let indexed = self.lookup_time(target)?;
        let from = indexed.map_or(start, |entry| self.absolute(entry.relative_offset).max(start));
        self.first_record(from, |placed, record| {
            let fits = |timestamp, offset| timestamp >= target && offset >= start;
            match record {
                None => fits(placed.header.max_timestamp(), placed.header.last_offset()),
                Some(record) => fits(record.timestamp, record.offset),
            }
        })
    }

    /// The largest timestamp and the first record that has it; `None` if no record has a timestamp.
    pub fn max_timestamp(&self) -> io::Result<Option<(Timestamp, Offset)>> {
        let Some(largest) = self.open_state()?.largest else { return Ok(None) };
        let timestamp = Timestamp(largest.timestamp);
        self.first_record(self.absolute(largest.relative_offset), |placed, record| match record {
            None => placed.header.max_timestamp() == timestamp,
            Some(record) => record.timestamp == timestamp,
        })
    }

    /// The largest timestamp of a batch, without looking for the record; `None` if no record has one.
    pub fn largest_timestamp(&self) -> io::Result<Option<Timestamp>> {
        if self.size_bytes() == 0 {
            return Ok(None);
        }
        Ok(self.open_state()?.largest.map(|largest| Timestamp(largest.timestamp)))
    }

    /// The first record, from the batch with `from` on, for which `matches` holds, after it held for its batch.
    fn first_record(
        &self,
        from: Offset,
        matches: impl Fn(&Placed, Option<&Record>) -> bool,
    ) -> io::Result<Option<(Timestamp, Offset)>> {
        let file = self.file()?;
        let mut walk = Walk::new(&file, self.lookup(from)?, self.size_bytes(), WALK_BUFFER_BYTES);
        while let Some(placed) = walk.next()? {
            if !matches(&placed, None) {
                continue;
            }
            let batch = self.batch_at(&placed)?;
            let found = first_match(&batch, |record| matches(&placed, Some(record)));
            // Its CRC is right, so that its producer wrote it like this, compressed wrongly. Such a batch, which nobody can
            // read, must not spoil the search for all others: it is taken by its header.
            let by_header = || {
                let offset = placed.header.first_offset().max(from);
                Some((placed.header.max_timestamp(), offset))
            };
            let found = found.unwrap_or_else(|_malformed| by_header());
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A whole batch, its CRC checked.
    fn batch_at(&self, placed: &Placed) -> io::Result<Batch> {
        let mut bytes = vec![0; placed.header.size_bytes()];
        self.file()?.read_exact_at(&mut bytes, u64::from(placed.position))?;
        let batch = Batch::split_from(&mut Bytes::from(bytes)).map_err(damaged)?;
        batch.check_crc().map_err(damaged)?;
        Ok(batch)
    }
}

fn first_match(
    batch: &Batch,
    matches: impl Fn(&Record) -> bool,
) -> Result<Option<(Timestamp, Offset)>, BatchError> {
    for record in batch.records()? {
        let record = record?;
        if matches(&record) {
            return Ok(Some((record.timestamp, record.offset)));
        }
    }
    Ok(None)
}

fn damaged(error: BatchError) -> io::Error {
    invalid(error.to_string())
}
