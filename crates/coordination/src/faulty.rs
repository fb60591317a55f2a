//! A store that fails on demand, for tests.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::{
    Committed, KeyValue, LeaseError, LeaseId, Page, Range, Revision, Store, StoreError,
    Transaction, Watch, WatchError,
};

/// What happens to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It does not take place, and its caller hears of a failure.
    FailBefore,
    /// It takes place, but its caller hears of a failure: the answer was lost.
    FailAfter,
    /// It does not take place: another came first.
    Conflict,
}

/// Another store whose next commits meet with faults, in the order given.
pub struct FaultyStore {
    store: Arc<dyn Store>,
    faults: Mutex<VecDeque<Fault>>,
}

impl FaultyStore {
    /// The store as it is, until told otherwise.
    pub fn new(store: Arc<dyn Store>) -> FaultyStore {
        FaultyStore { store, faults: Mutex::default() }
    }

    /// Lets a coming commit meet with `fault`, behind those that were given before.
    pub fn push(&self, fault: Fault) {
        self.faults.lock().push_back(fault);
    }
}

fn failed() -> StoreError {
    StoreError::Failed {
        store: "faulty".into(),
        cause: Arc::new(io::Error::other("a fault was asked for")),
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn get(&self, key: &str) -> Result<Option<KeyValue>, StoreError> {
        self.store.get(key).await
    }

    async fn range(&self, prefix: &str, page: Page) -> Result<Range, StoreError> {
        self.store.range(prefix, page).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        let fault = self.faults.lock().pop_front().unwrap_or(Fault::None);
        match fault {
            Fault::None => self.store.commit(transaction).await,
            Fault::FailBefore => Err(failed()),
            Fault::FailAfter => {
                self.store.commit(transaction).await?;
                Err(failed())
            }
            Fault::Conflict => Ok(Committed::Conflict),
        }
    }

    async fn watch(&self, prefix: &str, from: Revision) -> Result<Watch, WatchError> {
        self.store.watch(prefix, from).await
    }

    async fn grant_lease(&self, ttl_ms: u64) -> Result<LeaseId, LeaseError> {
        self.store.grant_lease(ttl_ms).await
    }

    async fn keep_lease_alive(&self, lease: LeaseId) -> Result<(), LeaseError> {
        self.store.keep_lease_alive(lease).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<(), LeaseError> {
        self.store.revoke_lease(lease).await
    }
}
