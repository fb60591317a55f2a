//! What can be wrong with a batch.

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::compression::DecompressError;

/// A fact about bytes that are no batch, or no batch that may be appended. [`BatchError::kind`] says which sort.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchError {
    /// There are no bytes where one batch was asked for.
    #[error("there is no record batch")]
    NoBatch,
    /// The bytes end before the batch does. In a log this is a torn write or a cut-off read, and no damage.
    #[error("the batch needs {needed} bytes and {available} are there")]
    Incomplete {
        /// How many bytes the batch (or its header, if not even that is whole) takes.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// More bytes stand behind the one batch that is allowed: a second batch, or anything else.
    #[error("only one record batch is allowed and {extra_bytes} bytes stand behind it")]
    MoreThanOne {
        /// How many bytes.
        extra_bytes: usize,
    },
    /// The length field is too small for a batch.
    #[error("the batch length {batch_length} is smaller than a header")]
    LengthTooSmall {
        /// The length field.
        batch_length: i32,
    },
    /// The batch is larger than the topic allows.
    #[error("the batch has {size_bytes} bytes, more than the maximum of {max}")]
    TooLarge {
        /// Its size, header included.
        size_bytes: usize,
        /// `max.message.bytes`.
        max: usize,
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
    /// Zstandard in a version of Produce below 7.
    #[error("this version of the request does not allow zstd")]
    ZstdNotAllowed,
    /// The records cannot be decompressed.
    #[error("the records cannot be decompressed")]
    Decompress(#[source] DecompressError),
    /// The records unfold to more than [`limits`](crate::limits) allows.
    #[error("the records decompress to more than {limit} bytes")]
    DecompressedTooLarge {
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// A client's batch does not begin at offset 0.
    #[error("the base offset should be 0, but it is {base_offset}")]
    BadBaseOffset {
        /// The base offset.
        base_offset: i64,
    },
    /// The batch says that it holds no records, or fewer.
    #[error("invalid records count {records_count}")]
    BadCount {
        /// The records count.
        records_count: i32,
    },
    /// The last offset delta does not fit the records count.
    #[error("last offset delta {last_offset_delta} with {records_count} records")]
    InconsistentCount {
        /// The last offset delta; one less than the count in a batch that was never compacted.
        last_offset_delta: i32,
        /// The records count.
        records_count: i32,
    },
    /// A client wrote a control batch.
    #[error("clients are not allowed to write control records")]
    ControlFromClient,
    /// A transactional batch without producer id.
    #[error("a transactional batch needs a producer id")]
    TransactionalWithoutProducer,
    /// A batch with a producer id lacks an epoch or a sequence number.
    #[error(
        "invalid epoch {producer_epoch} or sequence {base_sequence} with producer id {producer_id}"
    )]
    BadSequence {
        /// The producer id.
        producer_id: i64,
        /// Its epoch.
        producer_epoch: i16,
        /// The sequence number of the first record.
        base_sequence: i32,
    },
    /// A record is not in the wire format, or ends too early.
    #[error("record {index} is malformed: {reason}")]
    MalformedRecord {
        /// The number of the record in the batch.
        index: i32,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A record's offset does not follow that of the record before.
    #[error("record {index} has offset delta {offset_delta}")]
    BadOffsetDelta {
        /// The number of the record in the batch.
        index: i32,
        /// Its offset delta.
        offset_delta: i32,
    },
    /// Bytes are left behind the last record.
    #[error("bytes are left behind the last record")]
    BytesAfterRecords,
    /// Some records break a rule of the topic; with them the whole batch is refused.
    #[error("{} records break a rule of the topic, the first of them: {}", .0.len(), RecordFault::first(.0))]
    InvalidRecords(Vec<RecordFault>),
    /// A control record's key or value cannot be read.
    #[error("malformed control record: {0}")]
    MalformedControlRecord(&'static str),
}

/// A record that breaks a rule of the topic (KIP-467).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("record {index}: {rule}")]
pub struct RecordFault {
    /// The number of the record in the batch.
    pub index: i32,
    /// The rule that it breaks.
    pub rule: RecordRule,
}

/// The rules for single records.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordRule {
    /// A compacted topic needs keys.
    #[error("a compacted topic cannot accept a record without key")]
    MissingKey,
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
    #[error("timestamp {timestamp} is not within [{}, {}]", .allowed.start(), .allowed.end())]
    TimestampOutOfRange {
        /// The record's timestamp.
        timestamp: i64,
        /// What the topic allows at this time.
        allowed: RangeInclusive<i64>,
    },
    /// The batch says that the broker set its timestamps, where the broker sets them, or there is none.
    #[error("producers should not set the timestamp type to LogAppendTime")]
    LogAppendTimeFromClient {
        /// The record's timestamp.
        timestamp: i64,
        /// The size of its key.
        key_bytes: usize,
        /// The size of its value.
        value_bytes: usize,
    },
}

impl RecordFault {
    fn first(faults: &[RecordFault]) -> String {
        faults.first().map(RecordFault::to_string).unwrap_or_default()
    }
}

/// The sorts of [`BatchError`], for whoever must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes end too early. In a request this is no batch at all; in a log it is where the log ends.
    Incomplete,
    /// There is no batch, or more than one.
    NotOne,
    /// The bytes are damaged.
    Corrupt,
    /// A message format that is not supported.
    OldFormat,
    /// A codec that is not known or not allowed.
    Compression,
    /// The batch is larger than allowed.
    TooLarge,
    /// A timestamp is out of bounds.
    Timestamp,
    /// The batch breaks a rule, or its records make no sense although the CRC is right.
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
            BatchError::UnknownCompression(_) | BatchError::ZstdNotAllowed => {
                ErrorKind::Compression
            }
            BatchError::TooLarge { .. } | BatchError::DecompressedTooLarge { .. } => {
                ErrorKind::TooLarge
            }
            BatchError::InvalidRecords(faults) if faults.iter().any(RecordFault::is_timestamp) => {
                ErrorKind::Timestamp
            }
            BatchError::NoBatch | BatchError::MoreThanOne { .. } => ErrorKind::NotOne,
            BatchError::Decompress(_)
            | BatchError::BadBaseOffset { .. }
            | BatchError::BadCount { .. }
            | BatchError::InconsistentCount { .. }
            | BatchError::ControlFromClient
            | BatchError::TransactionalWithoutProducer
            | BatchError::BadSequence { .. }
            | BatchError::MalformedRecord { .. }
            | BatchError::BadOffsetDelta { .. }
            | BatchError::BytesAfterRecords
            | BatchError::InvalidRecords(_)
            | BatchError::MalformedControlRecord(_) => ErrorKind::Invalid,
        }
    }
}

impl RecordFault {
    fn is_timestamp(&self) -> bool {
        match self.rule {
            RecordRule::MissingKey => false,
            RecordRule::TimestampOutOfRange { .. } | RecordRule::LogAppendTimeFromClient { .. } => {
                true
            }
        }
    }
}

impl From<DecompressError> for BatchError {
    fn from(error: DecompressError) -> BatchError {
        match error {
            DecompressError::TooLarge { limit } => BatchError::DecompressedTooLarge { limit },
            DecompressError::Malformed(_) => BatchError::Decompress(error),
        }
    }
}
