//! What a leader checks before it appends: Kafka's `ProduceRequest.validateRecords`,
//! `UnifiedLog.analyzeAndValidateRecords` and `LogValidator` in one.
//!
//! Differs from Kafka, which
//! - cuts off bytes behind a request's batch: here they are refused, see [`Batch::single`];
//! - takes any offset delta in an uncompressed batch, and rewrites a compressed one: here deltas must count up;
//! - takes a transactional batch without producer id, and a producer id without epoch;
//! - decompresses without limit.

use std::ops::RangeInclusive;

use vltava_model::Timestamp;

use crate::batch::Batch;
use crate::compression::Compression;
use crate::error::{BatchError, RecordFault, RecordRule};
use crate::header::{BatchHeader, TimestampType};
use crate::iter::Base;
use crate::limits::RECORD_FAULTS_MAX;
use crate::record::RawRecord;
use crate::source::{Source, Stream};
use crate::varint::Reader;

/// What Kafka calls "no timestamp".
const NO_TIMESTAMP: i64 = -1;

/// How far [`Batch::validate`] looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The header and the CRC; of the timestamps only the header's latest, and every record if that is out of bounds. Rules
    /// about keys need every record.
    Header,
    /// Every record as well, decompressed if need be: what Kafka does.
    #[default]
    Records,
}

/// The rules that a batch must keep, most of them the topic's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `max.message.bytes`: the largest size of a whole batch.
    pub batch_bytes_max: usize,
    /// How far to look.
    pub depth: Depth,
    /// Whether the batch comes from a client, which may not write control records or choose offsets.
    pub from_client: bool,
    /// Whether Zstandard is allowed: Produce 7 and later.
    pub zstd_allowed: bool,
    /// Whether every record needs a key: `cleanup.policy` has `compact`.
    pub key_required: bool,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// The timestamps that are allowed with CreateTime: see [`Limits::timestamps_around`].
    pub timestamps: RangeInclusive<i64>,
}

impl Default for Limits {
    /// A client's batch, and a topic with Kafka's defaults but for the timestamps, which may be any.
    fn default() -> Limits {
        Limits {
            batch_bytes_max: 1_048_588,
            depth: Depth::Records,
            from_client: true,
            zstd_allowed: true,
            key_required: false,
            timestamp_type: TimestampType::CreateTime,
            timestamps: i64::MIN..=i64::MAX,
        }
    }
}

impl Limits {
    /// From `now` less `message.timestamp.before.max.ms` to `now` plus `message.timestamp.after.max.ms`.
    pub fn timestamps_around(
        now: Timestamp,
        before_max_ms: i64,
        after_max_ms: i64,
    ) -> RangeInclusive<i64> {
        now.0.saturating_sub(before_max_ms)..=now.0.saturating_add(after_max_ms)
    }

    /// The rule that a record breaks. Kafka names a missing key before a bad timestamp.
    #[inline]
    fn broken_by(
        &self,
        record: &RawRecord<'_>,
        timestamp: i64,
        sent_as: TimestampType,
    ) -> Option<RecordRule> {
        if self.key_required && record.key.is_none() {
            return Some(RecordRule::MissingKey);
        }
        if self.allows(timestamp, sent_as) {
            return None;
        }
        Some(match self.timestamp_counts(timestamp) {
            true => RecordRule::TimestampOutOfRange { timestamp, allowed: self.timestamps.clone() },
            false => RecordRule::LogAppendTimeFromClient {
                timestamp,
                key_bytes: record.key.map_or(0, <[u8]>::len),
                value_bytes: record.value.map_or(0, <[u8]>::len),
            },
        })
    }

    /// Whether a timestamp is the record's own and says something.
    #[inline]
    fn timestamp_counts(&self, timestamp: i64) -> bool {
        timestamp != NO_TIMESTAMP && self.timestamp_type == TimestampType::CreateTime
    }

    /// Where timestamps are the producer's, they must lie in the range; elsewhere it must not call them the broker's.
    #[inline]
    fn allows(&self, timestamp: i64, sent_as: TimestampType) -> bool {
        if self.timestamp_counts(timestamp) {
            self.timestamps.contains(&timestamp)
        } else {
            !self.from_client || sent_as == TimestampType::CreateTime
        }
    }
}

/// Validation.
impl Batch {
    /// Checks the batch as Kafka checks what a producer sends, and sets the header's `max_timestamp` to the
    /// true one, as Kafka does: [`Batch::stamp`] writes that.
    pub fn validate(&mut self, limits: &Limits) -> Result<(), BatchError> {
        self.check_whole(limits)?;
        if !self.is_looked_into(limits) {
            return Ok(());
        }
        self.header.max_timestamp = self.check_records(limits, |_, _| Ok(()))?;
        Ok(())
    }

    /// Whether [`Batch::validate`] looks at the records: compressed ones may unfold to a lot.
    pub fn is_looked_into(&self, limits: &Limits) -> bool {
        let (latest, sent_as) = (self.header.max_timestamp, self.header.timestamp_type());
        // If it is not allowed, it takes the records to say which of them are at fault.
        limits.depth == Depth::Records || limits.key_required || !limits.allows(latest, sent_as)
    }

    /// Checks all but the records.
    pub(crate) fn check_whole(&self, limits: &Limits) -> Result<(), BatchError> {
        let compression = self.header.compression()?;
        if compression == Compression::Zstd && !limits.zstd_allowed {
            return Err(BatchError::ZstdNotAllowed);
        }
        if limits.from_client && self.header.base_offset != 0 {
            return Err(BatchError::BadBaseOffset { base_offset: self.header.base_offset });
        }
        self.check_size(limits)?;
        self.check_crc()?;
        if limits.from_client {
            check_client_header(&self.header)?;
        }
        Ok(())
    }

    pub(crate) fn check_size(&self, limits: &Limits) -> Result<(), BatchError> {
        let (size_bytes, max) = (self.bytes.len(), limits.batch_bytes_max);
        if size_bytes > max { Err(BatchError::TooLarge { size_bytes, max }) } else { Ok(()) }
    }

    /// Checks every record, and that there is nothing else. Tells `each` about a record and its timestamp while no record
    /// has broken a rule. Returns the latest timestamp.
    #[inline]
    pub(crate) fn check_records(
        &self,
        limits: &Limits,
        each: impl FnMut(&RawRecord<'_>, i64) -> Result<(), BatchError>,
    ) -> Result<i64, BatchError> {
        let body = self.body();
        match Stream::new(&self.header, &body)? {
            None => check_records(&mut Reader::new(&body), &self.header, limits, each),
            Some(mut stream) => check_records(&mut stream, &self.header, limits, each),
        }
    }
}

fn check_client_header(header: &BatchHeader) -> Result<(), BatchError> {
    let &BatchHeader { last_offset_delta, records_count, .. } = header;
    if records_count <= 0 {
        return Err(BatchError::BadCount { records_count });
    }
    if last_offset_delta != records_count - 1 {
        return Err(BatchError::InconsistentCount { last_offset_delta, records_count });
    }
    if header.is_control() {
        return Err(BatchError::ControlFromClient);
    }
    if header.is_transactional() && !header.has_producer_id() {
        return Err(BatchError::TransactionalWithoutProducer);
    }
    let &BatchHeader { producer_id, producer_epoch, base_sequence, .. } = header;
    if header.has_producer_id() && (base_sequence < 0 || producer_epoch < 0) {
        return Err(BatchError::BadSequence { producer_id, producer_epoch, base_sequence });
    }
    Ok(())
}

/// See [`Batch::check_records`].
fn check_records(
    source: &mut impl Source,
    header: &BatchHeader,
    limits: &Limits,
    mut each: impl FnMut(&RawRecord<'_>, i64) -> Result<(), BatchError>,
) -> Result<i64, BatchError> {
    let (base, sent_as) = (Base::of(header), header.timestamp_type());
    let mut faults = Vec::new();
    let mut max_timestamp = NO_TIMESTAMP;
    let mut offset_delta_min = 0;
    for index in 0..header.records_count {
        let body = source.next_body(index)?;
        let record = RawRecord::decode(body)
            .map_err(|reason| BatchError::MalformedRecord { index, reason })?;
        let offset_delta = record.offset_delta;
        // A client's count is one more than the last delta, so that there deltas end up without gaps.
        if offset_delta < offset_delta_min || offset_delta > header.last_offset_delta {
            return Err(BatchError::BadOffsetDelta { index, offset_delta });
        }
        offset_delta_min = offset_delta.saturating_add(1);
        let timestamp = base.timestamp(&record).0;
        max_timestamp = max_timestamp.max(timestamp);
        match limits.broken_by(&record, timestamp, sent_as) {
            None if faults.is_empty() => each(&record, timestamp)?,
            Some(rule) if faults.len() < RECORD_FAULTS_MAX => {
                faults.push(RecordFault { index, rule });
            }
            _ => {}
        }
    }
    if !source.is_at_end()? {
        return Err(BatchError::BytesAfterRecords);
    }
    if faults.is_empty() { Ok(max_timestamp) } else { Err(BatchError::InvalidRecords(faults)) }
}
