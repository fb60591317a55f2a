//! Reading.

use std::io;
use std::sync::atomic::Ordering;

use tracing::{debug, error};
use vltava_log::{AbortedTransaction, LogPosition, ReadAt, ReadSlice};
use vltava_model::Offset;

use super::Partition;
use crate::limits::READ_ATTEMPTS_MAX;
use crate::{ReadError, StorageFailed};

/// What a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Up to the high watermark.
    #[default]
    ReadUncommitted,
    /// Up to the last stable offset.
    ReadCommitted,
}

/// What a read found.
#[derive(Debug)]
pub struct ReadOutcome {
    /// The range of a segment's file; `None` if there is nothing (yet) at the offset.
    pub records: Option<ReadSlice>,
    /// Records below it are durable.
    pub high_watermark: Offset,
    /// Records below it belong to no open transaction.
    pub last_stable_offset: Offset,
    /// The first offset that can be read.
    pub log_start_offset: Offset,
    /// With [`Isolation::ReadCommitted`]: the aborted transactions that may have records in the range, of which a consumer
    /// leaves out those up to their marker.
    pub aborted: Vec<AbortedTransaction>,
}

/// What a read asks for.
struct Wanted {
    offset: Offset,
    max_bytes: usize,
    min_one: bool,
    end: LogPosition,
}

/// Reading.
impl Partition {
    /// Finds records from `offset` on, at most `max_bytes` (with `min_one`: at least one batch) within one segment,
    /// below the high watermark or the last stable offset. Does a little I/O (an index, a batch header).
    pub fn read(
        &self,
        offset: Offset,
        max_bytes: usize,
        min_one: bool,
        isolation: Isolation,
    ) -> Result<ReadOutcome, ReadError> {
        // Retention may take the segment away between finding and reading it; then the log start offset has moved.
        for _ in 0..READ_ATTEMPTS_MAX {
            // Told as they were before the read: a fetch that finds nothing waits until they are others.
            let ends = self.tail.ends();
            let end = match isolation {
                Isolation::ReadUncommitted => ends.high_watermark,
                Isolation::ReadCommitted => ends.last_stable,
            };
            let (at, log_start_offset) = {
                let state = self.lock_open()?;
                (state.log.locate(offset)?, state.log.log_start_offset())
            };
            let mut outcome = ReadOutcome {
                records: None,
                high_watermark: ends.high_watermark.offset,
                last_stable_offset: ends.last_stable.offset,
                log_start_offset,
                aborted: Vec::new(),
            };
            if offset >= end.offset {
                return Ok(outcome);
            }
            let wanted = Wanted { offset, max_bytes, min_one, end };
            let found = match isolation {
                Isolation::ReadUncommitted => self
                    .read_from(at, &wanted)
                    .map(|found| (found.map(|(slice, _)| slice), Vec::new())),
                Isolation::ReadCommitted => self.read_committed(at, &wanted),
            };
            match found {
                Ok((records, aborted)) => {
                    (outcome.records, outcome.aborted) = (records, aborted);
                    return Ok(outcome);
                }
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(self.not_read(&cause).into()),
            }
        }
        let cause = io::Error::new(io::ErrorKind::NotFound, "the segment's file is not there");
        Err(self.not_read(&cause).into())
    }

    /// Looks into the segment, and those after it while there is nothing (a gap left by compaction, or its end). Returns the
    /// segment, too, where it found something.
    fn read_from(
        &self,
        mut at: ReadAt,
        wanted: &Wanted,
    ) -> io::Result<Option<(ReadSlice, ReadAt)>> {
        let &Wanted { offset, max_bytes, min_one, end } = wanted;
        loop {
            if let Some(found) = at.segment.read(offset, max_bytes, min_one, Some(end))? {
                return Ok(Some((found, at)));
            }
            let Some(next) = at.next.filter(|next| *next < end.offset) else { return Ok(None) };
            at = self.locate_again(next)?;
        }
    }

    /// The same with the aborted transactions of the range.
    fn read_committed(
        &self,
        at: ReadAt,
        wanted: &Wanted,
    ) -> io::Result<(Option<ReadSlice>, Vec<AbortedTransaction>)> {
        let Some((slice, mut at)) = self.read_from(at, wanted)? else {
            return Ok((None, Vec::new()));
        };
        let end = slice.position + slice.length as u64;
        let upto = match at.segment.offset_beyond(end)? {
            Some(upto) => upto,
            None => at.next.unwrap_or_else(|| self.log_end_offset()),
        };
        let mut aborted = Vec::new();
        while !at.segment.aborted_between(wanted.offset, upto, &mut aborted)? {
            let Some(next) = at.next else { break };
            at = self.locate_again(next)?;
        }
        Ok((Some(slice), aborted))
    }

    /// `NotFound` if retention took it away meanwhile.
    fn locate_again(&self, offset: Offset) -> io::Result<ReadAt> {
        self.locate(offset).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn locate(&self, offset: Offset) -> Option<ReadAt> {
        self.lock_open().ok()?.log.locate(offset).ok()
    }

    /// One damaged batch, or a read that the disk refuses, is no reason to stop writing. Consumers come back to it again
    /// and again: it is an error in the log once.
    pub(super) fn not_read(&self, cause: &io::Error) -> StorageFailed {
        if self.read_failed.swap(true, Ordering::Relaxed) {
            debug!(partition = %self.id, error = %cause, "cannot read the partition");
        } else {
            error!(partition = %self.id, error = %cause, "cannot read the partition");
        }
        StorageFailed
    }
}
