//! The second pass: a group of segments becomes one.

use std::ops::Range;
use std::sync::Arc;

use vltava_records::BatchHeader;

use super::Round;
use super::error::CleanError;
use super::filter::{Filter, Kept};
use super::pace::Pace;
use super::source::{Source, checked};
use super::target::{CleanedSegment, Target};
use crate::names::Kind;
use crate::producers::LastRecords;
use crate::segment::Segment;

/// Writes what stays of a group beside it. `None` if that is all of it, in one segment already.
pub(super) fn copy(
    round: &mut Round,
    group: &[Arc<Segment>],
    last_records: &LastRecords,
    pace: &dyn Pace,
) -> Result<Option<CleanedSegment>, CleanError> {
    let Some((first, last)) = group.first().zip(group.last()) else { return Ok(None) };
    let view = &round.plan.view;
    let mut target =
        Target::create(&view.dir, first.base_offset(), view.config.index_interval_bytes)?;
    let mut changes = group.len() > 1;
    for segment in group {
        let next = view.segments.get(view.index_of(segment.base_offset()) + 1);
        let end = next.map_or(view.log_end_offset, |next| next.base_offset());
        round.transactions.add(view.aborted_between(segment.base_offset(), end)?);
        let mut filter = Filter {
            map: &round.map,
            transactions: &mut round.transactions,
            last_records,
            upper_bound: round.plan.first_uncleanable,
            now: round.now,
            delete_retention_ms: view.config.delete_retention_ms,
        };
        changes |= copy_segment(segment, &mut filter, &mut target, &mut round.buffer, pace)?;
    }
    let aborted = round.transactions.take_kept();
    if !changes {
        return Ok(None);
    }
    let path = last.path(Kind::Log);
    let modified = last.modified_at().map_err(CleanError::io("read", &path))?;
    target.finish(aborted, modified).map(Some)
}

/// Returns whether anything of it goes or changes.
fn copy_segment(
    segment: &Segment,
    filter: &mut Filter<'_>,
    target: &mut Target,
    buffer: &mut Vec<u8>,
    pace: &dyn Pace,
) -> Result<bool, CleanError> {
    let mut changes = false;
    let mut source = Source::new(segment, 0, buffer)?;
    while let Some((position, piece)) = source.next()? {
        if !pace.go_on(piece.len()) {
            return Err(CleanError::Stopped);
        }
        let mut run = Run { position, piece, range: 0..0, headers: Vec::new() };
        let written = target.size_bytes();
        for batch in checked(segment, (position, piece)) {
            let (at, header, bytes) = batch?;
            let path = || segment.path(Kind::Log);
            let damaged = |source| CleanError::Damaged { path: path(), position: at, source };
            match filter.keep(&header, bytes).map_err(damaged)? {
                Kept::AsItIs => {
                    run.extend(at, bytes.len(), header);
                    continue;
                }
                Kept::Nothing => run.flush(target)?,
                Kept::Instead(batch) => {
                    run.flush(target)?;
                    let header = BatchHeader::decode(&batch).map_err(damaged)?;
                    target.append(&batch, &[header])?;
                }
                Kept::TooLarge => return Err(CleanError::TooLarge { path: path() }),
            }
            changes = true;
        }
        run.flush(target)?;
        if !pace.go_on((target.size_bytes() - written) as usize) {
            return Err(CleanError::Stopped);
        }
    }
    Ok(changes)
}

/// Batches one behind the other that stay as they are: written as one range of bytes.
struct Run<'p> {
    /// Where the piece lies in the segment.
    position: u32,
    piece: &'p [u8],
    range: Range<usize>,
    headers: Vec<BatchHeader>,
}

impl Run<'_> {
    fn extend(&mut self, at: u32, length: usize, header: BatchHeader) {
        let start = (at - self.position) as usize;
        if self.headers.is_empty() {
            self.range.start = start;
        }
        // What lies between was left out, and the run written before.
        debug_assert!(self.headers.is_empty() || self.range.end == start);
        self.range.end = start + length;
        self.headers.push(header);
    }

    fn flush(&mut self, target: &mut Target) -> Result<(), CleanError> {
        if !self.headers.is_empty() {
            target.append(&self.piece[self.range.clone()], &self.headers)?;
            self.headers.clear();
        }
        Ok(())
    }
}
