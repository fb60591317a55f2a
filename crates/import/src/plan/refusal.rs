//! Why there is no plan, and what to do.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;
use vltava_model::{InvalidTopicName, TopicId, TopicName, TopicPartition};

use crate::limits::NAMES_IN_MESSAGE_MAX;

/// Why these folders cannot be taken over as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No folder was given.
    #[error("no log folder was given")]
    NoFolder,
    /// The folders are not of one broker.
    #[error(
        "{one} is of {one_is}, and {other} is of {other_is}: give the log.dirs of one broker",
        one = .one.display(), other = .other.display()
    )]
    OtherBroker {
        /// A folder.
        one: PathBuf,
        /// Whose it is.
        one_is: String,
        /// Another.
        other: PathBuf,
        /// Whose that is.
        other_is: String,
    },
    /// A partition lies in two folders.
    #[error(
        "{partition} lies in {one} and in {other}: start and stop this Kafka once more, which keeps the right one, or move the wrong one away",
        one = .one.display(), other = .other.display()
    )]
    Twice {
        /// The partition.
        partition: TopicPartition,
        /// A folder.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// Partitions lie in a log folder that was not given.
    #[error(
        "the log folder with directory.id={directory} in its meta.properties was not given, and it has {partitions}; add it to --log-dirs (or, if it is lost, give --accept-loss, and they begin empty)"
    )]
    FolderMissing {
        /// The folder's id.
        directory: TopicId,
        /// The partitions in it.
        partitions: Names,
    },
    /// Partitions are on other brokers, or gone.
    #[error(
        "not on this broker: {partitions}; move them here first (kafka-reassign-partitions), or give --accept-loss, and they begin empty"
    )]
    PartitionsMissing {
        /// The partitions.
        partitions: Names,
    },
    /// Other brokers have newer records of partitions.
    #[error(
        "not in sync on this broker, so that it may lack the newest records: {partitions}; start the cluster, wait until nothing is under-replicated, and stop this broker last, or give --accept-loss"
    )]
    Behind {
        /// The partitions.
        partitions: Names,
    },
    /// Segments of before Kafka 0.11.
    #[error(
        "message format 0 or 1 in {segments}; copy these topics within Kafka first (a consumer and a producer, or MirrorMaker), or give --skip-old-formats to leave these segments out"
    )]
    OldFormat {
        /// The segments.
        segments: Names,
    },
    /// A topic has a name that cannot be.
    #[error("the metadata log names a topic {name:?}")]
    BadTopic {
        /// The name.
        name: String,
        /// Why not.
        #[source]
        source: InvalidTopicName,
    },
    /// The partitions of a topic do not count from 0.
    #[error("the metadata log lacks partitions of topic {name}")]
    PartitionGap {
        /// The topic.
        name: TopicName,
    },
}

/// Names in a message: the first of them, and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    first: Vec<String>,
    more: usize,
}

impl Names {
    /// Takes the first of these.
    pub(crate) fn of(names: &[impl ToString]) -> Names {
        let first = names.iter().take(NAMES_IN_MESSAGE_MAX).map(ToString::to_string);
        Names { first: first.collect(), more: names.len().saturating_sub(NAMES_IN_MESSAGE_MAX) }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first.join(", "))?;
        if self.more > 0 { write!(f, " and {} more", self.more) } else { Ok(()) }
    }
}
