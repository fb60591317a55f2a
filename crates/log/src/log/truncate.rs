//! Cutting off the end of a log.

use std::io;
use std::sync::Arc;

use vltava_model::{Offset, Timestamp};

use super::Log;
use crate::errors::WriteError;
use crate::names::Kind;
use crate::producers::Producers;

impl Log {
    /// Cuts the log off so that it ends at `offset`, or before it where a batch spans it. Epochs and producers go back
    /// to what they were then, and so does the recovery point: the caller writes its checkpoint before the next append,
    /// or a crash could make unflushed batches pass for flushed ones.
    pub fn truncate_to(&mut self, offset: Offset, now: Timestamp) -> Result<(), WriteError> {
        if offset >= self.log_end_offset {
            return Ok(());
        }
        if offset < self.segments[0].base_offset() {
            return self.truncate_fully_and_start_at(offset, now);
        }
        while self.segments.len() > 1 && self.active().base_offset() >= offset {
            self.delete_segment(self.segments.len() - 1, now)?;
        }
        let active = Arc::clone(self.active());
        let path = active.path(Kind::Log);
        active.truncate_to(offset).map_err(WriteError::io("cut", &path))?;
        let end = active.read_end_offset().map_err(io::Error::from);
        self.log_end_offset = end.map_err(WriteError::io("read", &path))?;
        self.active_since = now;
        self.after_truncation(now)
    }

    /// Drops all and goes on with an empty log at `offset`. The same holds for the checkpoint.
    pub fn truncate_fully_and_start_at(
        &mut self,
        offset: Offset,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        // There is a segment at every moment, whatever fails. One that begins at `offset` is emptied: its name is taken.
        let at = self.segments.iter().position(|segment| segment.base_offset() == offset);
        match at {
            Some(at) => {
                let kept = &self.segments[at];
                kept.truncate_to(offset).map_err(WriteError::io("cut", &kept.path(Kind::Log)))?;
                self.active_since = now;
            }
            None => self.add_segment(offset, now)?,
        }
        for index in (0..self.segments.len()).rev() {
            if self.segments[index].base_offset() != offset {
                self.delete_segment(index, now)?;
            }
        }
        self.snapshots.remove(&self.dir, |_| true);
        self.epochs.clear();
        (self.producers, self.producers_end) = (Producers::default(), offset);
        self.log_start_offset = offset;
        self.log_end_offset = offset;
        self.after_truncation(now)
    }

    fn after_truncation(&mut self, now: Timestamp) -> Result<(), WriteError> {
        self.log_start_offset = self.log_start_offset.min(self.log_end_offset);
        self.recovery_point = self.recovery_point.min(self.log_end_offset);
        self.epochs.truncate_end(self.log_end_offset);
        let dir = self.dir.clone();
        self.load_producers(now).map_err(|error| WriteError::io("read", &dir)(error))
    }
}
