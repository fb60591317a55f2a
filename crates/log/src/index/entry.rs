//! What the two indexes hold. All numbers are big-endian.
//!
//! ```text
//! .index       0  i32  last offset of a batch, less the segment's base offset
//!              4  i32  where that batch begins in the .log file
//! .timeindex   0  i64  the largest timestamp so far
//!              8  i32  last offset of the first batch that has it, less the segment's base offset
//! ```

use std::fmt::Debug;

/// The longest entry.
pub(crate) const BYTES_MAX: usize = 12;

/// An entry of fixed width.
pub(crate) trait Entry: Copy + Debug {
    /// Its width.
    const BYTES: usize;

    /// What the index is sorted by.
    fn key(&self) -> i64;
    /// Reads one from `BYTES` bytes.
    fn decode(bytes: &[u8]) -> Self;
    /// Appends its bytes.
    fn encode(&self, to: &mut Vec<u8>);
    /// Whether it can be the last one of a segment of this size.
    fn is_plausible(&self, log_bytes: u32) -> bool;
}

/// Of the `.index` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    pub(crate) relative_offset: u32,
    pub(crate) position: u32,
}

impl Entry for OffsetEntry {
    const BYTES: usize = 8;

    fn key(&self) -> i64 {
        i64::from(self.relative_offset)
    }

    fn decode(bytes: &[u8]) -> OffsetEntry {
        OffsetEntry { relative_offset: be_u32(&bytes[..4]), position: be_u32(&bytes[4..]) }
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.extend(self.relative_offset.to_be_bytes());
        to.extend(self.position.to_be_bytes());
    }

    /// The first batch never gets an entry, so zeros mean that the file was not written to the end.
    fn is_plausible(&self, log_bytes: u32) -> bool {
        let in_range = i32::try_from(self.relative_offset).is_ok();
        in_range && self.relative_offset > 0 && self.position > 0 && self.position < log_bytes
    }
}

/// Of the `.timeindex` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    pub(crate) timestamp: i64,
    pub(crate) relative_offset: u32,
}

impl Entry for TimeEntry {
    const BYTES: usize = 12;

    fn key(&self) -> i64 {
        self.timestamp
    }

    fn decode(bytes: &[u8]) -> TimeEntry {
        let timestamp = bytes[..8].try_into().expect("eight bytes");
        TimeEntry { timestamp: i64::from_be_bytes(timestamp), relative_offset: be_u32(&bytes[8..]) }
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.extend(self.timestamp.to_be_bytes());
        to.extend(self.relative_offset.to_be_bytes());
    }

    /// A timestamp of 0 on the first offset is possible, but so rare that an entry of zeros is taken for a damaged one.
    fn is_plausible(&self, log_bytes: u32) -> bool {
        let in_range = i32::try_from(self.relative_offset).is_ok();
        in_range
            && self.timestamp >= 0
            && log_bytes > 0
            && (self.timestamp, self.relative_offset) != (0, 0)
    }
}

fn be_u32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}
