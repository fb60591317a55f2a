//! Bringing all partitions back at a start.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::{Mutex, RwLock};
use thiserror::Error;
use vltava_log::{checkpoints, is_deleted_folder};
use vltava_metadata::{BrokerProperties, Image, Topic};
use vltava_model::{BrokerId, TopicId, TopicPartition};
use vltava_partition::Replayed;
use vltava_runtime::{Clock, Tasks};
use vltava_wal::{Lsn, Recovered, RecoveredEntry, Wal};

use super::checkpoints::LastRun;
use super::cleaning::Cleaning;
use super::open::Chain;
use super::parked::{Key, ParkError, Parked};
use super::{OpenTopic, Partitions, Slot, Topics};

/// What a recovery starts from.
pub(crate) struct Recovery {
    pub(crate) folder: PathBuf,
    pub(crate) broker: BrokerId,
    pub(crate) properties: Arc<BrokerProperties>,
    pub(crate) wal: Arc<Wal>,
    pub(crate) recovered: Recovered,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
}

/// What a recovery came to.
pub(crate) struct Opened {
    pub(crate) partitions: Arc<Partitions>,
    /// Whether the last run had ended by itself.
    pub(crate) clean: bool,
    /// Batches that only the write-ahead log had.
    pub(crate) replayed_batches: usize,
}

/// Why nothing could be recovered. The data is as it was.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// The file system refused.
    #[error("cannot {action} in the data folder")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The write-ahead log cannot be read.
    #[error(transparent)]
    Wal(#[from] vltava_wal::OpenError),
}

impl Partitions {
    /// Opens every partition of `image` and gives it what the write-ahead log has of it. A partition that cannot be
    /// opened is logged and left out. Blocks.
    pub(crate) fn recover(recovery: Recovery, image: &Image) -> Result<Opened, RecoverError> {
        let Recovery { folder, broker, properties, wal, recovered, clock, tasks } = recovery;
        let last = LastRun::read(&folder);
        let clean = last.clean;
        let io = |action| move |source| RecoverError::Io { action, source };
        checkpoints::remove_clean_shutdown(&folder)
            .map_err(io("remove the clean shutdown file"))?;
        let parked = Parked::list(&folder).map_err(io("list what was parked"))?;
        let partitions = Arc::new(Partitions {
            folder,
            broker,
            properties,
            wal,
            clock,
            tasks,
            topics: RwLock::new(Topics::default()),
            checkpoints: Mutex::new(()),
            stale_checkpoints: AtomicBool::new(false),
            last: Mutex::default(),
            parked: Mutex::new(parked),
            all_parked: Mutex::default(),
            cleaning: Cleaning::default(),
            following: tokio::sync::Mutex::new(()),
        });
        partitions.tidy(image).map_err(io("list the partitions"))?;
        partitions.open_all(image, &last);
        partitions.cleaning.set_offsets(last.cleaned.clone());
        *partitions.last.lock() = last;
        let mut lost = HashSet::new();
        let mut replayed_batches = partitions.replay_parked(&mut lost);
        replayed_batches += partitions.replay(recovered, &mut lost)?;
        partitions.start_all(&lost);
        // Only now it is known which partitions have all of their records, synced.
        partitions.park_unopened()?;
        partitions.write_checkpoints().map_err(io("write the offset checkpoints"))?;
        partitions.wal.trim(Lsn::RECOVERED);
        Ok(Opened { partitions, clean, replayed_batches })
    }

    /// Removes folders of deleted partitions and sets those aside that belong to no topic.
    fn tidy(&self, image: &Image) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if !entry.file_type()?.is_dir() {
                continue;
            }
            if is_deleted_folder(name) {
                self.remove_later(entry.path(), 0);
            } else if let Some(id) = TopicPartition::parse(name)
                && image.topic(id.topic.as_str()).and_then(|t| t.partition(id.partition)).is_none()
            {
                self.set_aside(&id, &topic_id_of(&entry.path()));
            }
        }
        Ok(())
    }

    /// Opens all topics, on every core.
    fn open_all(&self, image: &Image, last: &LastRun) {
        let topics: Vec<&Arc<Topic>> = image.topics().collect();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = topics.len().div_ceil(threads).max(1);
        let open = |topics: &[&Arc<Topic>]| {
            for topic in topics {
                let opened = self.open_topic(image, topic, &[], last);
                self.topics.write().insert(Arc::new(opened));
            }
        };
        if topics.len() <= share {
            return open(&topics);
        }
        std::thread::scope(|scope| {
            for topics in topics.chunks(share) {
                scope.spawn(move || open(topics));
            }
        });
    }

    /// Returns how many batches were missing.
    fn replay_parked(&self, lost: &mut HashSet<Key>) -> usize {
        let parked = self.parked.lock();
        let mut batches = 0;
        for partition in self.all() {
            match parked.replay(&self.folder, &partition) {
                Some(count) => batches += count,
                None => {
                    lost.insert((partition.topic_id(), partition.id().partition));
                }
            }
        }
        batches
    }

    /// Replays the write-ahead log; returns how many batches were missing. Entries of topics that are gone are passed
    /// over, and those of partitions that failed.
    fn replay(&self, recovered: Recovered, lost: &mut HashSet<Key>) -> Result<usize, RecoverError> {
        let mut batches = 0;
        for chunk in recovered {
            for entry in chunk?.entries {
                batches += self.replay_entry(&entry, lost);
            }
        }
        Ok(batches)
    }

    fn replay_entry(&self, entry: &RecoveredEntry, lost: &mut HashSet<Key>) -> usize {
        let key = (entry.topic_id, entry.partition);
        let Ok(partition) = self.by_id(entry.topic_id, entry.partition) else { return 0 };
        if lost.contains(&key) {
            return 0;
        }
        match partition.replay(entry) {
            Ok(Replayed::Skipped) => 0,
            Ok(Replayed::Appended(batches)) => batches,
            Err(error) => {
                tracing::error!(partition = %partition.id(), error = %Chain(&error), "cannot replay the write-ahead log; the partition is not served until the next start");
                lost.insert(key);
                0
            }
        }
    }

    /// Parks what the write-ahead log has of partitions that are not open, and removes what was parked for those that
    /// are, or are no more.
    fn park_unopened(&self) -> Result<(), RecoverError> {
        let mut unopened = HashSet::new();
        for topic in self.topics.read().by_name.values() {
            unopened.extend(topic.failed().map(|index| (topic.id, index)));
        }
        self.parked.lock().forget(&self.folder, |key| !unopened.contains(&key));
        self.park(&unopened).map_err(|error| match error {
            ParkError::Io(source) => {
                RecoverError::Io { action: "park the records of a partition that failed", source }
            }
            ParkError::Wal(error) => RecoverError::Wal(error),
        })
    }

    /// Ends recovery of every partition that has all of its records; the others become failed.
    fn start_all(&self, lost: &HashSet<Key>) {
        let mut topics = self.topics.write();
        let all: Vec<Arc<OpenTopic>> = topics.by_name.values().cloned().collect();
        for topic in all {
            let mut failed = Vec::new();
            for (index, slot) in topic.indexed() {
                let Slot::Open(partition) = slot else { continue };
                let started = if lost.contains(&(topic.id, index)) {
                    false
                } else if let Err(error) = partition.start() {
                    tracing::error!(partition = %partition.id(), error = %Chain(&error), "cannot start the partition; it is not served until the next start");
                    false
                } else {
                    true
                };
                if !started {
                    failed.push(index);
                }
            }
            if !failed.is_empty() {
                topics.insert(Arc::new(without(&topic, &failed)));
            }
        }
    }
}

/// The topic with some of its partitions failed.
fn without(topic: &OpenTopic, failed: &[vltava_model::PartitionIndex]) -> OpenTopic {
    let slot = |(index, slot): (vltava_model::PartitionIndex, &Slot)| {
        if failed.contains(&index) { Slot::Failed } else { slot.clone() }
    };
    let partitions = topic.indexed().map(slot).collect();
    OpenTopic { name: topic.name.clone(), id: topic.id, partitions }
}

/// The topic id in a partition's folder, or that of no topic.
fn topic_id_of(folder: &std::path::Path) -> String {
    let metadata = fs::read_to_string(folder.join("partition.metadata")).unwrap_or_default();
    let id = metadata.lines().find_map(|line| line.strip_prefix("topic_id: "));
    id.and_then(TopicId::parse).unwrap_or(TopicId::ZERO).to_string()
}
