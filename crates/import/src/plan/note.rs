//! What the user should know of a plan.

use std::fmt;
use std::path::PathBuf;

use vltava_model::{Offset, TopicId, TopicPartition};

use super::Names;
use crate::folder::LeftAlone;
use crate::metadata::LeftOut;

/// Something that is not taken over, or not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// The broker did not close its logs.
    NotClean,
    /// Other brokers of the cluster.
    OtherBrokers(Vec<i32>),
    /// A partition without data here.
    BeginsEmpty(TopicPartition),
    /// A partition of which other brokers may have more.
    Behind(TopicPartition),
    /// Segments that are left out.
    OldFormat {
        /// The partition.
        partition: TopicPartition,
        /// How many.
        segments: usize,
        /// Where the log begins now.
        start: Offset,
    },
    /// A partition's folder that no topic has.
    NoTopic {
        /// The folder.
        path: PathBuf,
        /// The id of the topic that it belonged to.
        topic_id: Option<TopicId>,
    },
    /// A folder that is no partition.
    LeftAlone {
        /// The folder.
        path: PathBuf,
        /// What it is.
        reason: LeftAlone,
    },
    /// A config that Kafka 4.3 does not have.
    UnknownConfig {
        /// What it was set on.
        resource: String,
        /// The config, with its value.
        config: String,
    },
    /// Configs of something that Vltava has no configs for, or of another broker.
    OtherConfigs {
        /// Whose.
        resource: String,
        /// Their names.
        configs: Vec<String>,
    },
    /// ACLs.
    Acls(usize),
    /// SCRAM credentials.
    Scram(usize),
    /// Quotas.
    Quotas(Vec<String>),
    /// Delegation tokens.
    DelegationTokens(u64),
    /// Records that a later Kafka wrote.
    UnknownRecords {
        /// Their kind.
        kind: u32,
        /// How many.
        count: u64,
    },
}

/// The notes on what Vltava does not keep.
pub(super) fn of_left_out(left: &LeftOut) -> Vec<Note> {
    let mut notes = Vec::new();
    if !left.acls.is_empty() {
        notes.push(Note::Acls(left.acls.len()));
    }
    if !left.scram.is_empty() {
        notes.push(Note::Scram(left.scram.len()));
    }
    if !left.quotas.is_empty() {
        notes.push(Note::Quotas(left.quotas.iter().cloned().collect()));
    }
    if left.delegation_tokens > 0 {
        notes.push(Note::DelegationTokens(left.delegation_tokens));
    }
    let unknown = left.unknown.iter();
    notes.extend(unknown.map(|(kind, count)| Note::UnknownRecords { kind: *kind, count: *count }));
    notes
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NONE_YET: &str = "not taken over, as Vltava has none yet";
        match self {
            Note::NotClean => f.write_str(
                "the broker did not stop by itself: the first start checks the ends of its logs, and cuts what is torn",
            ),
            Note::OtherBrokers(ids) => {
                let ids = Names::of(ids);
                write!(f, "brokers {ids} are not taken over: every topic has one replica from here on")
            }
            Note::BeginsEmpty(partition) => {
                write!(f, "{partition} has no folder here and begins empty")
            }
            Note::Behind(partition) => {
                write!(f, "{partition} was not in sync here, and may lack its newest records")
            }
            Note::OldFormat { partition, segments, start } => write!(
                f,
                "{partition} begins at offset {start}: {segments} segments of message format 0 or 1 are left out"
            ),
            Note::NoTopic { path, topic_id } => {
                let path = path.display();
                write!(f, "{path} is left alone: it belongs to no topic of the metadata")?;
                topic_id.map_or(Ok(()), |id| write!(f, " (topic id {id})"))
            }
            Note::LeftAlone { path, reason } => {
                write!(f, "{} is left alone: {}", path.display(), reason.text())
            }
            Note::UnknownConfig { resource, config } => {
                write!(f, "{config} of {resource} is dropped: Kafka 4.3 has no such config")
            }
            Note::OtherConfigs { resource, configs } => {
                write!(f, "configs of {resource} are not taken over: {}", configs.join(", "))
            }
            Note::Acls(count) => write!(f, "{NONE_YET}: {count} ACLs"),
            Note::Scram(count) => write!(f, "{NONE_YET}: {count} SCRAM credentials"),
            Note::Quotas(quotas) => {
                write!(f, "{NONE_YET}: {} quotas ({})", quotas.len(), Names::of(quotas))
            }
            Note::DelegationTokens(count) => write!(f, "{NONE_YET}: {count} delegation tokens"),
            Note::UnknownRecords { kind, count } => {
                write!(f, "{count} metadata records of kind {kind}, which Kafka 4.3 does not have")
            }
        }
    }
}

impl LeftAlone {
    fn text(self) -> &'static str {
        match self {
            LeftAlone::Future => {
                "an unfinished move between log folders; the partition itself is taken from where it was"
            }
            LeftAlone::Deleted => "its topic was deleted",
            LeftAlone::Stray => "Kafka had set it aside",
            LeftAlone::Other => "it is no partition's folder",
        }
    }
}
