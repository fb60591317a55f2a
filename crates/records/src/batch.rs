//! One batch: its bytes and its header.

use bytes::Bytes;
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use crate::crc::{crc32c, crc32c_of_parts};
use crate::error::BatchError;
use crate::header::{BatchHeader, CRC_AT, CRC_FROM, HEADER_BYTES, LOG_OVERHEAD, TimestampType};
use crate::stamped::StampedBatch;

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

    /// Takes what a produce request holds for one partition: exactly one batch (magic 2 allows no more).
    pub fn single(mut bytes: Bytes) -> Result<Batch, BatchError> {
        if bytes.is_empty() {
            return Err(BatchError::NoBatch);
        }
        let batch = Batch::split_from(&mut bytes)?;
        if bytes.is_empty() {
            Ok(batch)
        } else {
            Err(BatchError::MoreThanOne { extra_bytes: bytes.len() })
        }
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
        let mut raw = header.encode();
        if raw[CRC_FROM..] != self.bytes[CRC_FROM..HEADER_BYTES] {
            let crc = crc32c_of_parts(&raw[CRC_FROM..], &self.bytes[HEADER_BYTES..]);
            raw[CRC_AT..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
        }
        StampedBatch::new(raw, self.body())
    }
}

impl BatchHeader {
    /// Writes the header, with length and CRC set, to the front of `bytes`, in which records follow.
    ///
    /// # Panics
    /// Past 2 GiB.
    pub(crate) fn seal(mut self, mut bytes: Vec<u8>) -> Batch {
        let length = i32::try_from(bytes.len() - LOG_OVERHEAD);
        self.batch_length = length.expect("a batch stays below 2 GiB");
        bytes[..HEADER_BYTES].copy_from_slice(&self.encode());
        self.crc = crc32c(&bytes[CRC_FROM..]);
        bytes[CRC_AT..CRC_FROM].copy_from_slice(&self.crc.to_be_bytes());
        Batch { header: self, bytes: bytes.into() }
    }
}
