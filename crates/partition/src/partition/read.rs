//! Reading.

use std::io;
use std::sync::atomic::Ordering;

use tracing::{debug, error};
use vltava_log::{LogPosition, ReadAt, ReadSlice};
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
            let (high_watermark, last_stable_offset) =
                (self.high_watermark(), self.last_stable_offset());
            let end = self.readable_end(isolation);
            let (at, log_start_offset) = {
                let state = self.lock_open()?;
                (state.log.locate(offset)?, state.log.log_start_offset())
            };
            let outcome = |records| ReadOutcome {
                records,
                high_watermark,
                last_stable_offset,
                log_start_offset,
            };
            if offset >= end.offset {
                return Ok(outcome(None));
            }
            match self.read_from(at, &Wanted { offset, max_bytes, min_one, end }) {
                Ok(records) => return Ok(outcome(records)),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(self.not_read(&cause).into()),
            }
        }
        let cause = io::Error::new(io::ErrorKind::NotFound, "the segment's file is not there");
        Err(self.not_read(&cause).into())
    }

    /// Looks into the segment, and those after it while there is nothing (a gap left by compaction, or its end).
    fn read_from(&self, mut at: ReadAt, wanted: &Wanted) -> io::Result<Option<ReadSlice>> {
        let &Wanted { offset, max_bytes, min_one, end } = wanted;
        loop {
            if let Some(found) = at.segment.read(offset, max_bytes, min_one, Some(end))? {
                return Ok(Some(found));
            }
            let Some(next) = at.next.filter(|next| *next < end.offset) else { return Ok(None) };
            let gone = |()| io::Error::from(io::ErrorKind::NotFound);
            at = self.locate(next).ok_or(()).map_err(gone)?;
        }
    }

    fn locate(&self, offset: Offset) -> Option<ReadAt> {
        self.lock_open().ok()?.log.locate(offset).ok()
    }

    fn readable_end(&self, isolation: Isolation) -> LogPosition {
        match isolation {
            // There are no transactions: the last stable offset is the high watermark.
            Isolation::ReadUncommitted | Isolation::ReadCommitted => self.tail.high_watermark(),
        }
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
