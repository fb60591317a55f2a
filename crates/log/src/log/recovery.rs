//! After an unclean stop: which batches are whole, from the recovery point on.
//!
//! What was written and not flushed may be there in part. Every batch behind the recovery point is checked with its
//! CRC; at the first that is not whole the log ends. Mostly that is one torn write at the very end, and its bytes are
//! dropped. If there are whole batches behind it, then something else than a torn write has happened: the log ends
//! there all the same, as in Kafka, but the bytes are kept in `<segment>.log.damaged-<position>`, and an error is logged.
//! The same goes for a segment that lacks its end while the next one is there: a log without holes is what replaying
//! the write-ahead log relies on.

use std::fs::{self, File};
use std::io;
use std::sync::Arc;

use tracing::{debug, error, warn};
use vltava_model::{Offset, Timestamp};

use super::Log;
use crate::files::{self, Durability};
use crate::limits::SCAN_BUFFER_BYTES;
use crate::names::{self, Kind};
use crate::segment::Segment;
use crate::transactions::AbortedTransaction;
use crate::walk::{Walk, WalkError, salvage};

/// What a segment's check found.
struct Checked {
    /// The offset that follows the last whole batch.
    end: Offset,
    /// Where that batch ends.
    position: u32,
    /// Why nothing behind it counts; `None` if there is nothing.
    damage: Option<String>,
    /// The aborted transactions whose markers lie in it.
    aborted: Vec<AbortedTransaction>,
}

/// Checks the segments from the one with `recovery_point` on, cuts the log where it is not whole, and sets its end.
/// Indexes are made anew on the way, epochs extended, and producers brought to the end.
pub(super) fn recover(log: &mut Log, recovery_point: Offset, now: Timestamp) -> io::Result<()> {
    // Epochs behind the recovery point are read again; the file may be of before a truncation.
    log.epochs.truncate_end(recovery_point);
    let first = log.segment_index(recovery_point);
    log.restart_producers(log.segments[first].base_offset(), now)?;
    let mut keep = log.segments.len();
    for index in first..log.segments.len() {
        let segment = Arc::clone(&log.segments[index]);
        if index > first && is_behind_a_hole(log, index, recovery_point) {
            keep = index;
            break;
        }
        let checked = check(log, &segment, recovery_point)?;
        let (path, end) = (segment.path(Kind::Log), checked.end.0);
        log.log_end_offset = checked.end;
        log.producers_end = checked.end;
        if let Err(error) = segment.replace_transactions(checked.aborted, Durability::Lazy) {
            warn!(segment = %path.display(), %error, "cannot write the new transaction index yet");
        }
        if let Some(reason) = &checked.damage {
            cut(&segment, checked.position, reason, checked.end)?;
            keep = index + 1;
        }
        if let Err(error) = segment.write_indexes(true) {
            warn!(segment = %path.display(), %error, "cannot write the new indexes yet");
        }
        segment.close_files();
        debug!(segment = %path.display(), end, "recovered");
        if checked.damage.is_some() {
            break;
        }
        // As if the next segment had just been begun.
        if index + 1 < log.segments.len()
            && let Err(error) = log.take_snapshot()
        {
            warn!(dir = %log.dir.display(), %error, "cannot write the producer snapshot");
        }
    }
    for segment in log.segments.drain(keep..) {
        set_aside(&segment)?;
    }
    log.folder_changes = log.folder_changes.wrapping_add(1);
    Ok(())
}

/// Whether the segment before this one lacks its end: its last batches did not reach the disk, and this file did. Holes that
/// compaction made lie below the recovery point, because it cleans nothing that is not flushed.
fn is_behind_a_hole(log: &Log, index: usize, recovery_point: Offset) -> bool {
    let before = &log.segments[index - 1];
    let base_offset = log.segments[index].base_offset();
    let is_hole = base_offset > log.log_end_offset && base_offset > recovery_point;
    if is_hole {
        let (segment, end) = (before.path(Kind::Log), log.log_end_offset.0);
        warn!(segment = %segment.display(), end, next = base_offset.0, "the segment lacks its end");
    }
    is_hole
}

fn check(log: &mut Log, segment: &Segment, recovery_point: Offset) -> io::Result<Checked> {
    segment.begin_recovery(log.config.index_interval_bytes);
    let file = segment.file()?;
    let mut walk = Walk::new(&file, 0, segment.size_bytes(), SCAN_BUFFER_BYTES);
    let mut end = segment.base_offset();
    let mut aborted = Vec::new();
    let (position, damage) = loop {
        let position = walk.position();
        let damaged = |reason: String| (position, Some(reason));
        let next = walk.next().and_then(|placed| match placed {
            Some(placed) if placed.header.next_offset() > recovery_point => {
                walk.check_crc(&placed).map(|()| Some(placed))
            }
            other => Ok(other),
        });
        let placed = match next {
            Ok(None) => break (position, None),
            Ok(Some(placed)) => placed,
            Err(WalkError::Io(error)) => return Err(error),
            Err(WalkError::NoBatch(error)) => break damaged(error.to_string()),
        };
        let (first, last) = (placed.header.first_offset(), placed.header.last_offset());
        // The offset is not covered by the CRC, but it must follow on where nothing was compacted.
        let may_skip = log.config.compact_enabled || last < recovery_point;
        if first < end || (first > end && !may_skip) || last < first || !segment.can_hold(last) {
            break damaged(format!("a batch with offsets {first} to {last} where {end} is next"));
        }
        end = last.next();
        segment.note_recovered(&placed);
        if log.epochs.latest() < Some(placed.header.leader_epoch()) {
            log.epochs.assign(placed.header.leader_epoch(), first);
        }
        let marker = segment.marker_at(&walk, &placed)?;
        let completed = log.producers.note(&placed.header, marker, None);
        aborted.extend(completed.and_then(|completed| completed.aborted()));
    };
    Ok(Checked { end, position, damage, aborted })
}

/// Ends the segment at `position`. What lies behind is kept beside if there is a whole batch in it.
fn cut(segment: &Segment, position: u32, reason: &str, end: Offset) -> io::Result<()> {
    let path = segment.path(Kind::Log);
    let file = segment.file()?;
    let size = segment.size_bytes();
    let dropped = size - position;
    match salvage::find_batch(&file, position, size, end)? {
        Some(found) => {
            let kept = damaged_path(segment, position);
            copy(&file, position, size, &kept)?;
            error!(
                segment = %path.display(), position, dropped, reason, batch_behind = found, kept = %kept.display(),
                "damaged batch with whole batches behind it: the log ends before it, the bytes are kept beside"
            );
        }
        None => {
            warn!(segment = %path.display(), position, dropped, reason, "the last write is not whole, dropping it");
        }
    }
    segment.cut_at(position)
}

/// Takes a segment that follows a cut out of the log, but not away if there is anything in it.
fn set_aside(segment: &Segment) -> io::Result<()> {
    let path = segment.path(Kind::Log);
    let size = segment.size_bytes();
    if salvage::find_batch(&*segment.file()?, 0, size, segment.base_offset())?.is_some() {
        let kept = damaged_path(segment, 0);
        fs::rename(&path, &kept)?;
        error!(
            segment = %path.display(), size, kept = %kept.display(),
            "segment behind a damaged batch: it is no part of the log any more, and kept beside"
        );
    } else {
        warn!(segment = %path.display(), size, "no batch in a segment behind a damaged one, removing it");
        files::remove_if_there(&path)?;
    }
    for kind in [Kind::OffsetIndex, Kind::TimeIndex, Kind::TransactionIndex] {
        files::remove_if_there(&segment.path(kind))?;
    }
    Ok(())
}

fn damaged_path(segment: &Segment, position: u32) -> std::path::PathBuf {
    let behind = format!(".damaged-{position}");
    names::path_with(segment.dir(), segment.base_offset(), Kind::Log, &behind)
}

/// Copies a part of a file, and syncs the copy before the original is cut.
fn copy(file: &File, from: u32, to: u32, path: &std::path::Path) -> io::Result<()> {
    let mut target = File::create(path)?;
    files::copy_range(file, u64::from(from)..u64::from(to), &mut target)?;
    target.sync_all()
}
