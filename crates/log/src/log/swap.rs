//! Compaction as the log sees it: what there is to clean, and a cleaned segment that takes the place of others.

use std::io;
use std::path::Path;
use std::sync::Arc;

use vltava_model::{Offset, Timestamp};

use super::Log;
use crate::cleaner::{CleanedSegment, CleaningView};
use crate::errors::WriteError;
use crate::files;
use crate::names::Kind;
use crate::producers::LastRecords;
use crate::segment::Segment;

/// A swap that was made, to be made durable outside of the lock.
#[derive(Debug)]
pub struct SwappedIn {
    dir: Arc<Path>,
}

impl SwappedIn {
    /// Syncs the folder. Blocks. If it fails, a start after a crash finishes the swap.
    pub fn sync(&self) -> io::Result<()> {
        files::sync_folder(&self.dir)
    }
}

impl Log {
    /// The log as the cleaner sees it. Cheap, does no I/O.
    pub fn cleaning_view(&self) -> CleaningView {
        CleaningView {
            dir: Arc::clone(&self.dir),
            config: self.config.clone(),
            segments: self.segments.clone(),
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
        }
    }

    /// Whether there is a closed segment at or behind `offset`. Cheap, does no I/O.
    pub fn has_closed_since(&self, offset: Offset) -> bool {
        offset < self.active().base_offset() || offset > self.log_end_offset
    }

    /// Where the last records of the producers lie that are known now.
    pub fn last_records(&self) -> LastRecords {
        self.producers.last_records()
    }

    /// Puts a cleaned segment in the place of the group that it was made of, whose files are renamed to `.deleted` and
    /// removed after `file.delete.delay.ms`. `None`, and nothing is done, if the group is not in the log as it was.
    ///
    /// After an error what the folder holds is not certain, though the next start makes sense of it: give the log up.
    pub fn swap_in(
        &mut self,
        group: &[Arc<Segment>],
        mut cleaned: CleanedSegment,
        now: Timestamp,
    ) -> Result<Option<SwappedIn>, WriteError> {
        let Some(at) = self.place_of(group) else { return Ok(None) };
        cleaned.begin_swap();
        let due = now.plus_ms(self.config.file_delete_delay_ms);
        // From the last on: what a crash leaves is the beginning of the group, which the new segment speaks for.
        for segment in group.iter().rev() {
            segment.retire();
            segment
                .rename_to_deleted()
                .map_err(|error| WriteError::io("delete", &segment.path(Kind::Log))(error))?;
            self.deleted.push((due, segment.base_offset()));
        }
        cleaned.put_in_place().map_err(WriteError::io("rename a cleaned segment in", &self.dir))?;
        let base = cleaned.base_offset();
        let segment = Segment::cleaned(&self.dir, base, cleaned.size_bytes());
        self.segments.splice(at..at + group.len(), [Arc::new(segment)]);
        let gone: Vec<Offset> = group[1..].iter().map(|segment| segment.base_offset()).collect();
        self.snapshots.remove(&self.dir, |offset| gone.contains(&offset));
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(Some(SwappedIn { dir: Arc::clone(&self.dir) }))
    }

    /// Where the group is in the log; the active segment is in none.
    fn place_of(&self, group: &[Arc<Segment>]) -> Option<usize> {
        let first = group.first()?;
        let at = self.segments.iter().position(|segment| Arc::ptr_eq(segment, first))?;
        let there = self.segments.get(at..at + group.len())?;
        let is_same = there.iter().zip(group).all(|(one, other)| Arc::ptr_eq(one, other));
        (is_same && at + group.len() < self.segments.len()).then_some(at)
    }
}
