//! The leases of a store: who holds them, until when, and which keys go with them.
//!
//! Leases live in memory only. A store of one process outlives none of its lease holders, so its leases end
//! when it is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;
use vltava_runtime::random_bytes;

use crate::limits::LEASES_MAX;
use crate::{LeaseError, LeaseId};

/// The leases of a store, and the wait for the next one to run out.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: Mutex<Held>,
    changed: Notify,
}

/// The leases that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Held {
    leases: BTreeMap<LeaseId, Lease>,
    closed: bool,
}

#[derive(Debug)]
struct Lease {
    ttl: Duration,
    deadline: Instant,
    keys: BTreeSet<String>,
}

impl Leases {
    /// The leases as they are; the store's writer holds this while it applies transactions.
    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock()
    }

    pub(crate) fn grant(&self, ttl_ms: u64) -> Result<LeaseId, LeaseError> {
        let mut held = self.held.lock();
        if held.leases.len() >= LEASES_MAX {
            return Err(LeaseError::TooMany);
        }
        let id = LeaseId(u64::from_be_bytes(random_bytes()).max(1));
        let ttl = Duration::from_millis(ttl_ms);
        let lease = Lease { ttl, deadline: Instant::now() + ttl, keys: BTreeSet::new() };
        held.leases.insert(id, lease);
        self.changed.notify_one();
        Ok(id)
    }

    pub(crate) fn keep_alive(&self, id: LeaseId) -> Result<(), LeaseError> {
        let mut held = self.held.lock();
        let lease = held.leases.get_mut(&id).ok_or(LeaseError::Ended { lease: id })?;
        lease.deadline = Instant::now() + lease.ttl;
        Ok(())
    }

    /// Ends a lease: from now on no key can be put under it. Returns the keys that are to be deleted.
    pub(crate) fn end(&self, id: LeaseId) -> Result<BTreeSet<String>, LeaseError> {
        let lease = self.held.lock().leases.remove(&id);
        lease.map(|lease| lease.keys).ok_or(LeaseError::Ended { lease: id })
    }

    /// The store is gone: nobody waits for its leases any more.
    pub(crate) fn close(&self) {
        self.held.lock().closed = true;
        self.changed.notify_one();
    }

    /// Waits until a lease has run out, and names it. It is for the caller to end it. `None` once the store is gone.
    pub(crate) async fn expired(&self) -> Option<LeaseId> {
        loop {
            let (closed, next) = {
                let held = self.held.lock();
                (held.closed, held.first_deadline())
            };
            if closed {
                return None;
            }
            let Some((deadline, id)) = next else {
                self.changed.notified().await;
                continue;
            };
            if deadline <= Instant::now() {
                return Some(id);
            }
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => {}
                () = self.changed.notified() => {}
            }
        }
    }
}

impl Held {
    pub(crate) fn contains(&self, id: LeaseId) -> bool {
        self.leases.contains_key(&id)
    }

    /// A key went from one lease, or none, to another, or none.
    pub(crate) fn moved(&mut self, key: &str, from: Option<LeaseId>, to: Option<LeaseId>) {
        if from == to {
            return;
        }
        if let Some(lease) = from.and_then(|id| self.leases.get_mut(&id)) {
            lease.keys.remove(key);
        }
        if let Some(lease) = to.and_then(|id| self.leases.get_mut(&id)) {
            lease.keys.insert(key.to_owned());
        }
    }

    fn first_deadline(&self) -> Option<(Instant, LeaseId)> {
        self.leases.iter().map(|(id, lease)| (lease.deadline, *id)).min()
    }
}
