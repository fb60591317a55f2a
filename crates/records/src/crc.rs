//! CRC-32C (Castagnoli), which covers a batch from its attributes to its end.

/// The CRC-32C of `bytes`.
#[inline]
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// The CRC-32C of two pieces, one behind the other.
pub(crate) fn crc32c_of_parts(first: &[u8], second: &[u8]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(first);
    digest.update(second);
    u32::try_from(digest.finalize()).expect("a CRC of 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that catalogues of CRCs give for CRC-32C.
    #[test]
    fn it_is_castagnoli() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c_of_parts(b"1234", b"56789"), 0xe306_9283);
    }
}
