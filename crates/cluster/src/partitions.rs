//! The partitions that are open on this node.

mod checkpoints;
mod cleaning;
mod delete;
mod follow;
mod housekeeping;
mod open;
mod parked;
mod recover;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use thiserror::Error;
use vltava_metadata::BrokerProperties;
use vltava_model::{BrokerId, PartitionIndex, TopicId, TopicName};
use vltava_partition::Partition;
use vltava_runtime::{Clock, Tasks};
use vltava_wal::Wal;

use checkpoints::LastRun;
use cleaning::Cleaning;
use parked::{Key, Parked};
pub use recover::RecoverError;
pub(crate) use recover::{Opened, Recovery};

/// The open partitions, by name and by topic id. Follows the metadata image: see [`Partitions::follow`].
pub struct Partitions {
    folder: PathBuf,
    broker: BrokerId,
    properties: Arc<BrokerProperties>,
    wal: Arc<Wal>,
    clock: Clock,
    tasks: Tasks,
    topics: RwLock<Topics>,
    /// Held while the checkpoint files are written, so that an older state never replaces a newer one.
    checkpoints: parking_lot::Mutex<()>,
    /// The checkpoint files may have offsets of topics that were deleted.
    stale_checkpoints: AtomicBool,
    /// What the last run left about partitions; needed for those that this one cannot open.
    last: parking_lot::Mutex<LastRun>,
    /// Records of the write-ahead log that were moved aside.
    parked: parking_lot::Mutex<Parked>,
    /// Partitions that failed at work and of which the write-ahead log has nothing that is not parked.
    all_parked: parking_lot::Mutex<HashSet<Key>>,
    /// Compaction.
    cleaning: Cleaning,
    /// Held while topics are opened, deleted or configured.
    following: tokio::sync::Mutex<()>,
}

/// The same topics twice; both maps change together.
#[derive(Default)]
struct Topics {
    by_name: HashMap<TopicName, Arc<OpenTopic>>,
    by_id: HashMap<TopicId, Arc<OpenTopic>>,
}

/// A topic with its partitions by index. Replaced as a whole when it grows.
struct OpenTopic {
    name: TopicName,
    id: TopicId,
    partitions: Vec<Slot>,
}

/// A partition, or the place of one that could not be opened: the cause was logged.
#[derive(Clone)]
enum Slot {
    Open(Arc<Partition>),
    Failed,
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
    /// A partition by its topic's name.
    pub fn by_name(
        &self,
        topic: &str,
        partition: PartitionIndex,
    ) -> Result<Arc<Partition>, LookupError> {
        let topics = self.topics.read();
        let topic = topics.by_name.get(topic).ok_or(LookupError::UnknownTopic)?;
        topic.partition(partition)
    }

    /// A partition by its topic's id.
    pub fn by_id(
        &self,
        topic: TopicId,
        partition: PartitionIndex,
    ) -> Result<Arc<Partition>, LookupError> {
        let topics = self.topics.read();
        let topic = topics.by_id.get(&topic).ok_or(LookupError::UnknownTopicId)?;
        topic.partition(partition)
    }

    /// The name of an open topic.
    pub fn topic_name(&self, topic: TopicId) -> Option<TopicName> {
        self.topics.read().by_id.get(&topic).map(|topic| topic.name.clone())
    }

    /// Every open partition, in no order.
    pub fn all(&self) -> Vec<Arc<Partition>> {
        let topics = self.topics.read();
        topics.by_name.values().flat_map(|topic| topic.open().cloned()).collect()
    }

    /// How many partitions could not be opened.
    pub fn failed_count(&self) -> usize {
        let topics = self.topics.read();
        let failed = |topic: &Arc<OpenTopic>| topic.failed().count();
        topics.by_name.values().map(failed).sum()
    }

    /// The folder that holds the partitions' folders.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl OpenTopic {
    fn partition(&self, index: PartitionIndex) -> Result<Arc<Partition>, LookupError> {
        let index = usize::try_from(index.0).map_err(|_negative| LookupError::UnknownPartition)?;
        match self.partitions.get(index) {
            Some(Slot::Open(partition)) => Ok(Arc::clone(partition)),
            Some(Slot::Failed) => Err(LookupError::Storage),
            None => Err(LookupError::UnknownPartition),
        }
    }

    fn open(&self) -> impl Iterator<Item = &Arc<Partition>> {
        self.partitions.iter().filter_map(|slot| match slot {
            Slot::Open(partition) => Some(partition),
            Slot::Failed => None,
        })
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
