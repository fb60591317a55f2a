//! Takes a frame apart.

use bytes::Bytes;

use super::error::DecodeError;

/// A place in a frame. Whatever it hands out as `Bytes` is a slice of the frame and not a copy.
#[derive(Debug)]
pub struct Reader {
    frame: Bytes,
    position: usize,
    /// The end of the frame, or of the tagged field that is being read.
    end: usize,
}

/// A tagged field that is being read.
#[derive(Debug)]
#[must_use = "hand it back to `leave_tag`"]
pub struct TagScope {
    /// The field's number.
    pub number: u32,
    outer_end: usize,
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident: $int:ty;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name(&mut self) -> Result<$int, DecodeError> {
            self.array().map(<$int>::from_be_bytes)
        }
    )*};
}

impl Reader {
    /// Reads from the start of `frame`.
    pub fn new(frame: Bytes) -> Reader {
        let end = frame.len();
        Reader { frame, position: 0, end }
    }

    /// How many bytes are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.end - self.position
    }

    /// An error if bytes are left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(DecodeError::TrailingBytes(left)),
        }
    }

    #[inline]
    fn advance(&mut self, length: usize) -> Result<usize, DecodeError> {
        let remaining = self.remaining();
        if length > remaining {
            return Err(DecodeError::Truncated { needed: length, remaining });
        }
        let start = self.position;
        self.position += length;
        Ok(start)
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let start = self.advance(N)?;
        let bytes = &self.frame[start..start + N];
        Ok(bytes.try_into().expect("the slice has N bytes"))
    }

    /// The next `length` bytes, as a slice of the frame.
    #[inline]
    pub fn bytes(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        let start = self.advance(length)?;
        Ok(self.frame.slice(start..start + length))
    }

    fixed! {
        /// One byte with a sign.
        i8: i8;
        /// One byte.
        u8: u8;
        /// Two bytes with a sign.
        i16: i16;
        /// Two bytes.
        u16: u16;
        /// Four bytes with a sign.
        i32: i32;
        /// Four bytes.
        u32: u32;
        /// Eight bytes with a sign.
        i64: i64;
        /// Eight bytes of a floating point number.
        f64: f64;
    }

    /// An unsigned varint of up to 32 bits: seven bits a byte, the low ones first.
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let first = self.u8()?;
        if first < 0x80 { Ok(u32::from(first)) } else { self.uvarint_rest(first) }
    }

    fn uvarint_rest(&mut self, first: u8) -> Result<u32, DecodeError> {
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.u8()?;
            if shift == 28 && byte > 0x0f {
                break;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::VarintTooLong)
    }

    /// A length in compact form: one is added to it, and 0 is null.
    #[inline]
    pub fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.uvarint()?.checked_sub(1);
        Ok(length.map(|length| usize::try_from(length).expect("usize has 32 bits or more")))
    }

    /// A length of two bytes; any negative one is null.
    #[inline]
    pub fn short_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(usize::try_from(self.i16()?).ok())
    }

    /// A length of four bytes; any negative one is null.
    #[inline]
    pub fn long_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(usize::try_from(self.i32()?).ok())
    }

    /// Reads `count` elements. Memory is reserved for no more elements than fit into as many bytes as are left, and
    /// grows beyond that only as elements come out of the frame.
    pub fn elements<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Reader) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let remaining = self.remaining();
        if count > remaining {
            return Err(DecodeError::ArrayTooLong { claimed: count, remaining });
        }
        let affordable = remaining / size_of::<T>().max(1);
        let mut elements = Vec::with_capacity(count.min(affordable));
        for _ in 0..count {
            elements.push(read(self)?);
        }
        Ok(elements)
    }

    /// How many tagged fields follow. Each takes two bytes at least.
    #[inline]
    pub fn tag_count(&mut self) -> Result<u32, DecodeError> {
        let count = self.uvarint()?;
        let claimed = usize::try_from(count).expect("usize has 32 bits or more");
        let remaining = self.remaining();
        if claimed > remaining / 2 {
            return Err(DecodeError::ArrayTooLong { claimed, remaining });
        }
        Ok(count)
    }

    /// Begins a tagged field: until `leave_tag` only its own bytes can be read.
    pub fn enter_tag(&mut self) -> Result<TagScope, DecodeError> {
        let number = self.uvarint()?;
        let size = usize::try_from(self.uvarint()?).expect("usize has 32 bits or more");
        let remaining = self.remaining();
        if size > remaining {
            return Err(DecodeError::Truncated { needed: size, remaining });
        }
        let scope = TagScope { number, outer_end: self.end };
        self.end = self.position + size;
        Ok(scope)
    }

    /// Passes over what is left of a tagged field.
    pub fn skip_tag(&mut self, _scope: &TagScope) {
        self.position = self.end;
    }

    /// Ends a tagged field; an error if some of it is left.
    pub fn leave_tag(&mut self, scope: TagScope) -> Result<(), DecodeError> {
        let unread = self.remaining();
        if unread > 0 {
            return Err(DecodeError::TagSize { tag: scope.number, unread });
        }
        self.end = scope.outer_end;
        Ok(())
    }
}
