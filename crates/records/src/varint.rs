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
