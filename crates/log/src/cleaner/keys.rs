//! The first pass: the newest offset of each key in the dirty part.

use vltava_model::Offset;
use vltava_records::{BatchError, BatchHeader};

use super::CleanerSettings;
use super::error::CleanError;
use super::filter::{first_record, record_data};
use super::offset_map::{OffsetMap, SLOT_BYTES};
use super::pace::Pace;
use super::plan::ToClean;
use super::source::{Source, checked};
use super::transactions::CleanedTransactions;
use crate::names::Kind;
use crate::segment::Segment;

/// Reads the dirty part into a map, until the map is full.
pub(super) fn read(
    plan: &ToClean,
    settings: CleanerSettings,
    buffer: &mut Vec<u8>,
    pace: &dyn Pace,
) -> Result<OffsetMap, CleanError> {
    let mut keys = Keys {
        map: sized(plan, settings),
        transactions: CleanedTransactions::default(),
        start: plan.first_dirty,
    };
    keys.map.set_latest(Offset(plan.first_dirty.0 - 1));
    let dirty = plan.dirty();
    if !dirty.is_empty() {
        let aborted = plan.view.aborted_between(plan.first_dirty, plan.first_uncleanable)?;
        keys.transactions.add(aborted);
    }
    for (index, segment) in dirty.iter().enumerate() {
        let next = dirty.get(index + 1).map_or(plan.first_uncleanable, |next| next.base_offset());
        if !keys.read_segment(segment, buffer, pace)? {
            break;
        }
        // Where offsets are missing at the end, there is nothing to be known about them.
        keys.map.set_latest(Offset(next.0 - 1));
    }
    Ok(keys.map)
}

/// As large as the broker allows, or as the dirty part can need.
fn sized(plan: &ToClean, settings: CleanerSettings) -> OffsetMap {
    let slots = usize::try_from(settings.dedupe_buffer_bytes / SLOT_BYTES).unwrap_or(usize::MAX);
    let used_max = part(slots, settings.load_factor);
    let offsets = plan.first_uncleanable.distance_from(plan.first_dirty).max(0);
    let needed = usize::try_from(offsets).unwrap_or(usize::MAX);
    if needed >= used_max {
        return OffsetMap::new(slots, used_max);
    }
    // Never full, with a quarter of the slots free.
    OffsetMap::new(needed.saturating_add(needed / 3 + 2), needed + 1)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a number that is in memory"
)]
fn part(of: usize, factor: f64) -> usize {
    (of as f64 * factor.clamp(0.0, 1.0)) as usize
}

struct Keys {
    map: OffsetMap,
    transactions: CleanedTransactions,
    start: Offset,
}

impl Keys {
    /// False if the map is full.
    fn read_segment(
        &mut self,
        segment: &Segment,
        buffer: &mut Vec<u8>,
        pace: &dyn Pace,
    ) -> Result<bool, CleanError> {
        let path = segment.path(Kind::Log);
        let found = segment.find(self.start, segment.size_bytes());
        let found = found.map_err(CleanError::io("read", &path))?;
        let Some(first) = found else { return Ok(true) };
        let mut source = Source::new(segment, first.position, buffer)?;
        while let Some(piece) = source.next()? {
            if !pace.go_on(piece.1.len()) {
                return Err(CleanError::Stopped);
            }
            for batch in checked(segment, piece) {
                let (position, header, bytes) = batch?;
                let room = self.read_batch(&header, bytes);
                let damaged = |source| CleanError::Damaged { path: path.clone(), position, source };
                if !room.map_err(damaged)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn read_batch(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<bool, BatchError> {
        let data = record_data(header, bytes)?;
        if header.is_control() {
            let record = first_record(header, &data)?;
            self.transactions.on_control_batch(header, record)?;
        } else if !self.transactions.on_batch(header) {
            for record in header.records_in(&data) {
                let record = record?;
                let Some(key) = record.key.filter(|_| record.offset >= self.start) else {
                    continue;
                };
                if !self.map.put(key, record.offset) {
                    return Ok(false);
                }
            }
        }
        if header.last_offset() >= self.start {
            self.map.set_latest(header.last_offset());
        }
        Ok(true)
    }
}
