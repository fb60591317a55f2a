//! The last events of a store, and the watches that read them.
//!
//! There is one ring of events for all watches, not a queue for each: a slow watch costs nothing, and one that falls
//! behind the ring is told so and loads again, as it would with etcd after a compaction.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::watch;

use crate::limits::{HISTORY_BYTES_MAX, HISTORY_EVENTS_MAX};
use crate::{Event, Revision, StoreError};

/// Why a watch ended, or did not begin.
#[derive(Debug, Clone, Error)]
pub enum WatchError {
    /// The events asked for are no longer kept: load again, and watch from there.
    #[error("the metadata store has no events before revision {oldest}")]
    Compacted {
        /// The first revision that can be watched.
        oldest: Revision,
    },
    /// The store was closed, or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The events of keys with one prefix, in order of revision. Reads from the store's ring, so it holds no queue of its own.
#[derive(Debug)]
pub struct Watch {
    history: Arc<History>,
    progress: watch::Receiver<Progress>,
    prefix: String,
    next: Revision,
}

/// The events that a store keeps for its watches.
#[derive(Debug)]
pub(crate) struct History {
    ring: Mutex<Ring>,
    progress: watch::Sender<Progress>,
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Event>,
    bytes: usize,
    /// The first revision of which every event is here.
    oldest: Revision,
}

/// How far the store has come.
#[derive(Debug, Clone)]
struct Progress {
    revision: Revision,
    ended: Option<StoreError>,
}

impl Watch {
    /// Waits for the next commit that touched the prefix, and returns its events. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Vec<Event>, WatchError> {
        loop {
            let progress = self.progress.borrow_and_update().clone();
            while self.next <= progress.revision {
                let (events, seen) = self.history.read(&self.prefix, self.next)?;
                self.next = seen.next();
                if !events.is_empty() {
                    return Ok(events);
                }
            }
            if let Some(error) = progress.ended {
                return Err(error.into());
            }
            self.progress.changed().await.map_err(|_closed| StoreError::Closed)?;
        }
    }
}

impl History {
    /// Begins after `revision`, the store's as it is now.
    pub(crate) fn new(revision: Revision) -> Arc<History> {
        let ring = Ring { events: VecDeque::new(), bytes: 0, oldest: revision.next() };
        let (progress, _) = watch::channel(Progress { revision, ended: None });
        Arc::new(History { ring: Mutex::new(ring), progress })
    }

    /// Shows one commit's events to the watches.
    pub(crate) fn publish(&self, revision: Revision, events: Vec<Event>) {
        {
            let mut ring = self.ring.lock();
            for event in events {
                ring.bytes += event.bytes();
                ring.events.push_back(event);
            }
            ring.trim();
        }
        self.progress.send_modify(|progress| progress.revision = revision);
    }

    /// Ends every watch, once it has read what is there.
    pub(crate) fn end(&self, error: StoreError) {
        self.progress.send_modify(|progress| {
            progress.ended.get_or_insert(error);
        });
    }

    /// Begins a watch.
    pub(crate) fn watch(
        self: &Arc<History>,
        prefix: &str,
        from: Revision,
    ) -> Result<Watch, WatchError> {
        let progress = self.progress.subscribe();
        if let Some(error) = progress.borrow().ended.clone() {
            return Err(error.into());
        }
        let oldest = self.ring.lock().oldest;
        if from < oldest {
            return Err(WatchError::Compacted { oldest });
        }
        Ok(Watch { history: Arc::clone(self), progress, prefix: prefix.to_owned(), next: from })
    }

    /// The events under `prefix` of the first commit at or after `from` that has any, and the revision read up to.
    fn read(&self, prefix: &str, from: Revision) -> Result<(Vec<Event>, Revision), WatchError> {
        let ring = self.ring.lock();
        if from < ring.oldest {
            return Err(WatchError::Compacted { oldest: ring.oldest });
        }
        let start = ring.events.partition_point(|event| event.revision() < from);
        let mut found: Vec<Event> = Vec::new();
        let mut seen = from;
        for event in ring.events.range(start..) {
            if found.first().is_some_and(|first| first.revision() != event.revision()) {
                break;
            }
            seen = event.revision();
            if event.key().starts_with(prefix) {
                found.push(event.clone());
            }
        }
        Ok((found, seen))
    }
}

impl Ring {
    /// Drops the oldest commits, each as a whole, until the rest fits.
    fn trim(&mut self) {
        while self.events.len() > HISTORY_EVENTS_MAX || self.bytes > HISTORY_BYTES_MAX {
            let Some(oldest) = self.events.front().map(Event::revision) else { return };
            while self.events.front().is_some_and(|event| event.revision() == oldest) {
                self.bytes -= self.events.pop_front().map_or(0, |event| event.bytes());
            }
            self.oldest = oldest.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(key: &str, revision: u64) -> Event {
        Event::Deleted { key: key.into(), revision: Revision(revision) }
    }

    #[tokio::test]
    async fn a_commit_comes_whole_and_others_are_passed_over() {
        let history = History::new(Revision(4));
        let mut watch = history.watch("a/", Revision(5)).unwrap();
        history.publish(Revision(5), vec![deleted("b/1", 5)]);
        history.publish(Revision(6), vec![deleted("a/1", 6), deleted("b/2", 6), deleted("a/2", 6)]);
        history.publish(Revision(7), vec![deleted("a/3", 7)]);
        assert_eq!(watch.next().await.unwrap(), vec![deleted("a/1", 6), deleted("a/2", 6)]);
        assert_eq!(watch.next().await.unwrap(), vec![deleted("a/3", 7)]);
    }

    #[tokio::test]
    async fn a_watch_that_falls_behind_is_told() {
        let history = History::new(Revision(0));
        let mut watch = history.watch("", Revision(1)).unwrap();
        let last = u64::try_from(HISTORY_EVENTS_MAX).unwrap() + 2;
        for revision in 1..=last {
            history.publish(Revision(revision), vec![deleted("k", revision)]);
        }
        let oldest = Revision(3);
        assert!(
            matches!(watch.next().await, Err(WatchError::Compacted { oldest: o }) if o == oldest)
        );
        assert!(matches!(history.watch("", Revision(2)), Err(WatchError::Compacted { .. })));
        assert_eq!(history.watch("", oldest).unwrap().next().await.unwrap(), vec![deleted("k", 3)]);
    }

    #[tokio::test]
    async fn the_end_comes_after_the_last_event() {
        let history = History::new(Revision(0));
        let mut watch = history.watch("", Revision(1)).unwrap();
        history.publish(Revision(1), vec![deleted("k", 1)]);
        history.end(StoreError::Closed);
        assert_eq!(watch.next().await.unwrap(), vec![deleted("k", 1)]);
        assert!(matches!(watch.next().await, Err(WatchError::Store(StoreError::Closed))));
        assert!(matches!(history.watch("", Revision(2)), Err(WatchError::Store(_))));
    }
}
