//! From an opened log to one that takes appends.

use vltava_log::{Log, WriteError};
use vltava_model::Offset;
use vltava_records::{Batch, StampedBatch, batches};
use vltava_wal::RecoveredEntry;

use super::{Open, Partition};
use crate::ReplayError;

/// What [`Partition::replay`] did with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The log had all of it.
    Skipped,
    /// So many batches were missing, and appended.
    Appended(usize),
}

/// Recovery.
impl Partition {
    /// Appends what the log does not have of an entry that was recovered from the WAL. Entries come in WAL order.
    pub fn replay(&self, entry: &RecoveredEntry) -> Result<Replayed, ReplayError> {
        let mut state = self.state.lock();
        let Some(open) = state.as_mut() else { return Ok(Replayed::Skipped) };
        let mut count = 0;
        for batch in batches(entry.batches.clone()) {
            let damaged = |source| ReplayError::Damaged { partition: self.id.clone(), source };
            let batch = batch.map_err(damaged)?;
            batch.check_crc().map_err(damaged)?;
            count += usize::from(self.replay_batch(open, batch)?);
        }
        Ok(if count == 0 { Replayed::Skipped } else { Replayed::Appended(count) })
    }

    /// Returns whether the batch was missing.
    fn replay_batch(&self, open: &mut Open, batch: Batch) -> Result<bool, ReplayError> {
        let log = &mut open.log;
        let partition = || self.id.clone();
        let write = |source: WriteError| ReplayError::Write { partition: self.id.clone(), source };
        let (first_offset, last_offset) = (batch.header.first_offset(), batch.header.last_offset());
        let log_end_offset = log.log_end_offset();
        let now = self.clock.now();
        if last_offset < log_end_offset {
            return Ok(false);
        }
        if first_offset > log_end_offset {
            return Err(ReplayError::Gap { partition: partition(), log_end_offset, first_offset });
        }
        let begins_inside = first_offset < log_end_offset;
        if begins_inside && log.size_bytes() > 0 {
            let partition = partition();
            return Err(ReplayError::Overlap {
                partition,
                log_end_offset,
                first_offset,
                last_offset,
            });
        }
        if begins_inside {
            // Records up to the middle of this batch were deleted (DeleteRecords), and the log, which had less than
            // that, begins there and is empty. It takes the whole batch, and still begins there.
            log.truncate_fully_and_start_at(first_offset, now).map_err(write)?;
        }
        log.append(&[StampedBatch::from(batch)], now).map_err(write)?;
        if begins_inside {
            log.set_log_start_offset(log_end_offset);
        }
        Ok(true)
    }

    /// Ends recovery as [`Partition::start`] does, without a sync where the write-ahead log has, and keeps, all that is
    /// not synced: from the offset `from` up to `to`. With `write.caching` there is nothing to sync either, since nobody
    /// was told that it is.
    pub fn start_replayed(&self, (from, to): (Offset, Offset)) -> Result<(), WriteError> {
        let is_safe = |log: &Log| {
            let is_in_wal = from <= log.recovery_point() && log.log_end_offset() <= to;
            is_in_wal || self.settings().write_caching
        };
        self.start_unless_safe(is_safe)
    }

    /// Ends recovery: syncs what is not synced (blocks; nothing to do after a clean shutdown) and sets the high
    /// watermark to the log's end. Without the sync, records that survived only in the page cache could be lost later,
    /// below acknowledged ones.
    pub fn start(&self) -> Result<(), WriteError> {
        self.start_unless_safe(|_| false)
    }

    fn start_unless_safe(&self, is_safe: impl FnOnce(&Log) -> bool) -> Result<(), WriteError> {
        let _one = self.flushing.lock();
        let mut state = self.state.lock();
        let Some(Open { log, .. }) = state.as_mut() else { return Ok(()) };
        if !is_safe(log) {
            sync(log)?;
        }
        let undecided = log.first_undecided();
        let undecided = undecided.map_err(|source| {
            let (action, path) = ("read a transaction of", log.dir().to_owned());
            WriteError::Io { action, path, source }
        })?;
        self.tail.reset(log.end_position(), undecided);
        Ok(())
    }
}

/// Syncs under the log's lock: while nobody uses it, or if little is left to sync.
pub(super) fn sync(log: &mut Log) -> Result<(), WriteError> {
    let plan = log.unflushed()?;
    plan.run()?;
    log.flushed(&plan);
    Ok(())
}
