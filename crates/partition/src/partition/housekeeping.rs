//! What the caller asks for now and then: settings, deleting, syncing, and the end.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{ArcMutexGuard, RawMutex};
use tracing::{error, warn};
use vltava_log::{ClosedLog, DeletedSegment, FlushPlan, WriteError};
use vltava_model::Offset;
use vltava_runtime::random_bytes;

use super::recover::sync;
use super::{Causes, Partition};
use crate::{DeleteRecordsError, LookupError, StorageFailed, TopicSettings};

/// A flush that has begun.
pub struct Flush {
    plan: FlushPlan,
    _one: ArcMutexGuard<RawMutex, ()>,
}

/// Housekeeping.
impl Partition {
    /// Takes new settings. Blocks for a sync where `write.caching` is switched off: what came before is not in the WAL,
    /// and if it could still be lost, so would be what comes after, which is.
    pub fn configure(&self, settings: TopicSettings) -> Result<(), LookupError> {
        let was_caching = self.settings().write_caching;
        let must_sync = was_caching && !settings.write_caching;
        if must_sync {
            self.flush()?;
        }
        let _one = self.flushing.lock();
        let mut state = self.lock_open()?;
        if must_sync {
            // What came since the flush above, which is little.
            sync(&mut state.log).map_err(|cause| self.fail("sync it", &cause))?;
        }
        state.log.configure(settings.log.clone());
        *self.settings.write() = Arc::new(settings);
        Ok(())
    }

    /// Moves the log start offset up to `before` (-1 for the high watermark) and returns where it is now; it never moves
    /// down. The caller answers when it has written it to the `log-start-offset-checkpoint`; segments go with the next
    /// retention run.
    pub fn delete_records(&self, before: Offset) -> Result<Offset, DeleteRecordsError> {
        let mut state = self.lock_open()?;
        let config = state.log.config();
        // A topic that keeps everything may still be told what to delete.
        if config.compact_enabled && !config.delete_enabled {
            return Err(DeleteRecordsError::NotDeletable);
        }
        let high_watermark = self.high_watermark();
        let before = if before == Offset(-1) { high_watermark } else { before };
        if before < Offset::ZERO || before > high_watermark {
            let log_start_offset = state.log.log_start_offset();
            return Err(DeleteRecordsError::OutOfRange {
                offset: before,
                log_start_offset,
                high_watermark,
            });
        }
        state.log.set_log_start_offset(before);
        self.refresh_undecided(&mut state)?;
        Ok(state.log.log_start_offset())
    }

    /// Deletes expired segments, and the files of those that were deleted long enough ago.
    /// Log start offsets may move: write the checkpoint afterwards.
    pub fn retention(&self) -> Result<Vec<DeletedSegment>, LookupError> {
        let now = self.clock.now();
        // What is being cleaned must not go meanwhile; it goes the next time.
        let cleaning = self.cleaning.try_lock();
        let mut state = self.lock_open()?;
        state.log.delete_files(now);
        if cleaning.is_none() {
            return Ok(Vec::new());
        }
        let deleted = state.log.delete_expired(self.high_watermark(), now);
        self.refresh_undecided(&mut state)?;
        deleted.map_err(|cause| self.not_written("delete segments of it", &cause).into())
    }

    /// Forgets producers without an open transaction whose last batch is as old as `producer.id.expiration.ms` says.
    pub fn expire_producers(&self) {
        let now = self.clock.now();
        if let Ok(mut state) = self.lock_open() {
            state.log.expire_producers(now);
        }
    }

    /// Syncs all that was appended before the call; blocks. The recovery point moves up. For WAL checkpoints: after an
    /// error other than [`LookupError::Closed`] the WAL must keep what it has of the partition.
    pub fn flush(&self) -> Result<(), LookupError> {
        match self.begin_flush()? {
            Some(flush) => self.end_flush(flush, false),
            None => Ok(()),
        }
    }

    /// The first part of a [`Partition::flush`], for many partitions at once: what is to be synced. `None` if nothing is.
    /// Until the last part no other flush of the partition begins: who has one of these for several partitions must be the
    /// only one that has.
    pub fn begin_flush(&self) -> Result<Option<Flush>, LookupError> {
        let one = self.flushing.lock_arc();
        let plan = {
            let mut state = self.lock_open()?;
            state.last_flush = self.clock.now();
            state.log.unflushed().map_err(|cause| self.not_written("flush it", &cause))?
        };
        Ok((!plan.is_empty()).then_some(Flush { plan, _one: one }))
    }

    /// The second part, before a [`sync_all`](vltava_log::checkpoints::sync_all) that syncs for many; left out where
    /// [`Partition::end_flush`] is to sync.
    pub fn write_flush(&self, flush: &Flush) -> Result<(), LookupError> {
        flush.plan.write().map_err(|cause| self.not_flushed(&cause))
    }

    /// The last part: where `flush` is not `synced`, it is now. Errors are as those of [`Partition::flush`].
    pub fn end_flush(&self, flush: Flush, synced: bool) -> Result<(), LookupError> {
        if !synced {
            // A failed sync: what the kernel could not write it may have dropped, and will not report again.
            flush.plan.run().map_err(|cause| self.not_flushed(&cause))?;
        }
        self.lock_open()?.log.flushed(&flush.plan);
        Ok(())
    }

    /// A partition that was deleted meanwhile has no folder any more, and nothing to flush.
    fn not_flushed(&self, cause: &WriteError) -> LookupError {
        match self.check_open() {
            Err(LookupError::Closed) => LookupError::Closed,
            _ => self.fail("flush it", cause).into(),
        }
    }

    /// Whether it was closed, or deleted.
    pub fn is_closed(&self) -> bool {
        matches!(self.check_open(), Err(LookupError::Closed))
    }

    /// Whether nobody misses it if it is closed now, and opened again when somebody asks for it: all of it is flushed, and
    /// no background work is left to be done that [`Partition::describe`] does not tell of.
    pub fn can_rest(&self) -> bool {
        let Ok(mut state) = self.lock_open() else { return false };
        let log = &mut state.log;
        let is_flushed = log.recovery_point() == log.log_end_offset();
        let is_compacted = log.config().compact_enabled && log.size_bytes() > 0;
        let is_decided = matches!(log.first_undecided(), Ok(None));
        is_flushed && is_decided && !is_compacted && !log.has_deleted_files()
    }

    /// How the log is, to be remembered once it is closed; `None` if nothing was ever written, or it was deleted.
    pub fn describe(&self) -> Option<ClosedLog> {
        let state = self.state.lock();
        let log = &state.as_ref()?.log;
        (!log.is_unmade()).then(|| log.describe(self.clock.now()))
    }

    /// [`Partition::flush`] on a thread that may block.
    pub(super) async fn flush_elsewhere(self: &Arc<Self>) -> Result<(), LookupError> {
        let partition = Arc::clone(self);
        let flush = tokio::task::spawn_blocking(move || partition.flush());
        flush.await.unwrap_or(Err(StorageFailed.into()))
    }

    /// Whether `flush.ms` asks for a [`Partition::flush`] now.
    pub fn flush_due(&self) -> bool {
        let now = self.clock.now();
        let Ok(state) = self.lock_open() else { return false };
        let settings = self.settings();
        settings.write_caching
            && state.log.recovery_point() < state.log.log_end_offset()
            && now.0.saturating_sub(state.last_flush.0) >= settings.flush_ms
    }

    /// Closes open files that were not used since the last call.
    pub fn release_idle_files(&self) {
        if let Ok(state) = self.lock_open() {
            state.log.release_idle_files();
        }
    }

    /// Ends it at a clean shutdown, after the WAL has closed: writes and syncs all. Blocks.
    pub fn close(&self) -> Result<(), LookupError> {
        self.flush()?;
        let closed = self.lock_open()?.log.close();
        closed.map_err(|cause| self.fail("close it", &cause))?;
        self.end();
        Ok(())
    }

    /// Ends it for good: renames the folder. Returns its new path, which is to be removed after `file.delete.delay.ms`;
    /// `None` if there was no folder. A partition whose storage failed can be deleted, too.
    pub fn delete(&self) -> Result<Option<PathBuf>, LookupError> {
        self.stop_cleaning();
        let open = self.state.lock().take().ok_or(LookupError::Closed)?;
        self.end();
        open.log.rename_to_delete(&self.id, random_bytes()).map_err(|cause| {
            error!(partition = %self.id, error = %Causes(&cause), "cannot rename the partition's folder");
            StorageFailed.into()
        })
    }

    /// What could not be written, and leaves the log as it was: tried again if there was no space, else given up.
    pub(super) fn not_written(&self, action: &str, cause: &WriteError) -> StorageFailed {
        if cause.is_out_of_space() {
            warn!(partition = %self.id, error = %Causes(cause), "no space to {action}");
            return StorageFailed;
        }
        self.fail(action, cause)
    }
}
