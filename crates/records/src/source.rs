//! Where the bytes of a batch's records come from: memory, or a decompression under way.

use std::cell::Cell;

use crate::compression::Decoder;
use crate::error::BatchError;
use crate::header::BatchHeader;
use crate::limits;
use crate::varint::{CUT_OFF, Reader};

/// The most bytes of a record's length.
const LENGTH_BYTES_MAX: usize = 5;

/// A window larger than this is not kept for the thread's next batch.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Hands out records' bodies, the bytes behind the length, one after the other.
pub(crate) trait Source {
    /// The next record, of which `index` is the number in the batch.
    fn next_body(&mut self, index: i32) -> Result<&[u8], BatchError>;
    /// Whether nothing is left.
    fn is_at_end(&mut self) -> Result<bool, BatchError>;
}

impl Source for Reader<'_> {
    #[inline]
    fn next_body(&mut self, index: i32) -> Result<&[u8], BatchError> {
        split_body(self).map_err(|reason| BatchError::MalformedRecord { index, reason })
    }

    #[inline]
    fn is_at_end(&mut self) -> Result<bool, BatchError> {
        Ok(self.rest().is_empty())
    }
}

/// Takes a record's length and then that many bytes.
#[inline]
pub(crate) fn split_body<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], &'static str> {
    let length = usize::try_from(reader.i32()?).or(Err("a negative length"))?;
    reader.bytes(length).or(Err("a record reaches past the batch's end"))
}

thread_local! {
    static WINDOW: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Records that are decompressed as they are asked for. Holds the output of which records are not yet
/// read: a piece, or one record where that is larger.
pub(crate) struct Stream<'a> {
    decoder: Decoder<'a>,
    window: Vec<u8>,
    /// What of the window has been handed out.
    at: usize,
    ended: bool,
}

impl<'a> Stream<'a> {
    /// The records of a compressed batch; `None` if it is not compressed.
    pub(crate) fn new(
        header: &BatchHeader,
        body: &'a [u8],
    ) -> Result<Option<Stream<'a>>, BatchError> {
        let limit = limits::decompressed_bytes_max(body.len());
        let decoder = Decoder::new(header.compression()?, body, limit)?;
        Ok(decoder.map(|decoder| Stream { decoder, window: WINDOW.take(), at: 0, ended: false }))
    }

    /// Decompresses until `count` bytes are in the window, or all that there are.
    fn fill(&mut self, count: usize) -> Result<(), BatchError> {
        while self.window.len() - self.at < count && !self.ended {
            self.window.drain(..self.at);
            self.at = 0;
            self.ended = !self.decoder.more(&mut self.window)?;
        }
        Ok(())
    }
}

impl Source for Stream<'_> {
    fn next_body(&mut self, index: i32) -> Result<&[u8], BatchError> {
        let malformed = |reason| BatchError::MalformedRecord { index, reason };
        self.fill(LENGTH_BYTES_MAX)?;
        let mut reader = Reader::new(&self.window[self.at..]);
        let before = reader.rest().len();
        let length = reader.i32().map_err(malformed)?;
        let length = usize::try_from(length).or(Err(malformed("a negative length")))?;
        self.at += before - reader.rest().len();
        self.fill(length)?;
        let body = self.window.get(self.at..self.at + length).ok_or(malformed(CUT_OFF))?;
        self.at += length;
        Ok(body)
    }

    fn is_at_end(&mut self) -> Result<bool, BatchError> {
        self.fill(1)?;
        Ok(self.at == self.window.len())
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if self.window.capacity() <= KEPT_BYTES_MAX {
            let mut window = std::mem::take(&mut self.window);
            window.clear();
            WINDOW.set(window);
        }
    }
}
