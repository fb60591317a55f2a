//! Closing partitions that nobody uses, and opening what must not wait for somebody to ask.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use vltava_model::PartitionIndex;
use vltava_partition::Partition;
use vltava_wal::Lsn;

use super::Partitions;
use super::topic::{OpenTopic, State};

/// A partition in its topic.
type Place = (Arc<OpenTopic>, PartitionIndex);

impl Partitions {
    /// Syncs what was replayed at the start. Blocks.
    pub(super) fn settle(&self) {
        if self.replayed_unsynced.swap(false, Ordering::SeqCst) {
            // Should it fail, it was logged: the next checkpoint comes to it.
            self.checkpoint(Lsn::RECOVERED);
        }
    }

    /// What else a start leaves to be done: folders of topics that are gone, and partitions that are to be recovered, or
    /// compacted. Blocks.
    pub(super) fn tidy_up(&self) {
        if let Err(error) = self.tidy() {
            tracing::error!(%error, "cannot look for folders of topics that were deleted");
        }
        for topic in self.topics() {
            for (index, slot) in topic.indexed() {
                if self.tasks.is_stopping() {
                    return;
                }
                let is_due = match &*slot.lock() {
                    State::Left(_) => true,
                    State::Closed(closed) => {
                        closed.size_bytes > 0 && topic.settings().log.compact_enabled
                    }
                    _ => false,
                };
                if is_due {
                    // A failure was logged.
                    drop(self.open_now(&topic, index));
                }
            }
        }
    }

    /// Opens closed partitions in which something has expired. Blocks.
    pub(super) fn open_expired(&self) {
        let now = self.clock.now();
        for topic in self.topics() {
            for (index, slot) in topic.indexed() {
                let is_due = match &*slot.lock() {
                    State::Closed(closed) => closed.expires.is_some_and(|at| at <= now),
                    _ => false,
                };
                if is_due {
                    // A failure was logged.
                    drop(self.open_now(&topic, index));
                }
            }
        }
    }

    /// Closes the partitions that were not used since the last call; they are opened again when somebody asks for them.
    /// Done by itself now and then. Blocks.
    pub fn close_unused(&self) {
        let unused = self.unused();
        let partitions: Vec<Arc<Partition>> =
            unused.iter().map(|(_, partition)| Arc::clone(partition)).collect();
        if partitions.is_empty() || !self.flush_all(&partitions) {
            return;
        }
        drop(partitions);
        let mut closed = 0;
        for ((topic, index), partition) in unused {
            drop(partition);
            if let Some(slot) = topic.slot(index) {
                closed += usize::from(self.close_one(&topic, index, &mut slot.lock()));
            }
        }
        if closed > 0 {
            tracing::debug!(partitions = closed, "closed partitions that nobody uses");
            self.log_checkpoint_failure();
        }
    }

    /// The open partitions that were not used since the last call.
    fn unused(&self) -> Vec<(Place, Arc<Partition>)> {
        let keys: Vec<_> = self.open.lock().keys().copied().collect();
        let mut unused = Vec::new();
        for (topic, index) in keys {
            let Some(topic) = self.topics.read().by_id.get(&topic).cloned() else { continue };
            let Some(slot) = topic.slot(index) else { continue };
            let found = match &mut *slot.lock() {
                State::Open { partition, used } => {
                    let was_used = std::mem::replace(used, false);
                    // Its place and the list of open ones hold it, nobody else does.
                    let is_held = Arc::strong_count(partition) > 2;
                    (!was_used && !is_held).then(|| Arc::clone(partition))
                }
                _ => None,
            };
            unused.extend(found.map(|partition| ((Arc::clone(&topic), index), partition)));
        }
        unused
    }

    /// Returns whether it was closed: not if somebody came to it meanwhile.
    fn close_one(&self, topic: &OpenTopic, index: PartitionIndex, state: &mut State) -> bool {
        let State::Open { partition, used: false } = state else { return false };
        {
            let mut open = self.open.lock();
            if Arc::strong_count(partition) > 2 || !partition.can_rest() {
                return false;
            }
            open.remove(&(topic.id, index));
        }
        self.closed_unsynced.store(true, Ordering::SeqCst);
        if let Err(error) = partition.close() {
            tracing::error!(partition = %partition.id(), %error, "cannot close a partition that nobody uses");
            self.open.lock().insert((topic.id, index), Arc::clone(partition));
            return false;
        }
        *state = closed(partition);
        true
    }

    /// Notes how the partitions are that were closed for good. Blocks.
    pub(super) fn note_closed(&self) {
        for topic in self.topics() {
            for (_, slot) in topic.indexed() {
                let mut state = slot.lock();
                if let State::Open { partition, .. } = &*state
                    && partition.is_closed()
                {
                    *state = closed(partition);
                }
            }
        }
    }
}

fn closed(partition: &Partition) -> State {
    partition.describe().map_or(State::Unused, |log| State::Closed(Box::new(log)))
}
