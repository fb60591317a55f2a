//! Appending, and when a new segment begins.

use std::sync::Arc;

use tracing::{debug, warn};
use vltava_model::{Offset, Timestamp};
use vltava_records::StampedBatch;

use super::Log;
use crate::errors::WriteError;
use crate::names::Kind;
use crate::producers::CompletedTransaction;
use crate::segment::Segment;

/// What an append brings.
struct Extent {
    bytes: u64,
    last_offset: Offset,
    max_timestamp: Timestamp,
}

impl Log {
    /// Appends batches whose offsets follow on from `log_end_offset()`, in one write: all of them or, on an error, none.
    /// Closes the active segment first if it is full or old enough. The batches keep their order, and are taken as
    /// checked: neither CRC nor sequence is looked at. Returns the transactions that end with them.
    pub fn append(
        &mut self,
        batches: &[StampedBatch],
        now: Timestamp,
    ) -> Result<Vec<CompletedTransaction>, WriteError> {
        let Some(extent) = self.check_extent(batches)? else { return Ok(Vec::new()) };
        self.make()?;
        if self.must_roll(&extent, now)? {
            self.roll(now)?;
        }
        let mut at = self.end_position();
        self.active().append(batches, self.config.index_interval_bytes)?;
        let mut completed = Vec::new();
        for batch in batches {
            let header = batch.header();
            self.epochs.assign(header.leader_epoch(), header.first_offset());
            at.offset = header.first_offset();
            completed.extend(self.note_producer(batch, &header, at));
            at.position += u32::try_from(batch.len()).expect("the segment has taken it");
        }
        self.log_end_offset = extent.last_offset.next();
        self.producers_end = self.log_end_offset;
        Ok(completed)
    }

    fn check_extent(&self, batches: &[StampedBatch]) -> Result<Option<Extent>, WriteError> {
        let mut expected = self.log_end_offset;
        let mut bytes = 0;
        let mut max_timestamp = Timestamp::NONE;
        for batch in batches {
            let header = batch.header();
            if header.first_offset() != expected || header.last_offset() < expected {
                return Err(WriteError::NotContiguous { expected, found: header.first_offset() });
            }
            expected = header.last_offset().next();
            bytes += batch.len() as u64;
            max_timestamp = max_timestamp.max(header.max_timestamp());
        }
        let offsets = expected.distance_from(self.log_end_offset);
        if offsets > i64::from(i32::MAX) || bytes > u64::from(i32::MAX.unsigned_abs()) {
            return Err(WriteError::TooLarge { bytes, offsets });
        }
        let last_offset = Offset(expected.0 - 1);
        Ok((offsets > 0).then_some(Extent { bytes, last_offset, max_timestamp }))
    }

    /// Whether what comes must go to a new segment: by size, by age, because an index is full or cannot hold the offset.
    fn must_roll(&self, extent: &Extent, now: Timestamp) -> Result<bool, WriteError> {
        let active = self.active();
        let size = active.size_bytes();
        if size == 0 {
            return Ok(false);
        }
        let full = u64::from(size) + extent.bytes > u64::from(self.config.segment_bytes);
        if full || !active.can_hold(extent.last_offset) {
            return Ok(true);
        }
        let read = |error| WriteError::io("read", &active.path(Kind::Log))(error);
        let age = self.age_ms(extent.max_timestamp, now).map_err(read)?;
        Ok(age > self.segment_ms()
            || active.is_index_full(self.config.segment_index_bytes).map_err(read)?)
    }

    /// How much younger than the active segment's first batch something of `timestamp` is; by the clock, and from when
    /// the segment was made or opened, if that batch has no timestamp, or one in the future.
    fn age_ms(&self, timestamp: Timestamp, now: Timestamp) -> std::io::Result<i64> {
        Ok(match self.active().first_timestamp()? {
            Some(first) if first >= Timestamp(0) && first <= now.max(timestamp) => {
                timestamp.0.saturating_sub(first.0)
            }
            _ => now.0.saturating_sub(self.active_since.0),
        })
    }

    /// `segment.ms`, or `max.compaction.lag.ms` if that is less, less this segment's share of `segment.jitter.ms`, which
    /// keeps partitions that were made together from closing their segments together. The share comes from the segment's
    /// name and not from chance, so that it is the same when the log is opened again.
    fn segment_ms(&self) -> i64 {
        let mut segment_ms = self.config.segment_ms;
        if self.config.compact_enabled && self.config.max_compaction_lag_ms > 0 {
            // What lies in the active segment cannot be cleaned.
            segment_ms = segment_ms.min(self.config.max_compaction_lag_ms);
        }
        let most = self.config.segment_jitter_ms.min(segment_ms);
        if most <= 0 {
            return segment_ms;
        }
        let name = self.active().path(Kind::Log);
        let hash =
            name.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let share = hash % most.unsigned_abs();
        segment_ms - i64::try_from(share).expect("it is below the jitter")
    }

    /// Closes the active segment and begins a new one, unless it is empty.
    pub fn roll(&mut self, now: Timestamp) -> Result<(), WriteError> {
        let closed = Arc::clone(self.active());
        if closed.size_bytes() == 0 {
            return Ok(());
        }
        self.add_segment(self.log_end_offset, now)?;
        // From here on nothing may fail: indexes and snapshot are written with the next flush, or made anew.
        if let Err(error) = closed.write_indexes(true).and_then(|()| closed.trim()) {
            let segment = closed.path(Kind::Log);
            warn!(segment = %segment.display(), %error, "cannot write the closed segment's indexes yet");
        }
        if let Err(error) = self.take_snapshot() {
            warn!(dir = %self.dir.display(), %error, "cannot write the producer snapshot");
        }
        debug!(dir = %self.dir.display(), base_offset = self.log_end_offset.0, "new segment");
        Ok(())
    }

    /// Closes the active segment if `segment.ms` of wall-clock time have passed since its first batch. Kafka does this
    /// only when the next batch comes, so calling it is optional.
    pub fn roll_if_due(&mut self, now: Timestamp) -> Result<(), WriteError> {
        let age = self
            .age_ms(now, now)
            .map_err(|error| WriteError::io("read", &self.active().path(Kind::Log))(error))?;
        if age > self.segment_ms() { self.roll(now) } else { Ok(()) }
    }

    /// Adds an empty segment, from now on the active one.
    pub(super) fn add_segment(&mut self, base: Offset, now: Timestamp) -> Result<(), WriteError> {
        self.make()?;
        let preallocate = self.config.preallocate.then_some(self.config.segment_bytes);
        let segment = Segment::create(&self.dir, base, preallocate).map_err(|error| {
            WriteError::io("make", &crate::names::path(&self.dir, base, Kind::Log))(error)
        })?;
        self.segments.push(Arc::new(segment));
        self.active_since = now;
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(())
    }
}
