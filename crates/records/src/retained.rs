//! What the log cleaner leaves of a batch: some of its records in a batch of the same place and producer, or no record.
//!
//! Offsets, sequence numbers, leader epoch and last offset stay as they were, so that a producer's sequence and the
//! log's end survive. The delete horizon (KIP-534) stands in the place of the base timestamp.

use bytes::Bytes;
use vltava_model::Timestamp;

use crate::compression::Compression;
use crate::error::BatchError;
use crate::header::{BatchHeader, HEADER_BYTES, LOG_OVERHEAD, TimestampType};
use crate::record::RecordRef;
use crate::varint;

/// A batch that is made of some of another's records.
#[derive(Debug, Clone)]
pub struct RetainedBatch {
    header: BatchHeader,
    compression: Compression,
    first_offset: i64,
    /// Room for the header, then the records as they are pushed.
    bytes: Vec<u8>,
}

impl RetainedBatch {
    /// Begins with none of the records of the batch with this header. `delete_horizon` is when tombstones and
    /// transaction markers among the records may go. Fails if the batch's codec is not known.
    pub fn of(
        header: &BatchHeader,
        delete_horizon: Option<Timestamp>,
    ) -> Result<RetainedBatch, BatchError> {
        let compression = header.compression()?;
        let first_offset = header.base_offset;
        let mut header = *header;
        header.records_count = 0;
        header.set_delete_horizon(delete_horizon);
        if header.timestamp_type() == TimestampType::CreateTime {
            header.max_timestamp = -1;
        }
        Ok(RetainedBatch { header, compression, first_offset, bytes: vec![0; HEADER_BYTES] })
    }

    /// Keeps one of the records. They come in their order.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        if self.header.records_count == 0 && self.header.delete_horizon().is_none() {
            self.header.base_timestamp = record.timestamp.0;
        }
        let timestamp_delta = record.timestamp.0.wrapping_sub(self.header.base_timestamp);
        let offset_delta = offset_delta(record.offset.0.wrapping_sub(self.first_offset));
        let (headers, header_bytes) = record.headers.raw();
        let headers = i32::try_from(headers).unwrap_or(i32::MAX);
        let body = 1
            + varint::size_i64(timestamp_delta)
            + varint::size_i32(offset_delta)
            + sized(record.key)
            + sized(record.value)
            + varint::size_i32(headers)
            + header_bytes.len();
        let out = &mut self.bytes;
        out.reserve(body + varint::size_i32(i32::MAX));
        varint::put_i32(out, length(body));
        out.push(0);
        varint::put_i64(out, timestamp_delta);
        varint::put_i32(out, offset_delta);
        put_sized(out, record.key);
        put_sized(out, record.value);
        varint::put_i32(out, headers);
        out.extend_from_slice(header_bytes);
        self.header.max_timestamp = self.header.max_timestamp.max(record.timestamp.0);
        self.header.records_count = self.header.records_count.saturating_add(1);
    }

    /// Closes the batch, compressed with the codec that the original has, at its default level. `None` if it is larger
    /// than a batch can be.
    pub fn build(self) -> Option<Bytes> {
        let bytes = match self.compression {
            Compression::None => self.bytes,
            codec => {
                let mut bytes = vec![0; HEADER_BYTES];
                codec.compress(None, &self.bytes[HEADER_BYTES..], &mut bytes);
                bytes
            }
        };
        i32::try_from(bytes.len() - LOG_OVERHEAD).ok()?;
        Some(self.header.seal(bytes).bytes)
    }

    /// A batch of no records, which says that the batch with this header was there: the last offset and the producer's
    /// last sequence.
    pub fn empty(header: &BatchHeader) -> Bytes {
        let mut header = *header;
        header.records_count = 0;
        header.set_compression(Compression::None);
        header.set_delete_horizon(None);
        header.base_timestamp = -1;
        header.seal(vec![0; HEADER_BYTES]).bytes
    }
}

/// Of a record that lies in the batch: it came from 32 bits.
fn offset_delta(delta: i64) -> i32 {
    i32::try_from(delta).unwrap_or(i32::MAX)
}

/// A length as the format has it.
fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("a record is a part of a batch below 2 GiB")
}

fn sized(field: Option<&[u8]>) -> usize {
    field.map_or(1, |bytes| varint::size_i32(length(bytes.len())) + bytes.len())
}

fn put_sized(out: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        None => varint::put_i32(out, -1),
        Some(bytes) => {
            varint::put_i32(out, length(bytes.len()));
            out.extend_from_slice(bytes);
        }
    }
}
