//! Batches one behind the other, as in a produce request, a fetch response or a segment.
//!
//! Both iterators end at the end of the bytes, or with one error. [`ErrorKind::Incomplete`](crate::ErrorKind)
//! means that the last batch is cut off (a torn write, a read of limited size); any other kind means that what
//! stands there is no batch, and nothing behind it can be found.

use bytes::Bytes;

use crate::batch::Batch;
use crate::error::BatchError;
use crate::header::BatchHeader;

/// The batches of a region, each by reference.
pub fn batches(region: Bytes) -> Batches {
    Batches { rest: region, position: 0 }
}

/// The headers of a region's batches, each with the position of its batch and without touching the records.
pub fn headers(region: &[u8]) -> Headers<'_> {
    Headers { region, position: 0, failed: false }
}

/// See [`batches`].
#[derive(Debug, Clone)]
pub struct Batches {
    rest: Bytes,
    position: usize,
}

impl Batches {
    /// How many bytes the whole batches up to here take.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let next = Batch::split_from(&mut self.rest);
        match &next {
            Ok(batch) => self.position += batch.bytes.len(),
            Err(_) => self.rest = Bytes::new(),
        }
        Some(next)
    }
}

/// See [`headers`].
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    region: &'a [u8],
    position: usize,
    failed: bool,
}

impl<'a> Headers<'a> {
    /// How many bytes the whole batches up to here take.
    pub fn position(&self) -> usize {
        self.position
    }

    fn step(&mut self) -> Result<(BatchHeader, &'a [u8]), BatchError> {
        let rest = &self.region[self.position..];
        let header = BatchHeader::decode(rest)?;
        let needed = header.size_bytes();
        let Some(batch) = rest.get(..needed) else {
            return Err(BatchError::Incomplete { needed, available: rest.len() });
        };
        self.position += needed;
        Ok((header, batch))
    }
}

/// A header and the bytes of its whole batch.
impl<'a> Iterator for Headers<'a> {
    type Item = Result<(BatchHeader, &'a [u8]), BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.position == self.region.len() {
            return None;
        }
        let next = self.step();
        self.failed = next.is_err();
        Some(next)
    }
}
