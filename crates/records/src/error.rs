//! What can be wrong with a batch.

use thiserror::Error;

/// A fact about bytes that are no batch, or no batch that may be appended. [`BatchError::kind`] says which sort.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes end before the batch does. In a log this is a torn write or a cut-off read, and no damage.
    #[error("the batch needs {needed} bytes and {available} are there")]
    Incomplete {
        /// How many bytes the batch (or its header, if not even that is whole) takes.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// The length field is too small for a batch.
    #[error("the batch length {batch_length} is smaller than a header")]
    LengthTooSmall {
        /// The length field.
        batch_length: i32,
    },
    /// The CRC does not match the bytes.
    #[error("the batch is corrupt (stored crc = {stored}, computed crc = {computed})")]
    BadCrc {
        /// As it stands in the header.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// A message of Kafka 0.10 or before, magic 0 or 1.
    #[error("message format with magic {0} is not supported")]
    OldMagic(u8),
    /// A magic that no Kafka has had.
    #[error("invalid magic {0}")]
    UnknownMagic(u8),
    /// The attributes name a codec that does not exist.
    #[error("unknown compression type id {0}")]
    UnknownCompression(i16),
}

/// The sorts of [`BatchError`], for whoever must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes end too early.
    Incomplete,
    /// The bytes are damaged.
    Corrupt,
    /// A message format that is not supported.
    OldFormat,
    /// A codec that is not supported or not allowed.
    Compression,
    /// The batch is larger than allowed.
    TooLarge,
    /// A timestamp is out of bounds.
    Timestamp,
    /// The batch breaks a rule.
    Invalid,
}

impl BatchError {
    /// Which sort of error this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            BatchError::Incomplete { .. } => ErrorKind::Incomplete,
            BatchError::LengthTooSmall { .. }
            | BatchError::BadCrc { .. }
            | BatchError::UnknownMagic(_) => ErrorKind::Corrupt,
            BatchError::OldMagic(_) => ErrorKind::OldFormat,
            BatchError::UnknownCompression(_) => ErrorKind::Compression,
        }
    }
}
