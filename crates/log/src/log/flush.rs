//! Making the log durable, and closing it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vltava_model::{Offset, Timestamp, TopicPartition};

use super::{ClosedLog, Log};
use crate::epochs::Epochs;
use crate::errors::WriteError;
use crate::files::{self, Durability};
use crate::names::{self, Kind};

/// Files to be synced, outside of the lock, so that all below [`FlushPlan::end`] is safe.
#[derive(Debug)]
pub struct FlushPlan {
    dir: Arc<Path>,
    end: Offset,
    files: Vec<(PathBuf, Arc<File>)>,
    /// The epochs file's new content.
    epochs: Option<Epochs>,
    /// Whether files were made, as of this count of changes.
    folder: Option<u32>,
}

impl FlushPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.epochs.is_none() && self.folder.is_none()
    }

    /// All below this offset is safe once [`FlushPlan::run`] succeeded.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Instead of [`FlushPlan::run`], before a [`sync_all`](crate::checkpoints::sync_all) that is to stand for it.
    pub fn write(&self) -> Result<(), WriteError> {
        let Some(epochs) = &self.epochs else { return Ok(()) };
        let path = self.dir.join(names::EPOCHS);
        files::replace(&path, epochs.encode().as_bytes(), Durability::Lazy)
            .map_err(WriteError::io("write", &path))
    }

    /// Syncs. Blocks; call it without the log's lock. After [`WriteError::Io`] what the disk holds is not known: the
    /// partition must be given up. After [`WriteError::OutOfSpace`] it can be tried again.
    pub fn run(&self) -> Result<(), WriteError> {
        for (path, file) in &self.files {
            file.sync_data().map_err(WriteError::sync(path))?;
        }
        if let Some(epochs) = &self.epochs {
            let path = self.dir.join(names::EPOCHS);
            files::replace(&path, epochs.encode().as_bytes(), Durability::Synced)
                .map_err(WriteError::io("write", &path))?;
        }
        if self.folder.is_some() {
            files::sync_folder(&self.dir).map_err(WriteError::sync(&self.dir))?;
            if let Some(parent) = self.dir.parent() {
                files::sync_folder(parent).map_err(WriteError::sync(parent))?;
            }
        }
        Ok(())
    }
}

impl Log {
    /// All below this offset is flushed.
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// What to sync so that all that is there now is flushed; writes out the closed segments' index entries.
    pub fn unflushed(&mut self) -> Result<FlushPlan, WriteError> {
        let mut files = Vec::new();
        if self.recovery_point < self.log_end_offset {
            for index in self.first_unflushed()..self.segments.len() {
                self.add_unflushed(index, &mut files)?;
            }
        }
        Ok(FlushPlan {
            dir: Arc::clone(&self.dir),
            end: self.log_end_offset,
            files,
            epochs: (self.epochs.is_changed() && self.unmade.is_none())
                .then(|| self.epochs.clone()),
            folder: (self.folder_changes != self.folder_synced).then_some(self.folder_changes),
        })
    }

    /// Closes open files that were not used since the last call, but for those with something to sync: the kernel may
    /// forget a failed write when nobody holds the file. To be called now and then.
    pub fn release_idle_files(&self) {
        let flushed = match self.recovery_point < self.log_end_offset {
            true => self.first_unflushed(),
            false => self.segments.len(),
        };
        self.segments[..flushed].iter().for_each(|segment| segment.release_idle_files());
    }

    fn first_unflushed(&self) -> usize {
        let first = self.segment_index(self.recovery_point);
        // Flushed up to its end and closed then: its indexes were written after that flush.
        let closed_since = self.segments[first].base_offset() == self.recovery_point;
        first.saturating_sub(usize::from(closed_since))
    }

    fn add_unflushed(
        &self,
        index: usize,
        files: &mut Vec<(PathBuf, Arc<File>)>,
    ) -> Result<(), WriteError> {
        let segment = &self.segments[index];
        let path = segment.path(Kind::Log);
        let data = segment.file().map_err(WriteError::io("open", &path))?;
        // The active segment's indexes are made anew after a crash; those of the others must be on disk.
        if index + 1 < self.segments.len() {
            segment.write_indexes(true).map_err(WriteError::io("write the indexes of", &path))?;
            let indexes =
                segment.index_files().map_err(WriteError::io("open the indexes of", &path))?;
            files.extend(indexes.into_iter().map(|file| (path.clone(), file)));
            let path = segment.path(Kind::TransactionIndex);
            let file = segment.transactions_file().map_err(WriteError::io("write", &path))?;
            files.extend(file.map(|file| (path, Arc::new(file))));
        }
        files.push((path, data));
        Ok(())
    }

    /// Notes that `plan` ran without an error: the recovery point moves up.
    pub fn flushed(&mut self, plan: &FlushPlan) {
        // The log may have been cut since.
        let end = plan.end.min(self.log_end_offset);
        self.recovery_point = self.recovery_point.max(end);
        if let Some(epochs) = &plan.epochs {
            self.epochs.set_written(epochs);
        }
        if let Some(changes) = plan.folder {
            self.folder_synced = changes;
        }
    }

    /// Writes out all that is in memory, a producer snapshot too, so that the next open with `clean_shutdown` scans
    /// nothing. Does not sync, and leaves the recovery point where it is: that is one call for all logs,
    /// [`checkpoints::write_clean_shutdown`](crate::checkpoints::write_clean_shutdown). A log that is closed alone is
    /// flushed by [`Log::unflushed`] first. The log must not be written to afterwards.
    pub fn close(&mut self) -> Result<(), WriteError> {
        if self.unmade.is_some() {
            return Ok(());
        }
        for segment in &self.segments {
            if segment.is_touched() {
                let path = segment.path(Kind::Log);
                segment.close().map_err(WriteError::io("write", &path))?;
                segment.close_files();
            }
        }
        let dir = Arc::clone(&self.dir);
        self.take_snapshot().map_err(WriteError::io("write a snapshot to", &dir))?;
        if self.epochs.is_changed() {
            let path = self.dir.join(names::EPOCHS);
            files::replace(&path, self.epochs.encode().as_bytes(), Durability::Lazy)
                .map_err(WriteError::io("write", &path))?;
        }
        Ok(())
    }

    /// How the log is, to be remembered once it is closed. Looks into the oldest segment's time index.
    pub fn describe(&self, now: Timestamp) -> ClosedLog {
        ClosedLog {
            log_start_offset: self.log_start_offset,
            end: self.end_position(),
            size_bytes: self.size_bytes(),
            expires: self.expires(now),
        }
    }

    /// Whether nothing was ever written to it, so that there is no folder.
    pub fn is_unmade(&self) -> bool {
        self.unmade.is_some()
    }

    /// Whether deleted segments' files still wait to be removed.
    pub fn has_deleted_files(&self) -> bool {
        !self.deleted.is_empty()
    }

    /// Renames the folder for good, as [`rename_to_delete`](crate::rename_to_delete) does. Readers that hold a segment's
    /// file can go on.
    pub fn rename_to_delete(
        self,
        partition: &TopicPartition,
        id: [u8; 16],
    ) -> Result<Option<PathBuf>, WriteError> {
        crate::rename_to_delete(&self.dir, partition, id)
    }
}
