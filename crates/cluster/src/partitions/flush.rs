//! Syncing many partitions, and letting go of the write-ahead log.

use std::sync::Arc;

use vltava_log::checkpoints;
use vltava_partition::{Flush, LookupError, Partition};
use vltava_wal::Lsn;

use super::Partitions;
use super::open::Chain;
use super::parked::Key;
use crate::limits::SYNCS_MAX;

impl Partitions {
    /// Syncs all segments, then lets go of the write-ahead log up to `upto`. What it has of partitions that have failed
    /// is parked. False if something could neither be synced nor parked: then the write-ahead log keeps what it has.
    /// Blocks.
    pub(super) fn checkpoint(&self, upto: Lsn) -> bool {
        let all = self.all();
        let mut sound = self.flush_all(&all);
        let failed: Vec<_> = all.into_iter().filter(|partition| partition.has_failed()).collect();
        sound = sound && self.park_failed(&failed) && self.log_checkpoint_failure();
        if sound {
            self.wal.trim(upto);
        }
        sound
    }

    /// Syncs what these partitions have not synced yet: each by itself where that is little, and all at once where it is
    /// much. False if the write-ahead log must keep what it has of one that has not failed. Blocks.
    pub(super) fn flush_all(&self, partitions: &[Arc<Partition>]) -> bool {
        // Two that hold some partitions' flushes each, and wait for the other's, would wait for ever.
        let _one = self.flushing.lock();
        let mut sound = true;
        let mut judge = |partition: &Partition, flushed: Result<(), LookupError>| match flushed {
            // A partition that was closed meanwhile was synced by that, or deleted.
            Ok(()) | Err(LookupError::Closed) => {}
            Err(LookupError::Storage(_)) if partition.has_failed() => {}
            Err(error @ LookupError::Storage(_)) => {
                tracing::error!(partition = %partition.id(), %error, "cannot sync the partition; the write-ahead log keeps its records");
                sound = false;
            }
        };
        let mut begun: Vec<(&Arc<Partition>, Flush)> = Vec::new();
        for partition in partitions {
            match partition.begin_flush() {
                Ok(flush) => begun.extend(flush.map(|flush| (partition, flush))),
                Err(error) => judge(partition, Err(error)),
            }
        }
        let at_once = begun.len() > SYNCS_MAX;
        if at_once {
            begun.retain(|(partition, flush)| match partition.write_flush(flush) {
                Ok(()) => true,
                Err(error) => {
                    judge(partition, Err(error));
                    false
                }
            });
        }
        // Where that fails, each is told by itself what was lost.
        let synced = at_once && checkpoints::sync_all(&self.folder).is_ok();
        for (partition, flush) in begun {
            judge(partition, partition.end_flush(flush, synced));
        }
        sound
    }

    /// Parks what the write-ahead log has of partitions that failed at work. They take no appends, so it is done once for
    /// each; again only where an append was still on its way to the write-ahead log.
    fn park_failed(&self, failed: &[Arc<Partition>]) -> bool {
        let key = |partition: &Arc<Partition>| -> Key {
            (partition.topic_id(), partition.id().partition)
        };
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
}
