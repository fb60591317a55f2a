//! Snappy, in the framing of snappy-java's `SnappyOutputStream`, or one raw block.
//!
//! ```text
//! 82 'S' 'N' 'A' 'P' 'P' 'Y' 00
//! i32   version, 1
//! i32   compatible version, 1
//! then for each block of up to 32 KiB of input
//! i32   its compressed size
//! ...   a raw Snappy block
//! ```
//! Big-endian. Where the first 8 bytes are others, all is one raw block: early clients wrote that, and
//! `SnappyInputStream` reads it. It also reads on where streams stand one behind the other.

use std::cell::Cell;

use super::{Fault, take};

const HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
const MAGIC_BYTES: usize = 8;

/// `SnappyOutputStream`'s default.
const BLOCK_BYTES: usize = 32 << 10;

/// The most that Snappy can shrink: a copy of 64 bytes takes 3. A block that claims more is refused before
/// memory is taken for it.
const RATIO_MAX: usize = 22;

thread_local! {
    static ENCODER: Cell<Option<Box<snap::raw::Encoder>>> = const { Cell::new(None) };
}

pub(super) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let mut encoder = ENCODER.take().unwrap_or_else(|| Box::new(snap::raw::Encoder::new()));
    out.extend_from_slice(&HEADER);
    for block in data.chunks(BLOCK_BYTES) {
        let at = out.len();
        out.resize(at + 4 + snap::raw::max_compress_len(block.len()), 0);
        let size = encoder
            .compress(block, &mut out[at + 4..])
            .expect("the output has room for the largest result");
        out.truncate(at + 4 + size);
        let size = u32::try_from(size).expect("a block is about 32 KiB");
        out[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    ENCODER.set(Some(encoder));
}

pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    framed: bool,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Decoder<'a> {
        match data.get(HEADER.len()..) {
            Some(blocks) if data.starts_with(&HEADER[..MAGIC_BYTES]) => {
                Decoder { rest: blocks, framed: true }
            }
            _ => Decoder { rest: data, framed: false },
        }
    }

    pub(super) fn more(&mut self, out: &mut Vec<u8>, room: usize) -> Result<bool, Fault> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        let block = if self.framed {
            let size = take(&mut self.rest, 4).ok_or("a block size is cut off")?;
            if size == &HEADER[..4] {
                take(&mut self.rest, HEADER.len() - 4).ok_or("a stream header is cut off")?;
                return Ok(true);
            }
            let size = u32::from_be_bytes(*size.first_chunk().expect("4 bytes were taken"));
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            take(&mut self.rest, size).ok_or("a block is cut off")?
        } else {
            std::mem::take(&mut self.rest)
        };
        uncompress(block, out, room)?;
        Ok(true)
    }
}

fn uncompress(block: &[u8], out: &mut Vec<u8>, room: usize) -> Result<(), Fault> {
    const INVALID: &str = "invalid Snappy block";
    let size = snap::raw::decompress_len(block).or(Err(INVALID))?;
    if size > block.len().saturating_mul(RATIO_MAX) {
        return Err("a Snappy block claims an impossible size".into());
    }
    if size > room {
        return Err(Fault::NoRoom);
    }
    let from = out.len();
    out.resize(from + size, 0);
    let written = snap::raw::Decoder::new().decompress(block, &mut out[from..]).or(Err(INVALID))?;
    out.truncate(from + written);
    Ok(())
}
