//! What happens in the background: retention, flushing and checkpoints.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Partitions;
use super::parked::{Key, ParkError};
use crate::limits::REST_STEP;

/// How often partitions with `flush.ms` are looked at; Kafka's `log.flush.scheduler.interval.ms` is a bound, ours a step.
const FLUSH_STEP: Duration = Duration::from_secs(1);

impl Partitions {
    /// Starts the background work; it ends with the scope.
    pub(crate) fn keep_house(self: &Arc<Self>, retention_interval: Duration) {
        self.every(retention_interval, |partitions| partitions.retain());
        self.every(FLUSH_STEP, |partitions| partitions.flush_due());
        self.every(REST_STEP, |partitions| partitions.close_unused());
        let partitions = Arc::clone(self);
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            let settling = Arc::clone(&partitions);
            // Only a panic could make this fail, and it has been reported.
            drop(tasks.spawn_blocking(move || settling.settle()).await);
            let tidying = Arc::clone(&partitions);
            drop(tasks.spawn_blocking(move || tidying.tidy_up()));
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

    /// Retention over all partitions of which there is something to delete, or may be. Blocks.
    fn retain(&self) {
        self.open_expired();
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
        let mut clean = !self.wal.has_failed() && self.failed_keys().is_empty();
        for partition in self.all() {
            if let Err(error) = partition.close() {
                tracing::error!(partition = %partition.id(), %error, "cannot close the partition");
                clean = false;
            }
        }
        self.note_closed();
        self.closed_unsynced.store(true, Ordering::SeqCst);
        let written = self.write_checkpoints().and_then(|()| self.write_high_watermarks());
        if let Err(error) = written {
            tracing::error!(%error, "cannot write the offset checkpoints");
            clean = false;
        }
        clean
    }
}
