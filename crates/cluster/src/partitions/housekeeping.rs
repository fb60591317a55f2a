//! What happens in the background: retention, flushing and checkpoints.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use vltava_partition::{LookupError, Partition};
use vltava_wal::Lsn;

use super::Partitions;
use super::open::Chain;
use super::parked::{Key, ParkError};

/// How often partitions with `flush.ms` are looked at; Kafka's `log.flush.scheduler.interval.ms` is a bound, ours a step.
const FLUSH_STEP: Duration = Duration::from_secs(1);

impl Partitions {
    /// Starts the background work; it ends with the scope.
    pub(crate) fn keep_house(self: &Arc<Self>, retention_interval: Duration) {
        self.every(retention_interval, |partitions| partitions.retain());
        self.every(FLUSH_STEP, |partitions| partitions.flush_due());
        let partitions = Arc::clone(self);
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            loop {
                let upto = tokio::select! {
                    () = tasks.stopping() => return,
                    upto = partitions.wal.checkpoint_wanted() => upto,
                };
                let partitions = Arc::clone(&partitions);
                let checkpoint = tasks.spawn_blocking(move || partitions.checkpoint(upto));
                if !checkpoint.await.unwrap_or(false) {
                    // Tried again; the write-ahead log stops taking records when it is full.
                    tokio::time::sleep(FLUSH_STEP).await;
                }
            }
        });
    }

    /// Forgets idle producers every `interval`; it ends with the scope.
    pub(crate) fn expire_producers_every(self: &Arc<Self>, interval: Duration) {
        self.every(interval, |partitions| {
            partitions.all().iter().for_each(|partition| partition.expire_producers());
        });
    }

    fn every(self: &Arc<Self>, interval: Duration, work: fn(&Partitions)) {
        let partitions = Arc::clone(self);
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = tasks.stopping() => return,
                    () = tokio::time::sleep(interval) => {}
                }
                let partitions = Arc::clone(&partitions);
                // Only a panic could make this fail, and it has been reported.
                drop(tasks.spawn_blocking(move || work(&partitions)).await);
            }
        });
    }

    /// Retention over all partitions. Blocks.
    fn retain(&self) {
        let mut deleted = 0;
        for partition in self.all() {
            match partition.retention() {
                Ok(segments) => deleted += segments.len(),
                Err(error) => {
                    tracing::debug!(partition = %partition.id(), %error, "no retention");
                }
            }
            partition.release_idle_files();
        }
        if deleted > 0 {
            tracing::info!(segments = deleted, "retention deleted segments");
            self.log_checkpoint_failure();
        }
    }

    /// Syncs the partitions whose `flush.ms` is over. Blocks.
    fn flush_due(&self) {
        for partition in self.all() {
            if partition.flush_due()
                && let Err(error) = partition.flush()
            {
                tracing::debug!(partition = %partition.id(), %error, "no flush");
            }
        }
    }

    /// Syncs all segments, then lets go of the write-ahead log up to `upto`. What it has of partitions that have failed
    /// is parked. False if something could neither be synced nor parked: then the write-ahead log keeps what it has.
    /// Blocks.
    fn checkpoint(&self, upto: Lsn) -> bool {
        let mut sound = true;
        let mut failed = Vec::new();
        for partition in self.all() {
            match partition.flush() {
                // A partition that was closed meanwhile was synced by that, or deleted.
                Ok(()) | Err(LookupError::Closed) => {}
                Err(LookupError::Storage(_)) if partition.has_failed() => failed.push(partition),
                Err(error @ LookupError::Storage(_)) => {
                    tracing::error!(partition = %partition.id(), %error, "cannot sync the partition; the write-ahead log keeps its records");
                    sound = false;
                }
            }
        }
        sound = sound && self.park_failed(&failed) && self.log_checkpoint_failure();
        if sound {
            self.wal.trim(upto);
        }
        sound
    }

    /// Parks what the write-ahead log has of partitions that failed at work. They take no appends, so it is done once for
    /// each; again only where an append was still on its way to the write-ahead log.
    fn park_failed(&self, failed: &[Arc<Partition>]) -> bool {
        let key = |partition: &Arc<Partition>| (partition.topic_id(), partition.id().partition);
        let mut done = self.all_parked.lock();
        let open: Vec<_> = failed.iter().filter(|failed| !done.contains(&key(failed))).collect();
        if self.wal.has_failed() {
            return failed.is_empty();
        }
        let last_entries: Vec<_> = open.iter().map(|partition| partition.last_entry()).collect();
        let durable = self.wal.last_durable();
        if let Err(error) = self.park(&open.iter().map(|partition| key(partition)).collect()) {
            tracing::error!(error = %Chain(&error), "the write-ahead log keeps the records of partitions that failed");
            return false;
        }
        let settled = open.iter().zip(last_entries).filter(|(_, last)| *last <= Some(durable));
        done.extend(settled.map(|(partition, _)| key(partition)));
        true
    }

    /// Parks what the write-ahead log has of these partitions.
    pub(super) fn park(&self, whose: &HashSet<Key>) -> Result<(), ParkError> {
        if whose.is_empty() {
            return Ok(());
        }
        self.parked.lock().add(&self.folder, self.wal.read_back()?, whose)
    }

    pub(super) fn log_checkpoint_failure(&self) -> bool {
        match self.write_checkpoints() {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "cannot write the offset checkpoints");
                false
            }
        }
    }

    /// Ends all partitions: the write-ahead log, which is let go of, then every log. True if the next start has nothing
    /// to recover. Blocks.
    pub(crate) fn close(&self) -> bool {
        self.checkpoint(self.wal.last_durable());
        self.wal.close();
        let mut clean = !self.wal.has_failed() && self.failed_count() == 0;
        for partition in self.all() {
            if let Err(error) = partition.close() {
                tracing::error!(partition = %partition.id(), %error, "cannot close the partition");
                clean = false;
            }
        }
        let written = self.write_checkpoints().and_then(|()| self.write_high_watermarks());
        if let Err(error) = written {
            tracing::error!(%error, "cannot write the offset checkpoints");
            clean = false;
        }
        clean
    }
}
