//! The header of a record batch, magic 2.
//!
//! ```text
//!  0  i64  base offset
//!  8  i32  batch length: the bytes that follow this field
//! 12  i32  partition leader epoch
//! 16  i8   magic, 2
//! 17  u32  CRC-32C of the bytes from 21 to the end
//! 21  i16  attributes: bits 0-2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
//! 23  i32  last offset delta
//! 27  i64  base timestamp (the delete horizon, where bit 6 is set)
//! 35  i64  max timestamp
//! 43  i64  producer id
//! 51  i16  producer epoch
//! 53  i32  base sequence
//! 57  i32  records count
//! 61       records, compressed as one piece
//! ```
//! All numbers are big-endian. Base offset and leader epoch stand before the CRC's range on purpose: a broker
//! assigns both without computing it again.

mod fields;

use crate::crc::crc32c;
use crate::error::BatchError;

/// The size of a batch's header, and of an empty batch.
pub const HEADER_BYTES: usize = 61;

/// Base offset and batch length: what stands before the bytes that the length counts.
pub(crate) const LOG_OVERHEAD: usize = 12;
/// Where the CRC stands.
pub(crate) const CRC_AT: usize = 17;
/// Where the CRC's range begins.
pub(crate) const CRC_FROM: usize = 21;

/// Whose clock a batch's timestamps are from: `message.timestamp.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// The producer's: every record has its own.
    #[default]
    CreateTime,
    /// The broker's: every record has the batch's max timestamp.
    LogAppendTime,
}

/// A decoded copy of a batch's first 61 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// The offset of the first record (of the first record ever, once the batch has been compacted).
    pub base_offset: i64,
    /// The bytes that follow this field: the batch's size less 12.
    pub batch_length: i32,
    /// The epoch of the leader that appended the batch; -1 from a producer.
    pub partition_leader_epoch: i32,
    /// CRC-32C of everything from the attributes on, as it stands in the bytes.
    pub crc: u32,
    /// The attribute bits; there are methods for each.
    pub attributes: i16,
    /// The last record's offset less the base offset.
    pub last_offset_delta: i32,
    /// What the records' timestamps count from, in ms; the delete horizon where that attribute is set.
    pub base_timestamp: i64,
    /// The latest timestamp, in ms; the append time where the attributes say so.
    pub max_timestamp: i64,
    /// The idempotent producer, or -1.
    pub producer_id: i64,
    /// Its epoch, or -1.
    pub producer_epoch: i16,
    /// The sequence number of the first record, or -1.
    pub base_sequence: i32,
    /// How many records there are.
    pub records_count: i32,
}

impl BatchHeader {
    /// Decodes the header at the start of `bytes`, which may be cut off anywhere behind it.
    ///
    /// Fails if there are fewer than 61 bytes, if the magic is not 2, or if the length is too small for a header.
    /// Neither the CRC nor any other field is checked.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
        let Some(raw) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Err(BatchHeader::too_short(bytes));
        };
        let header = BatchHeader::from_raw(raw);
        check_magic(raw[16])?;
        if header.batch_length < MIN_BATCH_LENGTH {
            return Err(BatchError::LengthTooSmall { batch_length: header.batch_length });
        }
        Ok(header)
    }

    /// Decodes without checking anything.
    #[inline]
    pub(crate) fn from_raw(raw: &[u8; HEADER_BYTES]) -> BatchHeader {
        BatchHeader {
            base_offset: i64::from_be_bytes(field(raw, 0)),
            batch_length: i32::from_be_bytes(field(raw, 8)),
            partition_leader_epoch: i32::from_be_bytes(field(raw, 12)),
            crc: u32::from_be_bytes(field(raw, 17)),
            attributes: i16::from_be_bytes(field(raw, 21)),
            last_offset_delta: i32::from_be_bytes(field(raw, 23)),
            base_timestamp: i64::from_be_bytes(field(raw, 27)),
            max_timestamp: i64::from_be_bytes(field(raw, 35)),
            producer_id: i64::from_be_bytes(field(raw, 43)),
            producer_epoch: i16::from_be_bytes(field(raw, 51)),
            base_sequence: i32::from_be_bytes(field(raw, 53)),
            records_count: i32::from_be_bytes(field(raw, 57)),
        }
    }

    /// The header's 61 bytes, with the CRC as it stands in `self`.
    #[inline]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut raw = [0; HEADER_BYTES];
        raw[0..8].copy_from_slice(&self.base_offset.to_be_bytes());
        raw[8..12].copy_from_slice(&self.batch_length.to_be_bytes());
        raw[12..16].copy_from_slice(&self.partition_leader_epoch.to_be_bytes());
        raw[16] = 2;
        raw[17..21].copy_from_slice(&self.crc.to_be_bytes());
        raw[21..23].copy_from_slice(&self.attributes.to_be_bytes());
        raw[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        raw[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        raw[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        raw[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        raw[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        raw[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        raw[57..61].copy_from_slice(&self.records_count.to_be_bytes());
        raw
    }

    /// Checks the CRC of a whole batch, `batch`, of which `self` is the header.
    pub fn check_crc(&self, batch: &[u8]) -> Result<(), BatchError> {
        let computed = crc32c(batch.get(CRC_FROM..).unwrap_or_default());
        if computed == self.crc {
            Ok(())
        } else {
            Err(BatchError::BadCrc { stored: self.crc, computed })
        }
    }

    /// Why fewer than 61 bytes hold no header: cut off, unless what is there is wrong already.
    #[cold]
    fn too_short(bytes: &[u8]) -> BatchError {
        let length = bytes.get(8..LOG_OVERHEAD).and_then(|length| length.first_chunk());
        let magic = bytes.get(16).copied();
        let length_min = if magic == Some(2) { MIN_BATCH_LENGTH } else { MIN_LEGACY_LENGTH };
        match (length.map(|length| i32::from_be_bytes(*length)), magic.map(check_magic)) {
            (_, Some(Err(error))) => error,
            (Some(batch_length), _) if batch_length < length_min => {
                BatchError::LengthTooSmall { batch_length }
            }
            _ => BatchError::Incomplete { needed: HEADER_BYTES, available: bytes.len() },
        }
    }
}

/// The length field of a batch without record bytes.
const MIN_BATCH_LENGTH: i32 = 49;
/// The smallest length field of any message format: a magic 0 message without key and value.
const MIN_LEGACY_LENGTH: i32 = 14;

#[inline]
fn field<const N: usize>(raw: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    *raw[at..].first_chunk().expect("every field lies inside the header")
}

#[inline]
fn check_magic(magic: u8) -> Result<(), BatchError> {
    match magic {
        2 => Ok(()),
        0 | 1 => Err(BatchError::OldMagic(magic)),
        _ => Err(BatchError::UnknownMagic(magic)),
    }
}
