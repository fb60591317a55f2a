//! A batch with its place in a log: what is written to segments and to the write-ahead log.

use bytes::{BufMut, Bytes, BytesMut};
use vltava_model::Offset;

use crate::batch::Batch;
use crate::error::BatchError;
use crate::header::{BatchHeader, HEADER_BYTES};

/// A header of its own and the body that the producer sent, by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedBatch {
    header: [u8; HEADER_BYTES],
    body: Bytes,
}

impl StampedBatch {
    /// Joins a header and the bytes behind it. The header's CRC must be right.
    #[inline]
    pub(crate) fn new(header: [u8; HEADER_BYTES], body: Bytes) -> StampedBatch {
        StampedBatch { header, body }
    }

    /// Takes a batch that was stamped before: `bytes` are exactly one batch, as read back from a log. The CRC is
    /// not checked.
    pub fn decode(bytes: Bytes) -> Result<StampedBatch, BatchError> {
        Batch::single(bytes).map(StampedBatch::from)
    }

    /// Header and body, in the order in which they are written.
    #[inline]
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.header, &self.body]
    }

    /// The size of the whole batch in bytes.
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "a batch has a header and is never empty")]
    pub fn len(&self) -> usize {
        HEADER_BYTES + self.body.len()
    }

    /// The header, decoded.
    #[inline]
    pub fn header(&self) -> BatchHeader {
        BatchHeader::from_raw(&self.header)
    }

    /// The offset of the first record.
    #[inline]
    pub fn first_offset(&self) -> Offset {
        self.header().first_offset()
    }

    /// The offset of the last record.
    #[inline]
    pub fn last_offset(&self) -> Offset {
        self.header().last_offset()
    }

    /// The batch in one piece: a copy.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(self.len());
        bytes.put_slice(&self.header);
        bytes.put_slice(&self.body);
        bytes.freeze()
    }
}

/// The batch as its bytes are, with the offsets that they have.
impl From<Batch> for StampedBatch {
    fn from(batch: Batch) -> StampedBatch {
        let header = *batch.bytes.first_chunk().expect("a batch is at least a header");
        StampedBatch { header, body: batch.bytes.slice(HEADER_BYTES..) }
    }
}
