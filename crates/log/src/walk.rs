//! From batch to batch through a segment's file, by their headers.

pub(crate) mod salvage;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use vltava_model::Offset;
use vltava_records::{Batch, BatchError, BatchHeader, HEADER_BYTES};

use crate::files::invalid;
use crate::limits::{SCAN_BUFFER_BYTES, WALK_BUFFER_BYTES};

/// Where a batch's CRC begins to count.
const CRC_FROM: u64 = 21;

/// Reads the headers between two positions, the first of which is that of a batch.
#[derive(Debug)]
pub(crate) struct Walk<'f> {
    file: &'f File,
    /// Of the next header.
    position: u32,
    end: u32,
    buffer: Box<[u8]>,
    /// What part of the file the buffer holds.
    from: u32,
    to: u32,
    /// Batches have been longer than the buffer: read headers only.
    sparse: bool,
}

/// A header and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) position: u32,
    pub(crate) header: BatchHeader,
}

/// Why a walk cannot go on.
#[derive(Debug)]
pub(crate) enum WalkError {
    /// The file cannot be read.
    Io(io::Error),
    /// There is no whole batch at the walk's position.
    NoBatch(BatchError),
}

impl From<WalkError> for io::Error {
    fn from(error: WalkError) -> io::Error {
        match error {
            WalkError::Io(error) => error,
            WalkError::NoBatch(error) => invalid(error.to_string()),
        }
    }
}

impl<'f> Walk<'f> {
    /// Begins at `position` and ends at `end`, with a buffer of `buffer_bytes`.
    pub(crate) fn new(file: &'f File, position: u32, end: u32, buffer_bytes: usize) -> Walk<'f> {
        debug_assert!(buffer_bytes >= HEADER_BYTES);
        let buffer = vec![0; buffer_bytes].into_boxed_slice();
        Walk { file, position, end, buffer, from: position, to: position, sparse: false }
    }

    /// Where the next header stands.
    pub(crate) fn position(&self) -> u32 {
        self.position
    }

    /// The next batch, all of which lies before the end; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Placed>, WalkError> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        let header = BatchHeader::decode(self.header_bytes().map_err(WalkError::Io)?)
            .map_err(WalkError::NoBatch)?;
        let available = (self.end - position) as usize;
        let needed = header.size_bytes();
        if needed > available {
            return Err(WalkError::NoBatch(BatchError::Incomplete { needed, available }));
        }
        self.sparse = needed > self.buffer.len();
        self.position += u32::try_from(needed).expect("it lies before the end");
        Ok(Some(Placed { position, header }))
    }

    /// The bytes of the header at the position, fewer at the end.
    fn header_bytes(&mut self) -> io::Result<&[u8]> {
        let available = (self.end - self.position) as usize;
        let wanted = available.min(HEADER_BYTES);
        let buffered = self.to.saturating_sub(self.position) as usize;
        if buffered < wanted {
            let most = if self.sparse { HEADER_BYTES } else { self.buffer.len() };
            let length = most.min(available);
            self.file.read_exact_at(&mut self.buffer[..length], u64::from(self.position))?;
            self.from = self.position;
            self.to = self.position + u32::try_from(length).expect("it lies before the end");
        }
        let start = (self.position - self.from) as usize;
        Ok(&self.buffer[start..start + wanted])
    }

    /// The batch that [`Walk::next`] gave last, copied.
    pub(crate) fn copy(&self, placed: &Placed) -> io::Result<Batch> {
        let length = placed.header.size_bytes();
        let start = placed.position.saturating_sub(self.from) as usize;
        let bytes =
            if self.from <= placed.position && start + length <= (self.to - self.from) as usize {
                Bytes::copy_from_slice(&self.buffer[start..start + length])
            } else {
                let mut bytes = vec![0; length];
                self.file.read_exact_at(&mut bytes, u64::from(placed.position))?;
                bytes.into()
            };
        Batch::single(bytes).map_err(|error| invalid(error.to_string()))
    }

    /// Checks the CRC of the batch that [`Walk::next`] gave last.
    pub(crate) fn check_crc(&self, placed: &Placed) -> Result<(), WalkError> {
        let length = placed.header.size_bytes();
        if self.from <= placed.position {
            let start = (placed.position - self.from) as usize;
            if start + length <= (self.to - self.from) as usize {
                let batch = &self.buffer[start..start + length];
                return placed.header.check_crc(batch).map_err(WalkError::NoBatch);
            }
        }
        check_crc_in_file(self.file, placed)
    }
}

/// Checks the CRC of a batch of any length, in pieces.
pub(crate) fn check_crc_in_file(file: &File, placed: &Placed) -> Result<(), WalkError> {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    let mut position = u64::from(placed.position) + CRC_FROM;
    let end = u64::from(placed.position) + placed.header.size_bytes() as u64;
    let mut piece = vec![0; SCAN_BUFFER_BYTES];
    while position < end {
        let length =
            usize::try_from(end - position).map_or(piece.len(), |left| left.min(piece.len()));
        file.read_exact_at(&mut piece[..length], position).map_err(WalkError::Io)?;
        digest.update(&piece[..length]);
        position += length as u64;
    }
    let (stored, computed) = (placed.header.crc, digest.finalize());
    if u64::from(stored) == computed {
        return Ok(());
    }
    let computed = u32::try_from(computed).expect("a CRC-32 has 32 bits");
    Err(WalkError::NoBatch(BatchError::BadCrc { stored, computed }))
}

/// The offset that follows the last batch between two positions; `None` if there is no batch.
pub(crate) fn end_offset(file: &File, from: u32, to: u32) -> Result<Option<Offset>, WalkError> {
    let mut walk = Walk::new(file, from, to, WALK_BUFFER_BYTES);
    let mut end = None;
    while let Some(placed) = walk.next()? {
        end = Some(placed.header.next_offset());
    }
    Ok(end)
}
