//! Compaction in the background: `log.cleaner.threads` workers, of which each takes the dirtiest log that is due.

mod checkpoint;
mod throttle;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use vltava_log::{CleanError, Pace, ToClean};
use vltava_model::{Offset, Timestamp, TopicPartition};
use vltava_partition::{Cleaned, Partition};
use vltava_runtime::Tasks;

use super::Partitions;
use super::open::Chain;
use super::parked::Key;
use crate::catalog::Catalog;
use crate::limits::CLEANER_THREADS_MAX;
use crate::settings::{CleanerProperties, cleaner_properties};
use throttle::Throttle;

/// What the workers share.
#[derive(Debug, Default)]
pub(super) struct Cleaning {
    state: parking_lot::Mutex<State>,
    throttle: Throttle,
    workers: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    /// Where the next cleaning of each log begins.
    offsets: HashMap<TopicPartition, Offset>,
    /// The checkpoint file says something else.
    is_changed: bool,
    at_work: HashSet<Key>,
    /// Not to be tried before.
    put_off: HashMap<Key, Timestamp>,
    /// Damaged, which was logged: not to be tried in this run.
    uncleanable: HashSet<Key>,
}

/// A log that a worker took.
struct Job {
    partition: Arc<Partition>,
    to_clean: ToClean,
}

/// Ends a cleaning when the node stops, and slows it down.
struct Paced<'a> {
    tasks: &'a Tasks,
    throttle: &'a Throttle,
    bytes_per_second: f64,
}

impl Pace for Paced<'_> {
    fn go_on(&self, bytes: usize) -> bool {
        self.throttle.wait(bytes, self.bytes_per_second, || self.tasks.is_stopping())
    }
}

impl Partitions {
    /// Starts compaction; it ends with the scope. The broker's properties are looked at again each time.
    pub(crate) fn clean_in_background(self: &Arc<Self>, catalog: Arc<Catalog>) {
        let partitions = Arc::clone(self);
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            loop {
                let properties = cleaner_properties(&catalog);
                if properties.is_enabled {
                    partitions.start_workers(properties);
                }
                tokio::select! {
                    () = tasks.stopping() => return,
                    () = tokio::time::sleep(properties.backoff.max(Duration::from_millis(1))) => {}
                }
            }
        });
    }

    /// As many workers as there may be. Each ends when nothing is due.
    fn start_workers(self: &Arc<Self>, properties: CleanerProperties) {
        let most = properties.threads.min(CLEANER_THREADS_MAX);
        while self.cleaning.workers.load(Ordering::SeqCst) < most {
            self.cleaning.workers.fetch_add(1, Ordering::SeqCst);
            let partitions = Arc::clone(self);
            // Nobody waits for it but the scope.
            drop(self.tasks.spawn_blocking(move || {
                let _working = Working(&partitions.cleaning.workers);
                while let Some(job) = partitions.dirtiest() {
                    partitions.clean(job, properties);
                }
            }));
        }
    }

    /// The dirtiest of the logs that are due, if any is. Blocks.
    fn dirtiest(&self) -> Option<Job> {
        let mut dirtiest: Option<(f64, Job)> = None;
        for partition in self.all() {
            if self.tasks.is_stopping() {
                return None;
            }
            if !partition.settings().compact || !self.may_clean(&partition) {
                continue;
            }
            let last_clean = self.cleaning.state.lock().offsets.get(partition.id()).copied();
            let to_clean = match partition.to_clean(last_clean) {
                Ok(Some(to_clean)) if to_clean.is_due() => to_clean,
                Ok(_) => continue,
                Err(error) => {
                    self.not_cleaned(&partition, &error, Duration::ZERO);
                    continue;
                }
            };
            let ratio = to_clean.dirty_ratio().unwrap_or_default();
            if dirtiest.as_ref().is_none_or(|(most, _)| ratio > *most) {
                dirtiest = Some((ratio, Job { partition, to_clean }));
            }
        }
        let (_, job) = dirtiest?;
        // Another worker may have taken it meanwhile; then that was all for now.
        let taken = self.cleaning.state.lock().at_work.insert(key(&job.partition));
        taken.then_some(job)
    }

    fn may_clean(&self, partition: &Partition) -> bool {
        let key = key(partition);
        let now = self.clock.now();
        let mut state = self.cleaning.state.lock();
        state.put_off.retain(|_, until| *until > now);
        !state.at_work.contains(&key)
            && !state.uncleanable.contains(&key)
            && !state.put_off.contains_key(&key)
    }

    /// Cleans one log, and writes down how far. Blocks for long.
    fn clean(&self, job: Job, properties: CleanerProperties) {
        let Job { partition, to_clean } = job;
        let from = to_clean.first_dirty_offset();
        let cleaned = self.clean_flushed(&partition, to_clean, properties);
        match cleaned {
            Ok(Cleaned { end_offset, stats }) => {
                let (keys, before, after) = (stats.keys, stats.bytes_before, stats.bytes_after);
                tracing::info!(partition = %partition.id(), from = from.0, to = end_offset.0, keys, before, after, "compacted");
                self.set_cleaned(&partition, end_offset);
                if end_offset <= from {
                    self.put_off(&partition, properties.backoff);
                }
            }
            Err(error) => self.not_cleaned(&partition, &error, properties.backoff),
        }
        self.cleaning.state.lock().at_work.remove(&key(&partition));
    }

    fn clean_flushed(
        &self,
        partition: &Partition,
        to_clean: ToClean,
        properties: CleanerProperties,
    ) -> Result<Cleaned, CleanError> {
        let path = || self.folder.clone();
        // After a crash, holes below the recovery point are known to be of compaction.
        partition.flush().map_err(|_logged| CleanError::Stopped)?;
        self.write_checkpoints().map_err(|source| CleanError::Io {
            action: "write the offset checkpoints in",
            path: path(),
            source,
        })?;
        let CleanerProperties { bytes_per_second, settings, .. } = properties;
        let throttle = &self.cleaning.throttle;
        let pace = Paced { tasks: &self.tasks, throttle, bytes_per_second };
        partition.clean(to_clean, settings, &pace)
    }

    fn not_cleaned(&self, partition: &Partition, error: &CleanError, backoff: Duration) {
        let id = partition.id();
        match error {
            CleanError::Stopped => tracing::debug!(partition = %id, %error, "not compacted"),
            error if error.is_passing() => {
                tracing::warn!(partition = %id, error = %Chain(error), "cannot compact the partition yet");
            }
            error => {
                tracing::error!(partition = %id, error = %Chain(error), "the partition cannot be compacted and grows until the next start");
                self.cleaning.state.lock().uncleanable.insert(key(partition));
            }
        }
        self.put_off(partition, backoff);
    }

    fn put_off(&self, partition: &Partition, backoff: Duration) {
        let backoff_ms = i64::try_from(backoff.as_millis()).unwrap_or(i64::MAX);
        let until = self.clock.now().plus_ms(backoff_ms);
        self.cleaning.state.lock().put_off.insert(key(partition), until);
    }
}

/// Counts a worker until it ends, however it does.
struct Working<'a>(&'a AtomicUsize);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn key(partition: &Partition) -> Key {
    (partition.topic_id(), partition.id().partition)
}
