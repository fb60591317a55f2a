//! Zigzag varints, as protobuf's sint32 and sint64.

use bytes::BufMut;

/// Writes a 32-bit number.
#[inline]
pub(crate) fn put_i32(out: &mut impl BufMut, value: i32) {
    put_u64(out, u64::from(zigzag32(value)));
}

/// Writes a 64-bit number.
#[inline]
pub(crate) fn put_i64(out: &mut impl BufMut, value: i64) {
    put_u64(out, zigzag64(value));
}

/// How many bytes a 32-bit number takes.
#[inline]
pub(crate) fn size_i32(value: i32) -> usize {
    size_u64(u64::from(zigzag32(value)))
}

/// How many bytes a 64-bit number takes.
#[inline]
pub(crate) fn size_i64(value: i64) -> usize {
    size_u64(zigzag64(value))
}

#[inline]
fn zigzag32(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

#[inline]
fn zigzag64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Undoes the zigzag of a 32-bit number.
#[inline]
pub(crate) fn unzigzag32(raw: u32) -> i32 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

/// Undoes the zigzag of a 64-bit number.
#[inline]
pub(crate) fn unzigzag64(raw: u64) -> i64 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

#[inline]
fn put_u64(out: &mut impl BufMut, mut rest: u64) {
    while rest >= 0x80 {
        out.put_u8(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.put_u8(rest.to_le_bytes()[0]);
}

#[inline]
fn size_u64(raw: u64) -> usize {
    // 7 bits a byte, and a byte for zero.
    let bits = 64 - (raw | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// Reads from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

pub(crate) const CUT_OFF: &str = "a field reaches past the record's end";
pub(crate) const TOO_LONG: &str = "a variable-length number is too long";

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, &'static str> {
        let (first, rest) = self.rest.split_first().ok_or(CUT_OFF)?;
        self.rest = rest;
        Ok(*first)
    }

    #[inline]
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        self.rest.split_off(..count).ok_or(CUT_OFF)
    }

    /// A length-prefixed field; every negative length means null, as in Kafka.
    #[inline]
    pub(crate) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, &'static str> {
        match usize::try_from(self.i32()?) {
            Ok(length) => self.bytes(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// A 32-bit number. Bits beyond the 32nd are dropped, as Kafka's reader does.
    #[inline]
    pub(crate) fn i32(&mut self) -> Result<i32, &'static str> {
        // Numbers of one and two bytes, which most are, stay inline.
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                Ok(unzigzag32(u32::from(a)))
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                Ok(unzigzag32(u32::from(a & 0x7f) | u32::from(b) << 7))
            }
            _ => self.long_u64(5).map(|raw| unzigzag32(low_half(raw))),
        }
    }

    /// A 64-bit number.
    #[inline]
    pub(crate) fn i64(&mut self) -> Result<i64, &'static str> {
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                Ok(unzigzag64(u64::from(a)))
            }
            _ => self.long_u64(10).map(unzigzag64),
        }
    }

    fn long_u64(&mut self, bytes_max: usize) -> Result<u64, &'static str> {
        let mut raw = 0;
        for (index, byte) in self.rest.iter().take(bytes_max).enumerate() {
            raw |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(raw);
            }
        }
        Err(if self.rest.len() < bytes_max { CUT_OFF } else { TOO_LONG })
    }
}

#[inline]
fn low_half(raw: u64) -> u32 {
    u32::try_from(raw & 0xffff_ffff).expect("masked to 32 bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(narrow: i32, wide: i64, shift in 0u32..64) {
            let (narrow, wide) = (narrow >> (shift / 2), wide >> shift);
            let mut bytes = Vec::new();
            put_i32(&mut bytes, narrow);
            prop_assert_eq!(bytes.len(), size_i32(narrow));
            put_i64(&mut bytes, wide);
            prop_assert_eq!(bytes.len(), size_i32(narrow) + size_i64(wide));
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.i32(), Ok(narrow));
            prop_assert_eq!(reader.i64(), Ok(wide));
            prop_assert!(reader.rest().is_empty());
        }
    }

    #[test]
    fn extremes_come_back() {
        for wide in [i64::MIN, i64::MAX, -1, 0, 1] {
            let mut bytes = Vec::new();
            put_i64(&mut bytes, wide);
            assert_eq!(Reader::new(&bytes).i64(), Ok(wide));
        }
        for narrow in [i32::MIN, i32::MAX, -1, 0, 1, 63, 64, -64, -65, 8191, 8192] {
            let mut bytes = Vec::new();
            put_i32(&mut bytes, narrow);
            assert_eq!(Reader::new(&bytes).i32(), Ok(narrow));
        }
    }

    #[test]
    fn endless_and_cut_off_numbers_are_told_apart() {
        assert_eq!(Reader::new(&[0xff; 5]).i32(), Err(TOO_LONG));
        assert_eq!(Reader::new(&[0xff; 10]).i64(), Err(TOO_LONG));
        assert_eq!(Reader::new(&[0xff; 4]).i32(), Err(CUT_OFF));
        assert_eq!(Reader::new(&[]).i64(), Err(CUT_OFF));
    }
}
