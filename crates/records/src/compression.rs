//! The codecs, one file each.
//!
//! Decoders hand out their output piece by piece, so that looking through a batch takes memory for its largest
//! record only, and a crafted one is stopped at its limit. State that is costly to set up (hash tables,
//! zstd and deflate contexts) is kept per thread and taken out while in use.

mod gzip;
mod lz4;
mod snappy;
mod zstd;

use thiserror::Error;

/// How a batch's records are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Snappy blocks in the framing of snappy-java.
    Snappy,
    /// An LZ4 frame of independent blocks.
    Lz4,
    /// Zstandard; Produce 7 and later (KIP-110).
    Zstd,
}

/// Why bytes could not be decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecompressError {
    /// They are not what the codec writes, or end too early.
    #[error("malformed data: {0}")]
    Malformed(&'static str),
    /// The output would be larger than allowed.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most bytes that were allowed.
        limit: usize,
    },
}

impl Compression {
    /// Every codec.
    pub const ALL: [Compression; 5] = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];

    /// The codec with this number in a batch's attributes.
    #[inline]
    pub fn from_id(id: i16) -> Option<Compression> {
        match id {
            0 => Some(Compression::None),
            1 => Some(Compression::Gzip),
            2 => Some(Compression::Snappy),
            3 => Some(Compression::Lz4),
            4 => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// Its number in a batch's attributes.
    #[inline]
    pub fn id(self) -> i16 {
        match self {
            Compression::None => 0,
            Compression::Gzip => 1,
            Compression::Snappy => 2,
            Compression::Lz4 => 3,
            Compression::Zstd => 4,
        }
    }

    /// Its name in configurations: `compression.type`.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    /// The codec with this name; `uncompressed` is `none`, as in topic configurations.
    pub fn from_name(name: &str) -> Option<Compression> {
        match name {
            "none" | "uncompressed" => Some(Compression::None),
            "gzip" => Some(Compression::Gzip),
            "snappy" => Some(Compression::Snappy),
            "lz4" => Some(Compression::Lz4),
            "zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// Compresses `data` and appends it to `out`.
    ///
    /// `level` is Kafka's `compression.<codec>.level`, `None` its default. Gzip takes 1 to 9, zstd up to 22; what
    /// lies outside is brought inside. The other codecs have no levels here.
    pub fn compress(self, level: Option<i32>, data: &[u8], out: &mut Vec<u8>) {
        match self {
            Compression::None => out.extend_from_slice(data),
            Compression::Gzip => gzip::compress(level, data, out),
            Compression::Snappy => snappy::compress(data, out),
            Compression::Lz4 => lz4::compress(data, out),
            Compression::Zstd => zstd::compress(level, data, out),
        }
    }

    /// Decompresses `data`, which may give up to `limit` bytes.
    pub fn decompress(self, data: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        let Some(mut decoder) = Decoder::new(self, data, limit)? else {
            return if data.len() > limit {
                Err(DecompressError::TooLarge { limit })
            } else {
                Ok(data.to_vec())
            };
        };
        // A guess that saves most of the growing, from what is there and not from what it claims.
        let mut out = Vec::with_capacity(data.len().saturating_mul(4).min(limit));
        while decoder.more(&mut out)? {}
        Ok(out)
    }
}

/// A decompression under way.
pub(crate) struct Decoder<'a> {
    codec: Codec<'a>,
    limit: usize,
    produced: usize,
}

enum Codec<'a> {
    Gzip(Box<gzip::Decoder<'a>>),
    Snappy(snappy::Decoder<'a>),
    Lz4(lz4::Decoder<'a>),
    Zstd(zstd::Decoder<'a>),
}

impl<'a> Decoder<'a> {
    /// Begins to decompress `data`, which may give up to `limit` bytes; `None` where nothing is compressed.
    pub(crate) fn new(
        compression: Compression,
        data: &'a [u8],
        limit: usize,
    ) -> Result<Option<Decoder<'a>>, DecompressError> {
        let codec = match compression {
            Compression::None => return Ok(None),
            Compression::Gzip => Codec::Gzip(Box::new(gzip::Decoder::new(data))),
            Compression::Snappy => Codec::Snappy(snappy::Decoder::new(data)),
            Compression::Lz4 => Codec::Lz4(lz4::Decoder::new(data)?),
            Compression::Zstd => Codec::Zstd(zstd::Decoder::new(data)),
        };
        Ok(Some(Decoder { codec, limit, produced: 0 }))
    }

    /// Appends the next piece of output to `out`: up to 4 MiB (an LZ4 block), except where one Snappy block
    /// holds everything. A piece may be empty; false at the end.
    pub(crate) fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, DecompressError> {
        let before = out.len();
        let more = match &mut self.codec {
            Codec::Gzip(decoder) => decoder.more(out),
            Codec::Snappy(decoder) => decoder.more(out, self.limit - self.produced),
            Codec::Lz4(decoder) => decoder.more(out),
            Codec::Zstd(decoder) => decoder.more(out),
        };
        self.produced += out.len() - before;
        match more {
            Err(Fault::Malformed(reason)) => Err(DecompressError::Malformed(reason)),
            Ok(more) if self.produced <= self.limit => Ok(more),
            Ok(_) | Err(Fault::NoRoom) => Err(DecompressError::TooLarge { limit: self.limit }),
        }
    }
}

/// What stops one codec.
enum Fault {
    /// The data is not the codec's.
    Malformed(&'static str),
    /// The output would pass its limit.
    NoRoom,
}

impl From<&'static str> for Fault {
    fn from(reason: &'static str) -> Fault {
        Fault::Malformed(reason)
    }
}

/// How much output a decoder makes room for at a time: zstd's largest block, so that it decodes in place.
const PIECE_BYTES: usize = 128 << 10;

/// Takes `count` bytes off the front of `input`; nothing if there are fewer.
fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    input.split_off(..count)
}
