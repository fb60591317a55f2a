//! An LZ4 frame, written and read as Kafka's `Lz4BlockOutputStream` and `Lz4BlockInputStream` do.
//!
//! ```text
//! 04 22 4d 18   magic
//! flags         version 1 in bits 6-7; 0x20 independent blocks, 0x10 block checksums, 8 content size,
//!               4 content checksum
//! descriptor    bits 4-6: the largest block, 4 to 7 for 64 KiB, 256 KiB, 1 MiB, 4 MiB
//! (u64          content size)
//! u8            checksum of the flags to here: the second byte of their xxHash-32
//! then blocks
//! u32           size; bit 31: not compressed
//! ...           block
//! (u32          block checksum)
//! then the end
//! u32           0
//! (u32          content checksum)
//! ```
//! Little-endian. Kafka's reader knows independent blocks only, takes the first frame and no other, and checks
//! neither content size nor content checksum; so does this one, because what it accepts every consumer must be
//! able to read. lz4_flex's own frame reader takes a frame without an end for a whole one.

use std::cell::Cell;

use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size,
};
use twox_hash::XxHash32;

use super::{DecompressError, Fault, take};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const VERSION_MASK: u8 = 0xc0;
const VERSION: u8 = 0x40;
const INDEPENDENT: u8 = 0x20;
const BLOCK_CHECKSUM: u8 = 0x10;
const CONTENT_SIZE: u8 = 0x08;
const RESERVED: u8 = 0x03;

/// Kafka's: 64 KiB.
const BLOCK_BYTES: usize = 64 << 10;
/// In a block's size: the block stands there as it is.
const STORED: u32 = 1 << 31;

/// Magic, version 1 with independent blocks, blocks of 64 KiB, and the checksum of these two bytes.
const HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, VERSION | INDEPENDENT, 0x40, 0x82];

thread_local! {
    static TABLE: Cell<Option<CompressTable>> = const { Cell::new(None) };
}

pub(super) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let mut table = TABLE.take().unwrap_or_else(CompressTable::large);
    out.extend_from_slice(&HEADER);
    for block in data.chunks(BLOCK_BYTES) {
        let at = out.len();
        out.resize(at + 4 + get_maximum_output_size(block.len()), 0);
        let size = compress_into_with_table(block, &mut out[at + 4..], &mut table)
            .expect("the output has room for the largest result");
        let size_field = if size < block.len() {
            out.truncate(at + 4 + size);
            u32::try_from(size).expect("at most 64 KiB")
        } else {
            out.truncate(at + 4);
            out.extend_from_slice(block);
            u32::try_from(block.len()).expect("at most 64 KiB") | STORED
        };
        out[at..at + 4].copy_from_slice(&size_field.to_le_bytes());
    }
    out.extend_from_slice(&[0; 4]);
    TABLE.set(Some(table));
}

pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    block_bytes_max: usize,
    block_checksums: bool,
    ended: bool,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Result<Decoder<'a>, DecompressError> {
        read_header(data).map_err(DecompressError::Malformed)
    }

    pub(super) fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        let field = self.u32().ok_or("the LZ4 frame ends early")?;
        let size = usize::try_from(field & !STORED).unwrap_or(usize::MAX);
        if size == 0 {
            self.ended = true;
            return Ok(false);
        }
        if size > self.block_bytes_max {
            return Err("an LZ4 block is larger than the frame allows".into());
        }
        let block = take(&mut self.rest, size).ok_or("an LZ4 block is cut off")?;
        if field & STORED != 0 {
            out.extend_from_slice(block);
        } else {
            let from = out.len();
            out.resize(from + self.block_bytes_max, 0);
            let written = decompress_into(block, &mut out[from..]).or(Err("invalid LZ4 block"))?;
            out.truncate(from + written);
        }
        if self.block_checksums && self.u32() != Some(XxHash32::oneshot(0, block)) {
            return Err("wrong LZ4 block checksum".into());
        }
        Ok(true)
    }

    fn u32(&mut self) -> Option<u32> {
        take(&mut self.rest, 4)?.first_chunk().copied().map(u32::from_le_bytes)
    }
}

fn read_header(data: &[u8]) -> Result<Decoder<'_>, &'static str> {
    const CUT_OFF: &str = "the LZ4 frame header is cut off";
    let Some((magic, mut rest)) = data.split_first_chunk::<4>() else {
        return Err(CUT_OFF);
    };
    if *magic != MAGIC {
        return Err("not an LZ4 frame");
    }
    let descriptor_start = rest;
    let fixed = take(&mut rest, 2).ok_or(CUT_OFF)?;
    let (flags, block) = (fixed[0], fixed[1]);
    if flags & VERSION_MASK != VERSION || flags & RESERVED != 0 {
        return Err("unsupported LZ4 frame version or flags");
    }
    if flags & INDEPENDENT == 0 {
        return Err("dependent LZ4 blocks are not supported");
    }
    let block_bytes_max = match block {
        0x40 => 64 << 10,
        0x50 => 256 << 10,
        0x60 => 1 << 20,
        0x70 => 4 << 20,
        _ => return Err("unsupported LZ4 block size"),
    };
    if flags & CONTENT_SIZE != 0 {
        take(&mut rest, 8).ok_or(CUT_OFF)?;
    }
    let descriptor = &descriptor_start[..descriptor_start.len() - rest.len()];
    let checksum = take(&mut rest, 1).ok_or(CUT_OFF)?;
    if checksum[0] != XxHash32::oneshot(0, descriptor).to_le_bytes()[1] {
        return Err("wrong LZ4 header checksum");
    }
    let block_checksums = flags & BLOCK_CHECKSUM != 0;
    Ok(Decoder { rest, block_bytes_max, block_checksums, ended: false })
}
