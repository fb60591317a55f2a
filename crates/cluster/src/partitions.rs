//! The partitions of this node.

mod checkpoints;
mod cleaning;
mod delete;
mod flush;
mod follow;
mod housekeeping;
mod open;
mod parked;
mod recover;
mod replay;
mod rest;
mod summary;
mod topic;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;
use thiserror::Error;
use vltava_metadata::BrokerProperties;
use vltava_model::{BrokerId, PartitionIndex, TopicId, TopicName, TopicPartition};
use vltava_partition::Partition;
use vltava_runtime::{Clock, Tasks};
use vltava_wal::Wal;

use cleaning::Cleaning;
use parked::{Key, Parked};
pub use recover::RecoverError;
pub(crate) use recover::{Opened, Recovery};
use topic::{OpenTopic, State};

/// The partitions of this node, by name and by topic id. Follows the metadata image: see [`Partitions::follow`].
///
/// A partition is opened when it is first asked for, and closed again when nobody asks for a while. Locks, in this order:
/// that of a partition's place, that of `open`.
pub struct Partitions {
    folder: PathBuf,
    broker: BrokerId,
    properties: Arc<BrokerProperties>,
    wal: Arc<Wal>,
    clock: Clock,
    tasks: Tasks,
    topics: RwLock<Topics>,
    /// Those that are open, in their places as well.
    open: parking_lot::Mutex<HashMap<Key, Arc<Partition>>>,
    /// Counts the partitions that could not be opened.
    failures: AtomicU64,
    /// Held while the checkpoint files are written, so that an older state never replaces a newer one.
    checkpoints: parking_lot::Mutex<()>,
    /// Held while several partitions are flushed together.
    flushing: parking_lot::Mutex<()>,
    /// Partitions were closed, and what that wrote is not synced.
    closed_unsynced: AtomicBool,
    /// The write-ahead log keeps what this start replayed.
    replayed_unsynced: AtomicBool,
    /// Records of the write-ahead log that were moved aside.
    parked: parking_lot::Mutex<Parked>,
    /// Partitions that failed at work and of which the write-ahead log has nothing that is not parked.
    all_parked: parking_lot::Mutex<HashSet<Key>>,
    /// Compaction.
    cleaning: Cleaning,
    /// Held while topics are added, deleted or configured.
    following: tokio::sync::Mutex<()>,
}

/// The same topics twice; both maps change together.
#[derive(Default)]
struct Topics {
    by_name: HashMap<TopicName, Arc<OpenTopic>>,
    by_id: HashMap<TopicId, Arc<OpenTopic>>,
}

/// Why there is no partition to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LookupError {
    /// There is no topic of that name.
    #[error("there is no such topic")]
    UnknownTopic,
    /// There is no topic of that id.
    #[error("there is no topic of that id")]
    UnknownTopicId,
    /// The topic has no partition of that index.
    #[error("the topic has no such partition")]
    UnknownPartition,
    /// The partition could not be opened; the log says why.
    #[error("the partition's storage has failed")]
    Storage,
}

impl Partitions {
    /// A partition by its topic's name. Opens it if it is not open, for which it may block a moment.
    pub fn by_name(
        &self,
        topic: &str,
        partition: PartitionIndex,
    ) -> Result<Arc<Partition>, LookupError> {
        let topic = {
            let topics = self.topics.read();
            let topic = topics.by_name.get(topic).ok_or(LookupError::UnknownTopic)?;
            if let Some(open) = topic.opened(partition)? {
                return Ok(open);
            }
            Arc::clone(topic)
        };
        self.open_now(&topic, partition)
    }

    /// A partition by its topic's id. Opens it if it is not open, for which it may block a moment.
    pub fn by_id(
        &self,
        topic: TopicId,
        partition: PartitionIndex,
    ) -> Result<Arc<Partition>, LookupError> {
        let topic = {
            let topics = self.topics.read();
            let topic = topics.by_id.get(&topic).ok_or(LookupError::UnknownTopicId)?;
            if let Some(open) = topic.opened(partition)? {
                return Ok(open);
            }
            Arc::clone(topic)
        };
        self.open_now(&topic, partition)
    }

    /// The name of a topic.
    pub fn topic_name(&self, topic: TopicId) -> Option<TopicName> {
        self.topics.read().by_id.get(&topic).map(|topic| topic.name.clone())
    }

    /// Every partition that is open now, in no order.
    pub fn all(&self) -> Vec<Arc<Partition>> {
        self.open.lock().values().cloned().collect()
    }

    /// Every partition that could be opened, or was, and the bytes of its batches as far as they are known; in order.
    pub fn sizes(&self) -> Vec<(TopicPartition, u64)> {
        let mut sizes = Vec::new();
        for topic in self.topics() {
            for (index, slot) in topic.indexed() {
                let state = slot.lock();
                if !matches!(*state, State::Failed(_) | State::Gone) {
                    sizes.push((topic.partition_id(index), state.size_bytes()));
                }
            }
        }
        sizes
    }

    /// The partitions of a topic that could not be opened.
    pub fn failed(&self, topic: &str) -> Vec<PartitionIndex> {
        let topic = self.topics.read().by_name.get(topic).cloned();
        let failed = |topic: Arc<OpenTopic>| -> Vec<PartitionIndex> {
            let is_failed = |slot: &topic::Slot| matches!(*slot.lock(), State::Failed(_));
            topic.indexed().filter(|(_, slot)| is_failed(slot)).map(|(index, _)| index).collect()
        };
        topic.map(failed).unwrap_or_default()
    }

    /// Grows with each partition that could not be opened: what [`Partitions::failed`] said holds while this stays.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::SeqCst)
    }

    /// The folder that holds the partitions' folders.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Topics {
    fn insert(&mut self, topic: Arc<OpenTopic>) {
        self.by_id.insert(topic.id, Arc::clone(&topic));
        self.by_name.insert(topic.name.clone(), topic);
    }

    fn remove(&mut self, name: &TopicName) -> Option<Arc<OpenTopic>> {
        let topic = self.by_name.remove(name)?;
        self.by_id.remove(&topic.id);
        Some(topic)
    }
}
