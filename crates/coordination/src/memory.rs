//! A store in memory, for tests.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Bound;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::Mutex;
use vltava_runtime::Tasks;

use crate::history::History;
use crate::leases::Leases;
use crate::limits::PAGE_ENTRIES_MAX;
use crate::rows::{self, Outcome, Row, Rows};
use crate::{
    Committed, KeyValue, LeaseError, LeaseId, Page, Range, Revision, Store, StoreError,
    Transaction, Watch, WatchError,
};

/// A store in memory. Gone when it is dropped; its clones are the same store.
#[derive(Clone, Debug)]
pub struct MemoryStore(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    entries: Mutex<Entries>,
    leases: Arc<Leases>,
    history: Arc<History>,
}

#[derive(Debug, Default)]
struct Entries {
    revision: Revision,
    rows: BTreeMap<String, Row>,
}

impl MemoryStore {
    /// An empty store. Its leases run out on a task of `tasks`.
    pub fn new(tasks: &Tasks) -> MemoryStore {
        let memory = Arc::new(Memory {
            entries: Mutex::default(),
            leases: Arc::default(),
            history: History::new(Revision::default()),
        });
        let (leases, weak) = (Arc::clone(&memory.leases), Arc::downgrade(&memory));
        let stopping = tasks.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = end_expired_leases(&leases, &weak) => {}
                () = stopping.stopping() => {}
            }
        });
        MemoryStore(memory)
    }
}

async fn end_expired_leases(leases: &Leases, memory: &Weak<Memory>) {
    while let Some(lease) = leases.expired().await {
        let Some(memory) = memory.upgrade() else { return };
        // An error says that it was revoked in the meantime: nothing is left to do.
        let _ended = memory.end_lease(lease);
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.leases.close();
        self.history.end(StoreError::Closed);
    }
}

impl Memory {
    fn end_lease(&self, lease: LeaseId) -> Result<(), LeaseError> {
        let mut entries = self.entries.lock();
        let keys = self.leases.end(lease)?;
        let next = entries.revision.next();
        let Ok(events) = rows::end_lease(&mut entries.rows, lease, keys, next);
        if !events.is_empty() {
            entries.revision = next;
            self.history.publish(next, events);
        }
        Ok(())
    }
}

impl Rows for BTreeMap<String, Row> {
    type Error = Infallible;

    fn get(&self, key: &str) -> Result<Option<Row>, Infallible> {
        Ok(self.get(key).cloned())
    }

    fn put(&mut self, key: &str, row: &Row) -> Result<(), Infallible> {
        self.insert(key.to_owned(), row.clone());
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), Infallible> {
        self.remove(key);
        Ok(())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<KeyValue>, StoreError> {
        let row = self.0.entries.lock().rows.get(key).cloned();
        Ok(row.map(|row| row.with_key(key.to_owned())))
    }

    async fn range(&self, prefix: &str, page: Page) -> Result<Range, StoreError> {
        let entries = self.0.entries.lock();
        let from = match page.after.as_deref() {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut found = entries
            .rows
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix));
        let limit = page.limit.clamp(1, PAGE_ENTRIES_MAX);
        let page = found.by_ref().take(limit).map(|(key, row)| row.clone().with_key(key.clone()));
        let page = page.collect();
        Ok(Range { revision: entries.revision, entries: page, more: found.next().is_some() })
    }

    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        transaction.check()?;
        let mut entries = self.0.entries.lock();
        let next = entries.revision.next();
        let Ok(outcome) =
            rows::apply(&mut entries.rows, &mut self.0.leases.held(), transaction, next);
        match outcome {
            Outcome::Conflict => return Ok(Committed::Conflict),
            Outcome::Refused(error) => return Err(error),
            Outcome::Applied(events) if events.is_empty() => {}
            Outcome::Applied(events) => {
                entries.revision = next;
                self.0.history.publish(next, events);
            }
        }
        Ok(Committed::Done { revision: entries.revision })
    }

    async fn watch(&self, prefix: &str, from: Revision) -> Result<Watch, WatchError> {
        self.0.history.watch(prefix, from)
    }

    async fn grant_lease(&self, ttl_ms: u64) -> Result<LeaseId, LeaseError> {
        self.0.leases.grant(ttl_ms)
    }

    async fn keep_lease_alive(&self, lease: LeaseId) -> Result<(), LeaseError> {
        self.0.leases.keep_alive(lease)
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<(), LeaseError> {
        self.0.end_lease(lease)
    }
}
