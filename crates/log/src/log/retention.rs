//! Deleting old segments: by time, by size, and below the log start offset.

use std::io;
use std::sync::Arc;

use tracing::{debug, info};
use vltava_model::{Offset, Timestamp};

use super::Log;
use crate::config::LogConfig;
use crate::errors::WriteError;
use crate::names::Kind;
use crate::segment::Segment;

/// A segment that retention took out of the log. Its files stay for `file.delete.delay.ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedSegment {
    /// Its base offset.
    pub base_offset: Offset,
    /// The bytes of its batches.
    pub size_bytes: u32,
    /// Why it went.
    pub reason: DeleteReason,
}

/// Why a segment was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteReason {
    /// All of its records are older than `retention.ms`.
    Time,
    /// The segments after it hold `retention.bytes`.
    Size,
    /// All of its records lie below the log start offset.
    LogStartOffset,
}

/// What the plan looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// The offset that follows the segment's last.
    pub(super) end: Offset,
    pub(super) size: u32,
    pub(super) is_active: bool,
}

/// What the log is like, apart from its segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) log_start_offset: Offset,
    pub(super) high_watermark: Offset,
    pub(super) now: Timestamp,
}

/// Which segments go, from the oldest on, and why: a reason for each. `timestamp_of` is asked only as far as needed.
///
/// As in Kafka: no segment goes that reaches past the high watermark, the active one goes only if it is not empty, and
/// not because of the log start offset.
pub(super) fn plan(
    views: &[View],
    config: &LogConfig,
    bounds: Bounds,
    mut timestamp_of: impl FnMut(usize) -> io::Result<Timestamp>,
) -> io::Result<Vec<DeleteReason>> {
    let by_age = config.delete_enabled && config.retention_ms >= 0;
    let by_size = config.delete_enabled && config.retention_bytes >= 0;
    let total: u64 = views.iter().map(|view| u64::from(view.size)).sum();
    let mut excess = total.saturating_sub(config.retention_bytes.max(0).unsigned_abs());
    let mut reasons = Vec::new();
    for (index, view) in views.iter().enumerate() {
        let size = u64::from(view.size);
        if view.end > bounds.high_watermark || (view.is_active && size == 0) {
            break;
        }
        let reason = if !view.is_active && view.end <= bounds.log_start_offset {
            DeleteReason::LogStartOffset
        } else if by_size && excess >= size {
            DeleteReason::Size
        } else if by_age
            && bounds.now.0.saturating_sub(timestamp_of(index)?.0) > config.retention_ms
        {
            DeleteReason::Time
        } else {
            break;
        };
        excess = excess.saturating_sub(size);
        reasons.push(reason);
    }
    Ok(reasons)
}

impl Log {
    /// Moves the log start offset up (never down, never past the log end offset). Segments that lie below it go with
    /// the next [`Log::delete_expired`]. The caller keeps the offset in its checkpoint file.
    pub fn set_log_start_offset(&mut self, offset: Offset) {
        let offset = offset.min(self.log_end_offset);
        if offset > self.log_start_offset {
            self.log_start_offset = offset;
            self.epochs.truncate_start(offset);
        }
    }

    /// Takes out segments by time, by size and by log start offset, none that reaches past `high_watermark`; their files
    /// are renamed to `.deleted`. The active one is closed first when it expired too. The log start offset moves up to
    /// the first segment that is left.
    pub fn delete_expired(
        &mut self,
        high_watermark: Offset,
        now: Timestamp,
    ) -> Result<Vec<DeletedSegment>, WriteError> {
        let bounds = Bounds { log_start_offset: self.log_start_offset, high_watermark, now };
        let timestamp_of = |index: usize| age_timestamp(&self.segments[index], now);
        let reasons = plan(&self.views(), &self.config, bounds, timestamp_of)
            .map_err(|error| WriteError::io("read", &self.dir)(error))?;
        if reasons.len() == self.segments.len() {
            self.roll(now)?;
        }
        let mut deleted = Vec::with_capacity(reasons.len());
        for reason in reasons {
            let segment = &self.segments[0];
            let (base_offset, size_bytes) = (segment.base_offset(), segment.size_bytes());
            info!(segment = %segment.path(Kind::Log).display(), size_bytes, ?reason, "deleting a segment");
            self.delete_segment(0, now)?;
            deleted.push(DeletedSegment { base_offset, size_bytes, reason });
        }
        self.set_log_start_offset(self.segments[0].base_offset());
        Ok(deleted)
    }

    /// When the oldest segment will have expired by time; `None` for never.
    pub(super) fn expires(&self, now: Timestamp) -> Option<Timestamp> {
        let oldest = &self.segments[0];
        if !self.config.delete_enabled || self.config.retention_ms < 0 || oldest.size_bytes() == 0 {
            return None;
        }
        // An index that cannot be read: whoever looks next will tell.
        let written = age_timestamp(oldest, now).unwrap_or(Timestamp(0));
        Some(written.plus_ms(self.config.retention_ms.saturating_add(1)))
    }

    fn views(&self) -> Vec<View> {
        let ends = self.segments.iter().skip(1).map(|next| next.base_offset());
        let view = |(segment, end): (&Arc<Segment>, Offset)| View {
            end,
            size: segment.size_bytes(),
            is_active: Arc::ptr_eq(segment, self.active()),
        };
        self.segments.iter().zip(ends.chain([self.log_end_offset])).map(view).collect()
    }

    /// Takes one segment out: its files are renamed, and removed after `file.delete.delay.ms`. Should the renaming fail
    /// half-way, what is left in the folder is a segment below the others, which the next open finds and retention
    /// deletes again.
    pub(super) fn delete_segment(
        &mut self,
        index: usize,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let segment = self.segments[index].clone();
        let base = segment.base_offset();
        segment
            .rename_to_deleted()
            .map_err(|error| WriteError::io("delete", &segment.path(Kind::Log))(error))?;
        self.segments.remove(index);
        self.snapshots.rename_to_deleted(&self.dir, base);
        self.deleted.push((now.plus_ms(self.config.file_delete_delay_ms), base));
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(())
    }

    /// Removes the files of segments that were deleted `file.delete.delay.ms` ago. Returns when it wants to be called
    /// again; `None` if nothing is left.
    pub fn delete_files(&mut self, now: Timestamp) -> Option<Timestamp> {
        let dir = &self.dir;
        self.deleted.retain(|(due, base)| {
            if *due > now {
                return true;
            }
            Segment::remove_deleted(dir, *base);
            false
        });
        self.deleted.iter().map(|(due, _)| *due).min()
    }
}

/// What a segment's age is counted from: its largest timestamp, or where no record has one, when it was last written.
///
/// Differs from Kafka: a timestamp in the future, which would keep the segment until then or for good, does not count
/// either.
fn age_timestamp(segment: &Segment, now: Timestamp) -> io::Result<Timestamp> {
    match segment.largest_timestamp()? {
        Some(largest) if largest <= now => Ok(largest),
        Some(future) => {
            let path = segment.path(Kind::Log);
            let modified = segment.last_modified()?;
            debug!(segment = %path.display(), future = future.0, "timestamps in the future, using the file's time");
            Ok(modified)
        }
        None => segment.last_modified(),
    }
}
