//! Puts a frame together.

use bytes::Bytes;

use super::records::Records;
use crate::frame::{Frame, Segment};

/// Records of fewer bytes than this are copied into the frame's buffer: a copy of this size costs less than one more
/// entry in a `writev`.
const COPIED_BYTES_MAX: usize = 4096;

/// Most answers fit into this; a larger one grows by doubling.
const INITIAL_BYTES: usize = 512;

/// Writes a message: into a buffer, with large records set in between by reference.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    /// Segments that are not in the buffer, each with the place in the buffer that it goes before.
    inserts: Vec<(usize, Segment)>,
    inserted_bytes: usize,
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $int:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $int(&mut self, value: $int) {
            self.buffer.extend_from_slice(&value.to_be_bytes());
        }
    )*};
}

impl Writer {
    /// An empty message.
    pub fn new() -> Writer {
        Writer { buffer: Vec::with_capacity(INITIAL_BYTES), inserts: Vec::new(), inserted_bytes: 0 }
    }

    fixed! {
        /// One byte with a sign.
        i8;
        /// Two bytes with a sign.
        i16;
        /// Two bytes.
        u16;
        /// Four bytes with a sign.
        i32;
        /// Four bytes.
        u32;
        /// Eight bytes with a sign.
        i64;
        /// Eight bytes of a floating point number.
        f64;
    }

    /// Bytes as they are.
    #[inline]
    pub fn slice(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// An unsigned varint: seven bits a byte, the low ones first.
    #[inline]
    pub fn uvarint(&mut self, value: u32) {
        let (bytes, length) = varint_bytes(value);
        self.buffer.extend_from_slice(&bytes[..length]);
    }

    /// The length of a string, of two bytes if it is not compact.
    ///
    /// # Panics
    /// If it is more than [`crate::Str::LENGTH_MAX`].
    #[inline]
    pub fn short_length(&mut self, length: Option<usize>, compact: bool) {
        if compact {
            self.compact_length(length);
        } else {
            let length = length.map_or(-1, |n| i16::try_from(n).expect("strings are cut to fit"));
            self.i16(length);
        }
    }

    /// The length of bytes or of an array, of four bytes if it is not compact.
    ///
    /// # Panics
    /// If it is more than `i32::MAX`, which no frame can hold.
    #[inline]
    pub fn long_length(&mut self, length: Option<usize>, compact: bool) {
        if compact {
            self.compact_length(length);
        } else {
            let length =
                length.map_or(-1, |n| i32::try_from(n).expect("a frame has 2 GiB at most"));
            self.i32(length);
        }
    }

    #[inline]
    fn compact_length(&mut self, length: Option<usize>) {
        let length = length.map_or(0, |n| u32::try_from(n + 1).expect("a frame has 2 GiB at most"));
        self.uvarint(length);
    }

    /// Record batches: by reference if they are large or in a file.
    pub fn records(&mut self, records: &Records) {
        match records {
            Records::Bytes(bytes) if bytes.len() < COPIED_BYTES_MAX => self.slice(bytes),
            Records::Bytes(bytes) => self.insert(Segment::Bytes(bytes.clone())),
            Records::File(range) if range.length == 0 => {}
            Records::File(range) => self.insert(Segment::File(range.clone())),
            Records::Chain(parts) => parts.iter().for_each(|part| self.records(part)),
        }
    }

    fn insert(&mut self, segment: Segment) {
        self.inserted_bytes += segment.len();
        self.inserts.push((self.buffer.len(), segment));
    }

    /// A tagged field: its number, its size and what `write` writes. The size is known only afterwards; one byte is
    /// kept for it, and the value moves up if that is not enough. No tagged field holds records.
    pub fn tagged(&mut self, tag: u32, write: impl FnOnce(&mut Writer)) {
        self.uvarint(tag);
        let start = self.buffer.len();
        self.buffer.push(0);
        write(self);
        let end = self.buffer.len();
        let size = u32::try_from(end - start - 1).expect("a frame has 2 GiB at most");
        let (bytes, length) = varint_bytes(size);
        if length > 1 {
            self.buffer.resize(end + length - 1, 0);
            self.buffer.copy_within(start + 1..end, start + length);
        }
        self.buffer[start..start + length].copy_from_slice(&bytes[..length]);
    }

    /// A place for a frame's length, which `into_frame` fills in.
    pub(crate) fn reserve_frame_length(&mut self) {
        debug_assert!(self.buffer.is_empty(), "a frame begins with its length");
        self.i32(0);
    }

    /// Ends a frame that began with `reserve_frame_length`.
    pub(crate) fn into_frame(mut self) -> Frame {
        let length = self.buffer.len() - size_of::<i32>() + self.inserted_bytes;
        let length = i32::try_from(length).expect("a frame has 2 GiB at most");
        self.buffer[..size_of::<i32>()].copy_from_slice(&length.to_be_bytes());
        Frame { segments: self.into_segments() }
    }

    /// Ends a frame that began with `reserve_frame_length` with something that was written before, and is not empty.
    pub(crate) fn into_frame_with(mut self, end: Bytes) -> Frame {
        self.inserted_bytes += end.len();
        let mut frame = self.into_frame();
        frame.segments.push(Segment::Bytes(end));
        frame
    }

    /// What was written, in order.
    pub fn into_segments(self) -> Vec<Segment> {
        let buffer = Bytes::from(self.buffer);
        let mut segments = Vec::with_capacity(2 * self.inserts.len() + 1);
        let mut done = 0;
        for (place, segment) in self.inserts {
            if place > done {
                segments.push(Segment::Bytes(buffer.slice(done..place)));
                done = place;
            }
            segments.push(segment);
        }
        if done < buffer.len() {
            segments.push(Segment::Bytes(buffer.slice(done..)));
        }
        segments
    }
}

#[inline]
fn varint_bytes(mut value: u32) -> ([u8; 5], usize) {
    let mut bytes = [0; 5];
    let mut length = 0;
    loop {
        let [low, ..] = (value & 0x7f).to_le_bytes();
        value >>= 7;
        bytes[length] = if value == 0 { low } else { low | 0x80 };
        length += 1;
        if value == 0 {
            return (bytes, length);
        }
    }
}
