//! Records of a coordinator's topic.

use bytes::Bytes;
use thiserror::Error;
use vltava_model::{GroupId, InvalidTopicName};
use vltava_protocol::DecodeError;

/// One record of an internal compacted topic, as its bytes stand in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Names what the record is about, beginning with the kind of record as an int16.
    pub key: Bytes,
    /// What is said about it, beginning with the version of the format as an int16; `None` takes it back.
    pub value: Option<Bytes>,
}

/// Why a record of a known kind cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The key ends before its kind does, or its fields cannot be read.
    #[error("the key of a record is malformed")]
    MalformedKey(#[source] DecodeError),
    /// The value cannot be read.
    #[error("the value of a record of kind {kind} is malformed")]
    MalformedValue {
        /// The record's kind.
        kind: i16,
        /// What is wrong.
        #[source]
        source: DecodeError,
    },
    /// The value has a version that came after this program.
    #[error("the value of a record of kind {kind} has the unknown version {version}")]
    UnknownVersion {
        /// The record's kind.
        kind: i16,
        /// The version that the value claims.
        version: i16,
    },
    /// An offset is of a topic that cannot be.
    #[error("a record is about an impossible topic")]
    InvalidTopic(#[source] InvalidTopicName),
    /// A group has members that agree on nothing.
    #[error("the record of group {group_id} has members and no protocol")]
    MembersWithoutProtocol {
        /// The group.
        group_id: GroupId,
    },
}
