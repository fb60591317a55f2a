//! What of a log can be cleaned, and how dirty it is.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tracing::warn;
use vltava_model::{Offset, Timestamp};

use crate::config::LogConfig;
use crate::segment::Segment;

/// A log as the cleaner sees it, taken under the log's lock.
#[derive(Debug)]
pub struct CleaningView {
    pub(crate) dir: Arc<Path>,
    pub(crate) config: LogConfig,
    /// The last one is active.
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) log_start_offset: Offset,
    pub(crate) log_end_offset: Offset,
}

/// What there is to clean in a log.
#[derive(Debug)]
pub struct ToClean {
    pub(super) view: CleaningView,
    pub(super) first_dirty: Offset,
    /// The base offset of the first segment that is not cleaned.
    pub(super) first_uncleanable: Offset,
    clean_bytes: u64,
    cleanable_bytes: u64,
    is_overdue: bool,
}

impl CleaningView {
    /// Looks at what came since `last_clean`, the end of the last cleaning; nothing is cleaned from `stable_end` (the last
    /// stable offset) on. Does a little I/O; wants no lock.
    pub fn to_clean(
        self,
        last_clean: Option<Offset>,
        stable_end: Offset,
        now: Timestamp,
    ) -> io::Result<ToClean> {
        let first_dirty = self.first_dirty(last_clean);
        let dirty = self.closed_from(first_dirty);
        let mut end = stable_end.min(self.active_base());
        if let Some(too_young) = self.first_within_lag(dirty, now)? {
            end = end.min(too_young);
        }
        let is_overdue = self.is_overdue(dirty, now)?;
        let first_uncleanable = self
            .closed_from(end.max(first_dirty))
            .first()
            .map_or(self.active_base(), |segment| segment.base_offset());
        let bytes = |upto: usize, from: usize| -> u64 {
            self.segments[from.min(upto)..upto].iter().map(|s| u64::from(s.size_bytes())).sum()
        };
        let upto = self.segments.partition_point(|s| s.base_offset() < first_uncleanable);
        let from = self.index_of(first_dirty);
        let (clean_bytes, cleanable_bytes) = (bytes(from, 0), bytes(upto, from));
        Ok(ToClean {
            view: self,
            first_dirty,
            first_uncleanable,
            clean_bytes,
            cleanable_bytes,
            is_overdue,
        })
    }

    /// Where cleaning goes on. A checkpoint outside of the log is one of other times: then all is dirty.
    fn first_dirty(&self, last_clean: Option<Offset>) -> Offset {
        match last_clean {
            Some(last_clean) if last_clean > self.log_end_offset => {
                let (dir, end) = (self.dir.display(), self.log_end_offset);
                warn!(%dir, %last_clean, %end, "the log ends before what was cleaned; cleaning all of it");
                self.log_start_offset
            }
            Some(last_clean) => last_clean.max(self.log_start_offset),
            None => self.log_start_offset,
        }
    }

    fn active_base(&self) -> Offset {
        self.segments.last().map_or(Offset::ZERO, |active| active.base_offset())
    }

    /// The segment that holds `offset`, or the first.
    pub(super) fn index_of(&self, offset: Offset) -> usize {
        self.segments.partition_point(|s| s.base_offset() <= offset).saturating_sub(1)
    }

    /// The closed segments from the one with `offset` on.
    fn closed_from(&self, offset: Offset) -> &[Arc<Segment>] {
        let closed = self.segments.len().saturating_sub(1);
        if offset > self.active_base() {
            return &[];
        }
        &self.segments[self.index_of(offset).min(closed)..closed]
    }

    /// The first of the segments with a record of the last `min.compaction.lag.ms`.
    fn first_within_lag(
        &self,
        dirty: &[Arc<Segment>],
        now: Timestamp,
    ) -> io::Result<Option<Offset>> {
        let lag = self.config.min_compaction_lag_ms;
        if lag <= 0 {
            return Ok(None);
        }
        for segment in dirty {
            let largest = match segment.largest_timestamp()? {
                Some(largest) if largest <= now => largest,
                // Of the future or of no time: then it is the file's that counts, or such a record would stop it for good.
                Some(_) => segment.last_modified()?,
                None => Timestamp::NONE,
            };
            if largest.0 > now.0.saturating_sub(lag) {
                return Ok(Some(segment.base_offset()));
            }
        }
        Ok(None)
    }

    /// Whether a dirty segment waits for longer than `max.compaction.lag.ms`.
    fn is_overdue(&self, dirty: &[Arc<Segment>], now: Timestamp) -> io::Result<bool> {
        let lag = self.config.max_compaction_lag_ms;
        if lag == i64::MAX {
            return Ok(false);
        }
        for segment in dirty {
            let first = match segment.first_timestamp()? {
                Some(first) if first > now => segment.last_modified()?,
                Some(first) if first.0 > 0 => first,
                _ => continue,
            };
            if first.0 < now.0.saturating_sub(lag) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl ToClean {
    /// What part of the log is dirty, by bytes; `None` for one that has nothing to look at.
    pub fn dirty_ratio(&self) -> Option<f64> {
        let total = self.clean_bytes + self.cleanable_bytes;
        #[allow(clippy::cast_precision_loss, reason = "a ratio")]
        (total > 0).then(|| self.cleanable_bytes as f64 / total as f64)
    }

    /// Whether it is time: the log is dirtier than `min.cleanable.dirty.ratio`, or something in it waited for
    /// `max.compaction.lag.ms`.
    pub fn is_due(&self) -> bool {
        let least = self.view.config.min_cleanable_dirty_ratio;
        (self.is_overdue && self.cleanable_bytes > 0)
            || self.dirty_ratio().is_some_and(|ratio| ratio > least)
    }

    /// From where on the log is dirty.
    pub fn first_dirty_offset(&self) -> Offset {
        self.first_dirty
    }

    /// The first offset that is left alone.
    pub fn first_uncleanable_offset(&self) -> Offset {
        self.first_uncleanable
    }

    /// The segments with the dirty part.
    pub(super) fn dirty(&self) -> &[Arc<Segment>] {
        if self.first_dirty >= self.first_uncleanable {
            return &[];
        }
        &self.below(self.first_uncleanable)[self.view.index_of(self.first_dirty)..]
    }

    /// The segments that begin below `end`.
    pub(super) fn below(&self, end: Offset) -> &[Arc<Segment>] {
        let segments = &self.view.segments;
        &segments[..segments.partition_point(|segment| segment.base_offset() < end)]
    }
}
