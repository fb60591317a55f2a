//! Bringing the partitions back at a start.
//!
//! After a stop in good order nothing is opened and no folder is looked into: the summary says how every partition was
//! left. After another, the partitions of which the write-ahead log has records are opened, and get what they lack; the
//! others are recovered when they are asked for, or by and by in the background. What was replayed is synced after the
//! start, together, and the write-ahead log keeps it until then.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use thiserror::Error;
use vltava_log::{checkpoints, is_deleted_folder};
use vltava_metadata::{BrokerProperties, Image};
use vltava_model::{BrokerId, PartitionIndex, TopicId, TopicPartition};
use vltava_runtime::{Clock, Tasks};
use vltava_wal::{Lsn, Recovered, Wal};

use super::checkpoints::LastRun;
use super::cleaning::Cleaning;
use super::parked::{Key, ParkError, Parked};
use super::replay::Replay;
use super::topic::{OpenTopic, State};
use super::{Partitions, Topics};
use crate::limits::ONE_THREAD_MAX;

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
    /// Partitions there are, but for those that failed.
    pub(crate) count: usize,
    /// Partitions that could not be opened.
    pub(crate) failed_count: usize,
    /// Bytes of batches in all of them, as far as is known.
    pub(crate) bytes: u64,
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
    /// Makes a place for every partition of `image`, and gives each what the write-ahead log has of it. A partition that
    /// cannot be opened is logged and left out. Blocks.
    pub(crate) fn recover(recovery: Recovery, image: &Image) -> Result<Opened, RecoverError> {
        let Recovery { folder, broker, properties, wal, recovered, clock, tasks } = recovery;
        let last = LastRun::read(&folder);
        let io = |action| move |source| RecoverError::Io { action, source };
        checkpoints::remove_clean_shutdown(&folder)
            .map_err(io("remove the clean shutdown file"))?;
        let nothing_parked =
            last.clean && last.summary.as_ref().is_some_and(|summary| summary.parked == 0);
        let parked = if nothing_parked { Ok(Parked::default()) } else { Parked::list(&folder) };
        let partitions = Arc::new(Partitions {
            folder,
            broker,
            properties,
            wal,
            clock,
            tasks,
            topics: RwLock::new(Topics::default()),
            open: Mutex::default(),
            failures: AtomicU64::new(0),
            checkpoints: Mutex::new(()),
            flushing: Mutex::new(()),
            closed_unsynced: AtomicBool::new(false),
            replayed_unsynced: AtomicBool::new(false),
            parked: Mutex::new(parked.map_err(io("list what was parked"))?),
            all_parked: Mutex::default(),
            cleaning: Cleaning::default(),
            following: tokio::sync::Mutex::new(()),
        });
        partitions.add_all(image);
        partitions.remember(&last);
        partitions.cleaning.set_offsets(last.cleaned.clone());
        if last.summary.is_none() {
            partitions.open_left();
        }
        let mut replay = Replay::new(&partitions);
        replay.parked();
        replay.recovered(recovered)?;
        let replayed_batches = replay.finish();
        // Only now it is known which partitions have all of their records.
        partitions.park_unopened()?;
        match partitions.open.lock().is_empty() {
            true => partitions.wal.trim(Lsn::RECOVERED),
            false => partitions.replayed_unsynced.store(true, Ordering::SeqCst),
        }
        let (count, failed_count, bytes) = partitions.totals();
        let clean = last.clean || count + failed_count == 0;
        Ok(Opened { partitions, clean, replayed_batches, count, failed_count, bytes })
    }

    fn add_all(&self, image: &Image) {
        let mut topics = self.topics.write();
        for topic in image.topics() {
            let settings = self.settings_of(image, topic.name.as_str());
            topics.insert(Arc::new(OpenTopic::new(image, topic, settings, None)));
        }
    }

    /// Opens all that a run left open, on every core, without starting any of it.
    fn open_left(&self) {
        let mut left = Vec::new();
        for topic in self.topics() {
            let is_left = |slot: &super::topic::Slot| matches!(*slot.lock(), State::Left(_));
            let slots = topic.indexed().filter(|(_, slot)| is_left(slot));
            left.extend(slots.map(|(index, _)| (Arc::clone(&topic), index)));
        }
        on_all_cores(&left, |(topic, index)| {
            self.open_unstarted(topic, *index);
        });
    }

    /// Opens a partition at a start, if it can be; then it is to be started.
    pub(super) fn open_unstarted(
        &self,
        topic: &OpenTopic,
        index: PartitionIndex,
    ) -> Option<Arc<vltava_partition::Partition>> {
        let mut state = topic.slot(index)?.lock();
        match state.opened() {
            Ok(Some(open)) => Some(open),
            // A failure is in the place, and logged.
            Ok(None) => self.open_slot(topic, index, &mut state).ok(),
            Err(_failed) => None,
        }
    }

    /// Removes folders of deleted partitions and sets those aside that belong to no topic. Nobody adds or deletes topics
    /// meanwhile. Blocks.
    pub(super) fn tidy(&self) -> io::Result<()> {
        let _following = self.following.blocking_lock();
        let mut deleted = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if !entry.file_type()?.is_dir() {
                continue;
            }
            if is_deleted_folder(name) {
                deleted.push(entry.path());
            } else if let Some(id) = TopicPartition::parse(name)
                && !self.has(&id)
            {
                self.set_aside(&id, &topic_id_of(&entry.path()));
            }
        }
        self.remove_later(deleted, 0);
        Ok(())
    }

    fn has(&self, id: &TopicPartition) -> bool {
        let topics = self.topics.read();
        topics.by_name.get(&id.topic).is_some_and(|topic| topic.slot(id.partition).is_some())
    }

    /// Parks what the write-ahead log has of partitions that failed, and removes what was parked for those that did not,
    /// or are no more.
    fn park_unopened(&self) -> Result<(), RecoverError> {
        let failed: HashSet<Key> = self.failed_keys();
        self.parked.lock().forget(&self.folder, |key| !failed.contains(&key));
        self.park(&failed).map_err(|error| match error {
            ParkError::Io(source) => {
                RecoverError::Io { action: "park the records of a partition that failed", source }
            }
            ParkError::Wal(error) => RecoverError::Wal(error),
        })
    }

    /// The partitions that could not be opened.
    pub(super) fn failed_keys(&self) -> HashSet<Key> {
        let mut failed = HashSet::new();
        for topic in self.topics.read().by_name.values() {
            let slots = topic.indexed();
            let slots = slots.filter(|(_, slot)| matches!(*slot.lock(), State::Failed(_)));
            failed.extend(slots.map(|(index, _)| (topic.id, index)));
        }
        failed
    }

    fn totals(&self) -> (usize, usize, u64) {
        let (mut count, mut failed, mut bytes) = (0, 0, 0);
        for topic in self.topics.read().by_name.values() {
            for (_, slot) in topic.indexed() {
                let state = slot.lock();
                let is_failed = matches!(*state, State::Failed(_));
                failed += usize::from(is_failed);
                count += usize::from(!is_failed);
                bytes += state.size_bytes();
            }
        }
        (count, failed, bytes)
    }
}

/// Does `work` for each of `items`, on every core if they are more than a few.
pub(super) fn on_all_cores<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    if items.len() <= ONE_THREAD_MAX || threads == 1 {
        return items.iter().for_each(work);
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

/// The topic id in a partition's folder, or that of no topic.
fn topic_id_of(folder: &std::path::Path) -> String {
    let id = vltava_log::read_topic_id(folder).ok().flatten();
    id.unwrap_or(TopicId::ZERO).to_string()
}
