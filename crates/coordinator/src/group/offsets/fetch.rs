//! OffsetFetch.

use vltava_model::TopicId;

use crate::group::answer::{Answer, FetchedPartition, FetchedTopic};
use crate::group::input::{OffsetFetch, TopicPartitions};
use crate::group::offsets::Offsets;
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::CommittedOffset;
use crate::shard::Token;

impl GroupShard {
    /// OffsetFetch. `require_stable` asks for nothing more while offsets cannot be committed in transactions.
    pub(in crate::group) fn fetch_offsets(
        &self,
        token: Token,
        fetch: &OffsetFetch,
    ) -> GroupDecision {
        let offsets = self.group(&fetch.group_id).map(|group| &group.offsets);
        let topics = match &fetch.topics {
            Some(topics) => topics.iter().map(|topic| fetch_topic(offsets, topic)).collect(),
            None => offsets.map(fetch_all).unwrap_or_default(),
        };
        reply_only(token, Answer::OffsetFetch(topics))
    }
}

fn fetch_topic(offsets: Option<&Offsets>, topic: &TopicPartitions) -> FetchedTopic {
    let fetched = |&partition| FetchedPartition {
        partition,
        committed: offsets
            .and_then(|offsets| offsets.get(&topic.topic, partition))
            .filter(|committed| is_of_topic(committed, topic.topic_id))
            .cloned(),
    };
    let partitions = topic.partitions.iter().map(fetched).collect();
    FetchedTopic { topic: topic.topic.clone(), partitions }
}

/// An offset of a topic of the same name that was deleted before is none of this one's.
fn is_of_topic(committed: &CommittedOffset, topic_id: TopicId) -> bool {
    let either_is_unknown = committed.topic_id == TopicId::ZERO || topic_id == TopicId::ZERO;
    either_is_unknown || committed.topic_id == topic_id
}

fn fetch_all(offsets: &Offsets) -> Vec<FetchedTopic> {
    let mut topics: Vec<FetchedTopic> = Vec::new();
    for (topic, partition, committed) in offsets.iter() {
        if topics.last().is_none_or(|last| last.topic != *topic) {
            topics.push(FetchedTopic { topic: topic.clone(), partitions: Vec::new() });
        }
        let last = topics.last_mut().expect("one was just put there if none was");
        last.partitions.push(FetchedPartition { partition, committed: Some(committed.clone()) });
    }
    topics
}
