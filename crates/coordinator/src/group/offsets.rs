//! What groups have committed.

mod commit;
mod delete;
mod expire;
mod fetch;

use std::collections::BTreeMap;

use vltava_model::{PartitionIndex, TopicName};

use crate::group::state::CommittedOffset;

/// The offsets that one group has committed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::group) struct Offsets {
    /// No topic is here without partitions.
    by_topic: BTreeMap<TopicName, BTreeMap<PartitionIndex, CommittedOffset>>,
}

impl Offsets {
    pub(in crate::group) fn is_empty(&self) -> bool {
        self.by_topic.is_empty()
    }

    fn get(&self, topic: &TopicName, partition: PartitionIndex) -> Option<&CommittedOffset> {
        self.by_topic.get(topic)?.get(&partition)
    }

    fn of_topic(
        &self,
        topic: &TopicName,
    ) -> impl Iterator<Item = (PartitionIndex, &CommittedOffset)> {
        let partitions = self.by_topic.get(topic).into_iter().flatten();
        partitions.map(|(partition, committed)| (*partition, committed))
    }

    fn iter(&self) -> impl Iterator<Item = (&TopicName, PartitionIndex, &CommittedOffset)> {
        self.by_topic.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(move |(partition, committed)| (topic, *partition, committed))
        })
    }

    pub(in crate::group) fn insert(
        &mut self,
        topic: &TopicName,
        partition: PartitionIndex,
        committed: CommittedOffset,
    ) {
        match self.by_topic.get_mut(topic) {
            Some(partitions) => _ = partitions.insert(partition, committed),
            None => {
                self.by_topic.insert(topic.clone(), BTreeMap::from([(partition, committed)]));
            }
        }
    }

    pub(in crate::group) fn remove(&mut self, topic: &TopicName, partition: PartitionIndex) {
        let Some(partitions) = self.by_topic.get_mut(topic) else { return };
        partitions.remove(&partition);
        if partitions.is_empty() {
            self.by_topic.remove(topic);
        }
    }
}
