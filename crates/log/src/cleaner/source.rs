//! Reading a segment's batches, whole ones, in pieces.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use vltava_records::{BatchError, BatchHeader, HEADER_BYTES, headers};

use super::error::CleanError;
use crate::names::Kind;
use crate::segment::Segment;

/// The least that is read at once.
pub(super) const BUFFER_BYTES_MIN: usize = 4096;

/// Reads a segment from a batch on to its end.
pub(super) struct Source<'a> {
    segment: &'a Segment,
    file: Arc<File>,
    position: u32,
    end: u32,
    buffer: &'a mut Vec<u8>,
    /// How large the buffer is at first, and again after a batch that needed more.
    usual: usize,
}

impl<'a> Source<'a> {
    /// Begins at `position`, where a batch does.
    pub(super) fn new(
        segment: &'a Segment,
        position: u32,
        buffer: &'a mut Vec<u8>,
    ) -> Result<Source<'a>, CleanError> {
        let path = segment.path(Kind::Log);
        let file = segment.file().map_err(CleanError::io("open", &path))?;
        let usual = buffer.len();
        Ok(Source { segment, file, position, end: segment.size_bytes(), buffer, usual })
    }

    /// The next piece: where it lies in the segment, and batches that are whole by their lengths. `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u32, &[u8])>, CleanError> {
        let position = self.position;
        let left = (self.end - position) as usize;
        if left == 0 {
            return Ok(None);
        }
        self.buffer.truncate(self.usual);
        let mut length = self.read(self.usual.min(left))?;
        let whole = loop {
            let mut found = headers(&self.buffer[..length]);
            let broken = found.by_ref().find_map(Result::err);
            if found.position() > 0 {
                break found.position();
            }
            match broken {
                // The first batch is longer than the buffer, and lies in the segment as a whole.
                Some(BatchError::Incomplete { needed, .. })
                    if needed <= left && needed > length =>
                {
                    length = self.read(needed.max(HEADER_BYTES))?;
                }
                Some(source) => return Err(self.damaged(position, source)),
                None => break length,
            }
        };
        self.position += u32::try_from(whole).expect("it lies before the segment's end");
        Ok(Some((position, &self.buffer[..whole])))
    }

    fn read(&mut self, length: usize) -> Result<usize, CleanError> {
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
        let read = self.file.read_exact_at(&mut self.buffer[..length], u64::from(self.position));
        let path = || self.segment.path(Kind::Log);
        read.map_err(|error| CleanError::io("read", &path())(error))?;
        Ok(length)
    }

    fn damaged(&self, position: u32, source: BatchError) -> CleanError {
        CleanError::Damaged { path: self.segment.path(Kind::Log), position, source }
    }
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        self.buffer.truncate(self.usual);
        self.buffer.shrink_to(self.usual);
    }
}

/// The batches of a piece with their positions in the segment, their CRCs checked.
pub(super) fn checked<'p>(
    segment: &Segment,
    (position, piece): (u32, &'p [u8]),
) -> impl Iterator<Item = Result<(u32, BatchHeader, &'p [u8]), CleanError>> {
    let path = segment.path(Kind::Log);
    let mut at = position;
    headers(piece).map(move |batch| {
        let checked = batch.and_then(|(header, bytes)| {
            header.check_crc(bytes)?;
            Ok((header, bytes))
        });
        let (header, bytes) = checked.map_err(|source| CleanError::Damaged {
            path: path.clone(),
            position: at,
            source,
        })?;
        let begins_at = at;
        at += u32::try_from(bytes.len()).expect("it lies before the segment's end");
        Ok((begins_at, header, bytes))
    })
}
