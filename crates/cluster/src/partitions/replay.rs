//! Giving partitions what they lack of the write-ahead log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use vltava_model::Offset;
use vltava_partition::{Partition, Replayed};
use vltava_wal::{Recovered, RecoveredEntry};

use super::open::Chain;
use super::parked::Key;
use super::recover::{RecoverError, on_all_cores};
use super::{LookupError, Partitions};
use crate::limits::{REPLAY_BYTES, REPLAY_ENTRIES};

/// A replay under way.
pub(super) struct Replay<'a> {
    partitions: &'a Partitions,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Partitions that did not get all of their records; they are not served.
    lost: HashSet<Key>,
    /// The offsets that the write-ahead log has, from the first to behind the last.
    covered: HashMap<Key, (Offset, Offset)>,
    /// How many batches were missing.
    batches: usize,
}

impl<'a> Replay<'a> {
    pub(super) fn new(partitions: &'a Partitions) -> Replay<'a> {
        Replay { partitions, state: Mutex::default() }
    }

    /// Replays what was parked.
    pub(super) fn parked(&mut self) {
        let parked = self.partitions.parked.lock();
        for key in parked.keys() {
            let Some(partition) = self.open(key) else { continue };
            let state = self.state.get_mut();
            match parked.replay(&self.partitions.folder, &partition) {
                Some(count) => state.batches += count,
                None => {
                    state.lost.insert(key);
                }
            }
        }
    }

    /// Replays the write-ahead log, some of it at a time. Entries of topics that are gone are passed over, and those of
    /// partitions that failed.
    pub(super) fn recovered(&mut self, recovered: Recovered) -> Result<(), RecoverError> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        for chunk in recovered {
            for entry in chunk?.entries {
                bytes += entry.batches.len();
                group.push(entry);
            }
            if bytes >= REPLAY_BYTES || group.len() >= REPLAY_ENTRIES {
                self.group(std::mem::take(&mut group));
                bytes = 0;
            }
        }
        self.group(group);
        Ok(())
    }

    /// Replays entries: those of a partition in their order, partitions side by side.
    fn group(&self, entries: Vec<RecoveredEntry>) {
        let mut by_partition: HashMap<Key, Vec<RecoveredEntry>> = HashMap::new();
        for entry in entries {
            by_partition.entry((entry.topic_id, entry.partition)).or_default().push(entry);
        }
        let by_partition: Vec<_> = by_partition.into_iter().collect();
        on_all_cores(&by_partition, |(key, entries)| {
            if let Some(partition) = self.open(*key) {
                self.partition(*key, &partition, entries);
            }
        });
    }

    fn partition(&self, key: Key, partition: &Arc<Partition>, entries: &[RecoveredEntry]) {
        for entry in entries {
            if self.state.lock().lost.contains(&key) {
                return;
            }
            let replayed = partition.replay(entry);
            let mut state = self.state.lock();
            match replayed {
                Ok(Replayed::Skipped) => {}
                Ok(Replayed::Appended(count)) => state.batches += count,
                Err(error) => {
                    tracing::error!(partition = %partition.id(), error = %Chain(&error), "cannot replay the write-ahead log; the partition is not served until the next start");
                    state.lost.insert(key);
                }
            }
            let (first, end) = (entry.first_offset, entry.last_offset.next());
            let covered = state.covered.entry(key).or_insert((first, first));
            // Where something is missing in between, what came before it does not count.
            *covered = (if covered.1 < first { first } else { covered.0 }, covered.1.max(end));
        }
    }

    fn open(&self, (topic, index): Key) -> Option<Arc<Partition>> {
        let topic = self.partitions.topics.read().by_id.get(&topic).cloned()?;
        self.partitions.open_unstarted(&topic, index)
    }

    /// Starts every partition that is open and has all of its records; the others become failed. Returns how many batches
    /// were missing.
    pub(super) fn finish(self) -> usize {
        let State { lost, covered, batches } = self.state.into_inner();
        let open: Vec<(Key, Arc<Partition>)> = {
            let open = self.partitions.open.lock();
            open.iter().map(|(key, partition)| (*key, Arc::clone(partition))).collect()
        };
        on_all_cores(&open, |(key, partition)| {
            let started = match covered.get(key) {
                Some(covered) => partition.start_replayed(*covered),
                None => partition.start(),
            };
            if let Err(error) = &started {
                tracing::error!(partition = %partition.id(), error = %Chain(error), "cannot start the partition; it is not served until the next start");
            }
            if started.is_err() || lost.contains(key) {
                self.partitions.forsake(*key);
            }
        });
        batches
    }
}

impl Partitions {
    fn forsake(&self, (topic, index): Key) {
        let topic = self.topics.read().by_id.get(&topic).cloned();
        let Some(topic) = topic else { return };
        if let Ok(slot) = topic.slot(index).ok_or(LookupError::UnknownPartition) {
            self.give_up(topic.id, index, &mut slot.lock());
        }
    }
}
