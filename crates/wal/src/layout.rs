//! The bytes of a chunk, the same in a file and in an object.
//!
//! ```text
//!   0  8  magic "VltavaWL"
//!   8  2  format version, 1
//!  10  2  flags: bit 0 set = the run was closed behind this chunk, and all before it is safe elsewhere
//!  12  4  broker id
//!  16  8  epoch of the broker
//!  24  8  run: a random number, the same for all chunks written between one open and the next
//!  32  8  sequence number; counts all chunks of the broker from 1
//!  40  8  length of the chunk, from the magic to the CRC, both included
//!  48  8  length of the batches
//!  56  4  number of entries
//!  60  4  0
//!  64     the batches of all entries, as in segments
//!         the index: for each entry
//!             0 16  topic id
//!            16  4  partition
//!            20  4  number of batches
//!            24  8  first offset
//!            32  8  last offset
//!            40  8  position of the first batch, from the magic
//!            48  8  length of its batches
//!         4  CRC-32C of all that stands before it
//! ```
//!
//! All numbers are big-endian, as in Kafka's batches. The run tells a chunk from a look-alike that a client put into a
//! record: it is not known outside.

mod decode;
mod encode;

use vltava_model::BrokerId;

pub(crate) use decode::decode;
pub(crate) use encode::Encoder;

pub(crate) const HEADER_BYTES: usize = 64;
pub(crate) const INDEX_ENTRY_BYTES: usize = 56;
pub(crate) const CRC_BYTES: usize = 4;

pub(crate) const MAGIC: [u8; 8] = *b"VltavaWL";
pub(crate) const VERSION: u16 = 1;

/// The flag of the last chunk of a run that ended in good order.
pub(crate) const CLOSED: u16 = 1;

/// A chunk's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) flags: u16,
    pub(crate) broker_id: BrokerId,
    pub(crate) epoch: i64,
    pub(crate) run: u64,
    pub(crate) sequence: u64,
    pub(crate) length: u64,
    pub(crate) batches_length: u64,
    pub(crate) entries: u32,
}

/// Why 64 bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHeader {
    /// Something else, or nothing, stands there.
    Magic,
    /// A header, of a version that is not known.
    Version(u16),
    /// The lengths do not agree with each other.
    Lengths,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut raw = [0; HEADER_BYTES];
        raw[0..8].copy_from_slice(&MAGIC);
        raw[8..10].copy_from_slice(&VERSION.to_be_bytes());
        raw[10..12].copy_from_slice(&self.flags.to_be_bytes());
        raw[12..16].copy_from_slice(&self.broker_id.0.to_be_bytes());
        raw[16..24].copy_from_slice(&self.epoch.to_be_bytes());
        raw[24..32].copy_from_slice(&self.run.to_be_bytes());
        raw[32..40].copy_from_slice(&self.sequence.to_be_bytes());
        raw[40..48].copy_from_slice(&self.length.to_be_bytes());
        raw[48..56].copy_from_slice(&self.batches_length.to_be_bytes());
        raw[56..60].copy_from_slice(&self.entries.to_be_bytes());
        raw
    }

    pub(crate) fn decode(raw: &[u8; HEADER_BYTES]) -> Result<Header, NoHeader> {
        if raw[0..8] != MAGIC {
            return Err(NoHeader::Magic);
        }
        let version = u16::from_be_bytes(field(raw, 8));
        if version != VERSION {
            return Err(NoHeader::Version(version));
        }
        let header = Header {
            flags: u16::from_be_bytes(field(raw, 10)),
            broker_id: BrokerId(i32::from_be_bytes(field(raw, 12))),
            epoch: i64::from_be_bytes(field(raw, 16)),
            run: u64::from_be_bytes(field(raw, 24)),
            sequence: u64::from_be_bytes(field(raw, 32)),
            length: u64::from_be_bytes(field(raw, 40)),
            batches_length: u64::from_be_bytes(field(raw, 48)),
            entries: u32::from_be_bytes(field(raw, 56)),
        };
        let expected = chunk_length(header.batches_length, header.entries);
        if expected == Some(header.length) { Ok(header) } else { Err(NoHeader::Lengths) }
    }
}

/// The length of a chunk, from the magic to the CRC.
fn chunk_length(batches_length: u64, entries: u32) -> Option<u64> {
    let fixed = u64::try_from(HEADER_BYTES + CRC_BYTES).ok()?;
    let index = u64::from(entries).checked_mul(u64::try_from(INDEX_ENTRY_BYTES).ok()?)?;
    fixed.checked_add(index)?.checked_add(batches_length)
}

/// The `N` bytes of `raw` from `at` on.
///
/// # Panics
/// If they are not all there.
fn field<const N: usize>(raw: &[u8], at: usize) -> [u8; N] {
    *raw[at..].first_chunk().expect("the caller has checked the length")
}

#[cfg(test)]
mod tests;
