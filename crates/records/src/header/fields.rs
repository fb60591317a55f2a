//! What the fields of a header mean.

use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::{BatchHeader, LOG_OVERHEAD, TimestampType};
use crate::compression::Compression;
use crate::error::BatchError;

const COMPRESSION_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;
const DELETE_HORIZON: i16 = 0x40;

/// What the fields mean.
impl BatchHeader {
    /// The size of the whole batch in bytes, header included.
    #[inline]
    pub fn size_bytes(&self) -> usize {
        usize::try_from(self.batch_length).unwrap_or(0) + LOG_OVERHEAD
    }

    /// The first record's offset.
    #[inline]
    pub fn first_offset(&self) -> Offset {
        Offset(self.base_offset)
    }

    /// The last record's offset.
    #[inline]
    pub fn last_offset(&self) -> Offset {
        Offset(self.base_offset.wrapping_add(i64::from(self.last_offset_delta)))
    }

    /// The offset that follows the batch.
    #[inline]
    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.wrapping_add(1))
    }

    /// The epoch of the leader that appended the batch.
    #[inline]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        LeaderEpoch(self.partition_leader_epoch)
    }

    /// The producer; [`ProducerId::NONE`] if it is not idempotent.
    #[inline]
    pub fn producer_id(&self) -> ProducerId {
        ProducerId(self.producer_id)
    }

    /// The producer's epoch.
    #[inline]
    pub fn producer_epoch(&self) -> ProducerEpoch {
        ProducerEpoch(self.producer_epoch)
    }

    /// Whether an idempotent or transactional producer wrote the batch.
    #[inline]
    pub fn has_producer_id(&self) -> bool {
        self.producer_id > -1
    }

    /// The sequence number of the first record; -1 without a producer id.
    #[inline]
    pub fn base_sequence(&self) -> Sequence {
        Sequence(self.base_sequence)
    }

    /// The sequence number of the last record, wrapped past 2³¹−1; -1 if the first is.
    #[inline]
    pub fn last_sequence(&self) -> Sequence {
        if self.base_sequence < 0 {
            return Sequence(-1);
        }
        Sequence(self.base_sequence).plus(self.last_offset_delta.max(0))
    }

    /// The latest timestamp.
    #[inline]
    pub fn max_timestamp(&self) -> Timestamp {
        Timestamp(self.max_timestamp)
    }

    /// The codec; fails if the attributes name none that is known.
    #[inline]
    pub fn compression(&self) -> Result<Compression, BatchError> {
        Compression::from_id(self.attributes & COMPRESSION_MASK)
            .ok_or(BatchError::UnknownCompression(self.attributes & COMPRESSION_MASK))
    }

    /// Whose clock the timestamps are from.
    #[inline]
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes & LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Whether the batch belongs to a transaction.
    #[inline]
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the batch holds a control record, which consumers do not see.
    #[inline]
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// When tombstones and markers in the batch may go (KIP-534), if the log cleaner has set it.
    #[inline]
    pub fn delete_horizon(&self) -> Option<Timestamp> {
        (self.attributes & DELETE_HORIZON != 0).then_some(Timestamp(self.base_timestamp))
    }

    pub(crate) fn set_compression(&mut self, compression: Compression) {
        self.attributes = (self.attributes & !COMPRESSION_MASK) | compression.id();
    }

    pub(crate) fn set_timestamp_type(&mut self, timestamp_type: TimestampType) {
        match timestamp_type {
            TimestampType::CreateTime => self.attributes &= !LOG_APPEND_TIME,
            TimestampType::LogAppendTime => self.attributes |= LOG_APPEND_TIME,
        }
    }

    /// Takes the attribute, and the base timestamp where there is a horizon.
    pub(crate) fn set_delete_horizon(&mut self, horizon: Option<Timestamp>) {
        match horizon {
            None => self.attributes &= !DELETE_HORIZON,
            Some(horizon) => {
                self.attributes |= DELETE_HORIZON;
                self.base_timestamp = horizon.0;
            }
        }
    }

    pub(crate) fn set_transactional(&mut self) {
        self.attributes |= TRANSACTIONAL;
    }

    pub(crate) fn set_control(&mut self) {
        self.attributes |= CONTROL;
    }
}
