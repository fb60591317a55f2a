//! gzip, RFC 1952: members one behind the other, read as Java's `GZIPInputStream` reads them.
//!
//! ```text
//! 1f 8b   magic
//! 08      deflate
//! flags   1 text, 2 header CRC, 4 extra, 8 name, 16 comment
//! u32     modification time, 0
//! u8 u8   extra flags, operating system
//!         (extra: u16 length and bytes; name, comment: up to a zero byte; header CRC: u16)
//! ...     deflate stream
//! u32     CRC-32 of the output
//! u32     size of the output
//! ```
//! Little-endian.

use std::cell::Cell;

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Fault, PIECE_BYTES, take};

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// No flags, no time, no extra flags, an unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// zlib's own default, which Kafka's -1 means.
const LEVEL_DEFAULT: i32 = 6;

thread_local! {
    static INFLATE: Cell<Option<Decompress>> = const { Cell::new(None) };
    /// With the level that it was made for.
    static DEFLATE: Cell<Option<(u32, Compress)>> = const { Cell::new(None) };
}

pub(super) fn compress(level: Option<i32>, data: &[u8], out: &mut Vec<u8>) {
    let level = level.filter(|level| *level > 0).unwrap_or(LEVEL_DEFAULT).min(9).unsigned_abs();
    let mut deflate = match DEFLATE.take() {
        Some((kept, mut deflate)) if kept == level => {
            deflate.reset();
            deflate
        }
        _ => Compress::new(flate2::Compression::new(level), false),
    };
    out.extend_from_slice(&HEADER);
    let mut rest = data;
    loop {
        // Half is what records usually shrink to; the rest is for streams that do not shrink.
        out.reserve(rest.len() / 2 + 64);
        let before = deflate.total_in();
        let status = deflate
            .compress_vec(rest, out, FlushCompress::Finish)
            .expect("deflate fails only if called again after its end");
        rest = advance(rest, before, deflate.total_in());
        if status == Status::StreamEnd {
            break;
        }
    }
    out.extend_from_slice(&crc_fast::crc32_iso_hdlc(data).to_le_bytes());
    out.extend_from_slice(&size_field(data.len()).to_le_bytes());
    DEFLATE.set(Some((level, deflate)));
}

/// What is left of `input` after a call that moved a codec's input counter.
fn advance(input: &[u8], before: u64, after: u64) -> &[u8] {
    let consumed = usize::try_from(after - before).unwrap_or(usize::MAX);
    input.get(consumed..).unwrap_or_default()
}

/// The size modulo 2³².
fn size_field(bytes: usize) -> u32 {
    u32::try_from(bytes & 0xffff_ffff).expect("masked to 32 bits")
}

/// A decoder at the start of a member, inside one, or at the end.
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    member: Option<Member>,
    first: bool,
}

struct Member {
    inflate: Decompress,
    crc: crc_fast::Digest,
    bytes: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Decoder<'a> {
        Decoder { rest: data, member: None, first: true }
    }

    pub(super) fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        let mut member = match self.member.take() {
            Some(member) => member,
            None => match read_header(self.rest) {
                Some(rest) => {
                    self.rest = rest;
                    self.first = false;
                    Member::new()
                }
                None if self.first => return Err("not a gzip header".into()),
                // Java ignores whatever follows the last member, and so an empty rest.
                None => return Ok(false),
            },
        };
        out.reserve(PIECE_BYTES);
        let from = out.len();
        let before = member.inflate.total_in();
        let status = member
            .inflate
            .decompress_vec(self.rest, out, FlushDecompress::None)
            .or(Err("invalid deflate stream"))?;
        let consumed_to = member.inflate.total_in();
        self.rest = advance(self.rest, before, consumed_to);
        member.crc.update(&out[from..]);
        member.bytes += out.len() - from;
        if status == Status::StreamEnd {
            self.end_member(member)?;
        } else if out.len() == from && consumed_to == before {
            return Err("the deflate stream ends early".into());
        } else {
            self.member = Some(member);
        }
        Ok(true)
    }

    fn end_member(&mut self, member: Member) -> Result<(), Fault> {
        let trailer = take(&mut self.rest, 8).ok_or("the gzip trailer is cut off")?;
        let crc = u32::try_from(member.crc.finalize()).expect("a CRC of 32 bits");
        let right = [crc.to_le_bytes(), size_field(member.bytes).to_le_bytes()].concat();
        INFLATE.set(Some(member.inflate));
        if trailer == right { Ok(()) } else { Err("wrong gzip trailer".into()) }
    }
}

impl Member {
    fn new() -> Member {
        let inflate = match INFLATE.take() {
            Some(mut inflate) => {
                inflate.reset(false);
                inflate
            }
            None => Decompress::new(false),
        };
        let crc = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32IsoHdlc);
        Member { inflate, crc, bytes: 0 }
    }
}

/// What follows the member header at the start of `data`, if there is one.
fn read_header(data: &[u8]) -> Option<&[u8]> {
    let mut rest = data;
    let fixed = take(&mut rest, HEADER.len())?;
    if !fixed.starts_with(&MAGIC) {
        return None;
    }
    let flags = fixed[3];
    if flags & EXTRA != 0 {
        let length = take(&mut rest, 2)?;
        take(&mut rest, usize::from(u16::from_le_bytes([length[0], length[1]])))?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HEADER_CRC != 0 {
        let header = &data[..data.len() - rest.len()];
        let crc = crc_fast::crc32_iso_hdlc(header).to_le_bytes();
        if take(&mut rest, 2)? != &crc[..2] {
            return None;
        }
    }
    Some(rest)
}
