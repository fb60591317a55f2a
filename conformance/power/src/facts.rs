//! What a broker has promised, each with the moment of the promise on the disk's clock.

use std::collections::BTreeMap;

use vltava_model::TopicId;

/// A request and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// Before it was sent.
    pub(crate) asked: usize,
    /// After it was answered with success.
    pub(crate) done: Option<usize>,
    /// What it was about: an offset, a number of partitions.
    pub(crate) value: i64,
}

/// What is expected of a topic's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Everything acknowledged stays.
    Kept,
    /// The oldest may go while so many bytes are left.
    Retained(u64),
    /// Nothing is promised but that what is there is what was sent, without gaps.
    Cached,
    /// The last record of each key stays.
    Compacted,
}

/// A record: which stream sent it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) stream: u32,
    pub(crate) number: u64,
}

/// A record that is known to have an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) origin: Origin,
    /// When it was acknowledged by `acks=all`, or read by a consumer; `usize::MAX` if never.
    pub(crate) promised: usize,
}

/// What is known of a partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogFacts {
    pub(crate) records: BTreeMap<i64, Known>,
    /// DeleteRecords: the new start.
    pub(crate) trims: Vec<Claim>,
}

/// What is known of a topic.
#[derive(Clone, Debug)]
pub(crate) struct TopicFacts {
    pub(crate) name: String,
    pub(crate) id: TopicId,
    pub(crate) rules: Rules,
    /// Its creation and growth, by number of partitions.
    pub(crate) sizes: Vec<Claim>,
    pub(crate) deletion: Option<Claim>,
    /// `retention.ms`.
    pub(crate) configs: Vec<Claim>,
    pub(crate) logs: BTreeMap<i32, LogFacts>,
}

/// All that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) topics: Vec<TopicFacts>,
    /// Creations that were asked for and not answered, by name.
    pub(crate) unanswered: Vec<(String, usize)>,
    /// Committed offsets by group and topic.
    pub(crate) commits: BTreeMap<(String, String), Vec<Claim>>,
}

impl Facts {
    pub(crate) fn topic(&mut self, id: TopicId) -> &mut TopicFacts {
        let topic = self.topics.iter_mut().find(|topic| topic.id == id);
        topic.expect("topics are noted when they are made")
    }

    pub(crate) fn log(&mut self, id: TopicId, partition: i32) -> &mut LogFacts {
        self.topic(id).logs.entry(partition).or_default()
    }

    /// How many records were promised by a moment.
    pub(crate) fn promised(&self, by: usize) -> usize {
        let logs = self.topics.iter().flat_map(|topic| topic.logs.values());
        logs.flat_map(|log| log.records.values()).filter(|known| known.promised <= by).count()
    }
}

impl LogFacts {
    /// Notes that a record has an offset. An error if another one was known there.
    pub(crate) fn note(&mut self, offset: i64, known: Known) -> anyhow::Result<()> {
        let noted = self.records.entry(offset).or_insert(known);
        let (there, found) = (noted.origin, known.origin);
        anyhow::ensure!(there == found, "offset {offset} is {found:?}, and was {there:?}");
        noted.promised = noted.promised.min(known.promised);
        Ok(())
    }
}

impl Claim {
    /// The largest value that was promised by a moment, and the largest that was asked for.
    pub(crate) fn bounds(claims: &[Claim], point: usize) -> (Option<i64>, Option<i64>) {
        let done = claims.iter().filter(|claim| claim.done.is_some_and(|done| done <= point));
        let asked = claims.iter().filter(|claim| claim.asked <= point);
        (done.map(|claim| claim.value).max(), asked.map(|claim| claim.value).max())
    }
}
