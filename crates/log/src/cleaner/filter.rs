//! What stays of a batch.

use std::borrow::Cow;

use bytes::Bytes;
use vltava_model::{Offset, Timestamp};
use vltava_records::{
    BatchError, BatchHeader, Compression, HEADER_BYTES, RecordRef, RetainedBatch, limits,
};

use super::offset_map::OffsetMap;
use super::transactions::CleanedTransactions;
use crate::producers::LastRecords;

/// What becomes of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It goes.
    Nothing,
    /// It stays byte for byte.
    AsItIs,
    /// This takes its place.
    Instead(Bytes),
    /// What stays would be larger than a batch can be.
    TooLarge,
}

/// Decides on one batch after the other, in their order.
pub(super) struct Filter<'a> {
    pub(super) map: &'a OffsetMap,
    pub(super) transactions: &'a mut CleanedTransactions,
    pub(super) last_records: &'a LastRecords,
    /// The first offset that the round leaves alone.
    pub(super) upper_bound: Offset,
    pub(super) now: Timestamp,
    pub(super) delete_retention_ms: i64,
}

impl Filter<'_> {
    /// Decides on a batch whose CRC is right.
    pub(super) fn keep(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<Kept, BatchError> {
        let data = record_data(header, bytes)?;
        // A marker may go once nothing is left of its transaction, after the time that tombstones stay, too.
        let is_void = if header.is_control() {
            let record = first_record(header, &data)?;
            self.transactions.on_control_batch(header, record)?
        } else {
            self.transactions.on_batch(header)
        };
        let horizon = header.delete_horizon();
        let is_over = horizon.is_some_and(|horizon| horizon <= self.now);
        let discards = is_void && (!header.is_control() || is_over);
        // The last batch of a round, and those on which the sequence of a producer rests, stay as empty ones.
        let stays_empty =
            self.last_records.rest_on(header) || header.next_offset() == self.upper_bound;
        if discards {
            return Ok(if stays_empty { emptied(header, bytes) } else { Kept::Nothing });
        }
        let choice = self.choose(header, &data)?;
        if choice.count == 0 {
            return Ok(if stays_empty { emptied(header, bytes) } else { Kept::Nothing });
        }
        let is_marker_of_nothing = is_void && header.is_control();
        let sets_horizon = (choice.has_tombstone || is_marker_of_nothing) && horizon.is_none();
        if choice.is_all && !sets_horizon {
            return Ok(Kept::AsItIs);
        }
        let new_horizon = self.now.plus_ms(self.delete_retention_ms);
        let horizon = if sets_horizon { Some(new_horizon) } else { horizon };
        let mut retained = RetainedBatch::of(header, horizon)?;
        for (record, keep) in header.records_in(&data).zip(choice.keep) {
            let record = record?;
            if keep {
                retained.push(&record);
            }
        }
        Ok(retained.build().map_or(Kept::TooLarge, Kept::Instead))
    }

    fn choose(&self, header: &BatchHeader, data: &[u8]) -> Result<Choice, BatchError> {
        let mut choice = Choice { keep: Vec::new(), count: 0, is_all: true, has_tombstone: false };
        for record in header.records_in(data) {
            let record = record?;
            let keep = header.is_control() || self.keeps(header, &record);
            choice.keep.push(keep);
            choice.is_all &= keep;
            choice.count += usize::from(keep);
            choice.has_tombstone |= keep && record.value.is_none();
        }
        Ok(choice)
    }

    fn keeps(&self, header: &BatchHeader, record: &RecordRef<'_>) -> bool {
        if record.offset > self.map.latest() {
            return true;
        }
        let Some(key) = record.key else { return false };
        let is_newest = self.map.get(key).is_none_or(|newest| record.offset >= newest);
        let may_go = header.delete_horizon().is_some_and(|horizon| self.now >= horizon);
        is_newest && (record.value.is_some() || !may_go)
    }
}

/// Which records of a batch stay.
struct Choice {
    keep: Vec<bool>,
    count: usize,
    is_all: bool,
    has_tombstone: bool,
}

fn emptied(header: &BatchHeader, bytes: &[u8]) -> Kept {
    let empty = RetainedBatch::empty(header);
    if *empty == *bytes { Kept::AsItIs } else { Kept::Instead(empty) }
}

/// The bytes of a batch's records, decompressed.
pub(super) fn record_data<'b>(
    header: &BatchHeader,
    bytes: &'b [u8],
) -> Result<Cow<'b, [u8]>, BatchError> {
    let body = &bytes[HEADER_BYTES..];
    match header.compression()? {
        Compression::None => Ok(Cow::Borrowed(body)),
        _ if header.records_count == 0 => Ok(Cow::Borrowed(&[])),
        codec => {
            let most = limits::decompressed_bytes_max(body.len());
            Ok(Cow::Owned(codec.decompress(body, most)?))
        }
    }
}

/// A control batch's record, if it still has one.
pub(super) fn first_record<'d>(
    header: &BatchHeader,
    data: &'d [u8],
) -> Result<Option<RecordRef<'d>>, BatchError> {
    header.records_in(data).next().transpose()
}
