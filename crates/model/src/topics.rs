//! Topics and partitions.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// A legal topic name: 1 to 249 of `[a-zA-Z0-9._-]`, and neither `.` nor `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

/// Why a string is no topic name, in the words that Kafka's tools show.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidTopicName {
    /// The name is empty.
    #[error("the empty string is not allowed")]
    Empty,
    /// The name is `.` or `..`.
    #[error("'{0}' is not allowed")]
    Dots(String),
    /// The name has more than 249 characters.
    #[error("the length of '{0}' is longer than the max allowed length 249")]
    TooLong(String),
    /// The name holds a character outside `[a-zA-Z0-9._-]`.
    #[error(
        "'{0}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    )]
    IllegalCharacter(String),
}

impl TopicName {
    /// The longest legal name: the folder `name-partition` must fit into 255 bytes.
    pub const LENGTH_MAX: usize = 249;

    /// Checks and takes a name.
    pub fn new(name: &str) -> Result<TopicName, InvalidTopicName> {
        if name.is_empty() {
            return Err(InvalidTopicName::Empty);
        }
        if name == "." || name == ".." {
            return Err(InvalidTopicName::Dots(name.to_owned()));
        }
        if name.len() > Self::LENGTH_MAX {
            return Err(InvalidTopicName::TooLong(name.to_owned()));
        }
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !name.bytes().all(legal) {
            return Err(InvalidTopicName::IllegalCharacter(name.to_owned()));
        }
        Ok(TopicName(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a topic of the broker's own, which clients may read but not write.
    pub fn is_internal(&self) -> bool {
        matches!(&*self.0, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A topic's id (KIP-516): 16 random bytes that a topic keeps for life and never shares with a namesake made later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TopicId(pub [u8; 16]);

impl TopicId {
    /// No id: what clients send that name topics by name.
    pub const ZERO: TopicId = TopicId([0; 16]);

    /// Reads the form that Kafka prints: 22 characters of unpadded URL-safe base64.
    pub fn parse(text: &str) -> Option<TopicId> {
        let text = text.as_bytes();
        if text.len() != 22 {
            return None;
        }
        let mut bits: u128 = 0;
        for &b in &text[..21] {
            bits = (bits << 6) | u128::from(base64_value(b)?);
        }
        let last = base64_value(text[21])?;
        if last & 0b1111 != 0 {
            return None;
        }
        Some(TopicId(((bits << 2) | u128::from(last >> 4)).to_be_bytes()))
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64_value(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        for digit in 0..22u32 {
            let shift = 122i32 - 6 * digit.cast_signed();
            let value = if shift >= 0 { bits >> shift } else { bits << -shift } & 0b11_1111;
            let symbol = BASE64[usize::try_from(value).expect("six bits fit")];
            fmt::Write::write_char(f, char::from(symbol))?;
        }
        Ok(())
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The number of a partition in its topic, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PartitionIndex(pub i32);

impl fmt::Display for PartitionIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PartitionIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A partition by name; prints as Kafka's folder name, `topic-partition`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition in it.
    pub partition: PartitionIndex,
}

impl TopicPartition {
    /// Puts the two together.
    pub fn new(topic: TopicName, partition: PartitionIndex) -> TopicPartition {
        TopicPartition { topic, partition }
    }

    /// Reads a folder name of the form `topic-partition`; `None` if it is not one.
    pub fn parse(folder: &str) -> Option<TopicPartition> {
        let (topic, partition) = folder.rsplit_once('-')?;
        if partition.is_empty() || !partition.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let partition = PartitionIndex(partition.parse().ok()?);
        Some(TopicPartition { topic: TopicName::new(topic).ok()?, partition })
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(TopicName::new("orders.v1_x-Y").is_ok());
        assert_eq!(TopicName::new(""), Err(InvalidTopicName::Empty));
        assert!(TopicName::new("..").is_err());
        assert!(TopicName::new("a/b").is_err());
        assert!(TopicName::new(&"x".repeat(249)).is_ok());
        assert!(TopicName::new(&"x".repeat(250)).is_err());
    }

    #[test]
    fn ids_print_as_kafka_prints_them() {
        assert_eq!(TopicId::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(TopicId([0xff; 16]).to_string(), "_____________________w");
        let id = TopicId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(id.to_string(), "AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(TopicId::parse("AAECAwQFBgcICQoLDA0ODw"), Some(id));
        assert_eq!(TopicId::parse("AAECAwQFBgcICQoLDA0OD"), None);
        assert_eq!(TopicId::parse("AAECAwQFBgcICQoLDA0OD!"), None);
    }

    #[test]
    fn folders() {
        let parsed = TopicPartition::parse("a-b-12").unwrap();
        assert_eq!((parsed.topic.as_str(), parsed.partition.0), ("a-b", 12));
        assert_eq!(parsed.to_string(), "a-b-12");
        for bad in ["a", "a-", "-1", "a-x", "a-99999999999", "a--"] {
            assert_eq!(TopicPartition::parse(bad), None, "{bad}");
        }
    }
}
