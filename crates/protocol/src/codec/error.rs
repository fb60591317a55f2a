//! Why bytes are no message.

use thiserror::Error;

/// What is wrong with the bytes of a message. A broker closes the connection that sent them, as Kafka does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The message goes on after the end of its bytes.
    #[error("{needed} bytes are needed and {remaining} are left")]
    Truncated {
        /// How many bytes the next value takes.
        needed: usize,
        /// How many there are.
        remaining: usize,
    },
    /// Bytes follow the end of the message.
    #[error("{0} bytes follow the end of the message")]
    TrailingBytes(usize),
    /// A varint of more than 32 bits.
    #[error("a varint has more than 32 bits")]
    VarintTooLong,
    /// An array claims to have more elements than there are bytes left.
    #[error("an array claims {claimed} elements and {remaining} bytes are left")]
    ArrayTooLong {
        /// The number of elements.
        claimed: usize,
        /// How many bytes there are.
        remaining: usize,
    },
    /// A string of more than 32767 bytes.
    #[error("a string of {0} bytes is longer than 32767")]
    StringTooLong(usize),
    /// A null where the version does not allow one.
    #[error("null where a value must be")]
    UnexpectedNull,
    /// A tagged field's value is shorter than its size says.
    #[error("tagged field {tag} has {unread} bytes too many")]
    TagSize {
        /// The field's number.
        tag: u32,
        /// How many bytes were not read.
        unread: usize,
    },
    /// No API has this key.
    #[error("unknown api key {0}")]
    UnknownApi(i16),
    /// The version is not one that can be decoded.
    #[error("version {version} of {name} is not supported")]
    UnsupportedVersion {
        /// The message.
        name: &'static str,
        /// The version asked for.
        version: i16,
    },
}
