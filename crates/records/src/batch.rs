//! One batch: its bytes and its header.

use bytes::Bytes;
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use crate::error::BatchError;
use crate::header::{BatchHeader, HEADER_BYTES, TimestampType};
use crate::record::RecordIter;
use crate::stamped::StampedBatch;
use crate::validate::{self, Limits};

/// A whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The decoded header. [`Batch::validate`] may set its `max_timestamp`; the bytes keep what was sent.
    pub header: BatchHeader,
    /// The whole batch, header included, and nothing behind it.
    pub bytes: Bytes,
}

impl Batch {
    /// Takes the first batch of `bytes` off their front. Nothing but magic and length is checked.
    #[inline]
    pub fn split_from(bytes: &mut Bytes) -> Result<Batch, BatchError> {
        let header = BatchHeader::decode(bytes)?;
        let needed = header.size_bytes();
        if bytes.len() < needed {
            return Err(BatchError::Incomplete { needed, available: bytes.len() });
        }
        Ok(Batch { header, bytes: bytes.split_to(needed) })
    }

    /// The bytes behind the header: the records, compressed as the header says.
    #[inline]
    pub fn body(&self) -> Bytes {
        self.bytes.slice(HEADER_BYTES..)
    }

    /// Checks the CRC.
    pub fn check_crc(&self) -> Result<(), BatchError> {
        self.header.check_crc(&self.bytes)
    }

    /// Checks the batch as Kafka checks what a producer sends, and sets the header's `max_timestamp` to the
    /// true one, as Kafka does.
    pub fn validate(&mut self, limits: &Limits) -> Result<(), BatchError> {
        validate::validate(self, limits)
    }

    /// The records, decompressed when first asked for.
    pub fn records(&self) -> Result<RecordIter, BatchError> {
        RecordIter::new(self)
    }

    /// Places the batch in a log: what the leader writes.
    ///
    /// With a `log_append_time` every record takes that timestamp (`message.timestamp.type=LogAppendTime`);
    /// without one the batch is marked as CreateTime. The CRC is computed again only if this, or the
    /// `max_timestamp` that [`Batch::validate`] found, changes what the producer sent.
    #[inline]
    pub fn stamp(
        &self,
        base_offset: Offset,
        leader_epoch: LeaderEpoch,
        log_append_time: Option<Timestamp>,
    ) -> StampedBatch {
        let mut header = self.header;
        header.base_offset = base_offset.0;
        header.partition_leader_epoch = leader_epoch.0;
        match log_append_time {
            Some(now) => {
                header.max_timestamp = now.0;
                header.set_timestamp_type(TimestampType::LogAppendTime);
            }
            None => header.set_timestamp_type(TimestampType::CreateTime),
        }
        StampedBatch::new(header, self.body())
    }
}
