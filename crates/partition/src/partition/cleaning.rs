//! Compaction: what there is to clean, and the cleaning, of which only the swaps hold the log's lock.

use std::sync::atomic::Ordering;

use vltava_log::{CleanError, CleanerSettings, CleaningStats, Pace, Round, ToClean};
use vltava_model::Offset;

use super::{OPEN, Partition};
use crate::{LookupError, StorageFailed};

/// What came of a cleaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// Where the next cleaning begins: for the `cleaner-offset-checkpoint`.
    pub end_offset: Offset,
    /// What was done.
    pub stats: CleaningStats,
}

/// Ends a cleaning when the partition is deleted or no more to be compacted.
struct WhileCompacted<'a> {
    partition: &'a Partition,
    pace: &'a dyn Pace,
}

impl Pace for WhileCompacted<'_> {
    fn go_on(&self, bytes: usize) -> bool {
        self.partition.may_be_cleaned() && self.pace.go_on(bytes) && self.partition.may_be_cleaned()
    }
}

/// Compaction.
impl Partition {
    /// Closes the active segment if something in it has waited for `max.compaction.lag.ms`, then says what there is to
    /// clean since `last_clean`, where the last cleaning ended. `None` if it is nothing, or not to be compacted. Does a
    /// little I/O, without the log's lock.
    pub fn to_clean(&self, last_clean: Option<Offset>) -> Result<Option<ToClean>, CleanError> {
        if !self.may_be_cleaned() {
            return Ok(None);
        }
        let now = self.clock.now();
        let stable_end = self.last_stable_offset();
        let view = {
            let mut state = self.lock_open().map_err(not_open)?;
            if state.log.config().max_compaction_lag_ms < i64::MAX {
                let rolled = state.log.roll_if_due(now);
                rolled.map_err(|cause| not_open(self.not_written("roll it", &cause).into()))?;
            }
            if !state.log.has_closed_since(last_clean.unwrap_or_default()) {
                return Ok(None);
            }
            state.log.cleaning_view()
        };
        let to_clean = view.to_clean(last_clean, stable_end, now);
        to_clean.map(Some).map_err(|source| CleanError::Io {
            action: "look at",
            path: self.id.to_string().into(),
            source,
        })
    }

    /// Cleans; blocks for long. What is cleaned must have been synced, and the `recovery-point-offset-checkpoint` must say
    /// so: else a crash would take what compaction left out for lost.
    pub fn clean(
        &self,
        to_clean: ToClean,
        settings: CleanerSettings,
        pace: &dyn Pace,
    ) -> Result<Cleaned, CleanError> {
        let _one = self.cleaning.lock();
        if self.recovery_point() < to_clean.first_uncleanable_offset() {
            return Err(CleanError::Stopped);
        }
        let pace = WhileCompacted { partition: self, pace };
        let now = self.clock.now();
        let mut round = Round::begin(to_clean, settings, now, &pace)?;
        while let Some(group) = round.next_group() {
            let last_records = self.lock_open().map_err(not_open)?.log.last_records();
            let Some(cleaned) = round.clean(&group, &last_records, &pace)? else { continue };
            let swapped = {
                let mut state = self.lock_open().map_err(not_open)?;
                if !self.may_be_cleaned() {
                    return Err(CleanError::Stopped);
                }
                let swapped = state.log.swap_in(&group, cleaned, now);
                swapped.map_err(|cause| {
                    not_open(self.fail("put a compacted segment in place", &cause).into())
                })?
            };
            let Some(swapped) = swapped else { return Err(CleanError::Stopped) };
            if let Err(cause) = swapped.sync() {
                self.fail("sync its folder", &cause);
                return Err(CleanError::Stopped);
            }
        }
        Ok(Cleaned { end_offset: round.end_offset(), stats: round.stats() })
    }

    /// Ends a cleaning that is at work, and waits until it has.
    pub(super) fn stop_cleaning(&self) {
        self.cleaning_is_off.store(true, Ordering::SeqCst);
        drop(self.cleaning.lock());
    }

    fn may_be_cleaned(&self) -> bool {
        self.status.load(Ordering::SeqCst) == OPEN
            && !self.cleaning_is_off.load(Ordering::SeqCst)
            && self.settings().compact
    }
}

/// There is nobody to clean for any more; whoever closed the partition, or saw it fail, has said so.
fn not_open(error: LookupError) -> CleanError {
    match error {
        LookupError::Closed | LookupError::Storage(StorageFailed) => CleanError::Stopped,
    }
}
