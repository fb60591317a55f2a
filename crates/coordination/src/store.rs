//! The port.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use crate::limits::{
    KEY_BYTES_MAX, PAGE_ENTRIES_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_OPERATIONS_MAX,
};
use crate::{KeyValue, LeaseId, Revision, Watch, WatchError};

/// A key-value store ordered by key, with revisions, watches and leases. Shared as `Arc<dyn Store>`.
#[async_trait]
pub trait Store: Send + Sync {
    /// The entry of a key.
    async fn get(&self, key: &str) -> Result<Option<KeyValue>, StoreError>;

    /// A page of the entries whose key begins with `prefix`, in order of key.
    async fn range(&self, prefix: &str, page: Page) -> Result<Range, StoreError>;

    /// Carries out the operations if every comparison holds, else changes nothing. Returns when the outcome is durable.
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError>;

    /// The changes of keys that begin with `prefix`, from the commit `from` on, that one included.
    async fn watch(&self, prefix: &str, from: Revision) -> Result<Watch, WatchError>;

    /// Grants a lease that ends `ttl_ms` after it was granted or last kept alive.
    async fn grant_lease(&self, ttl_ms: u64) -> Result<LeaseId, LeaseError>;

    /// Lets a lease begin its time anew.
    async fn keep_lease_alive(&self, lease: LeaseId) -> Result<(), LeaseError>;

    /// Ends a lease and deletes its keys.
    async fn revoke_lease(&self, lease: LeaseId) -> Result<(), LeaseError>;
}

/// Which part of a range to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Leave out every key up to this one.
    pub after: Option<String>,
    /// Return at most so many entries; never more than [`PAGE_ENTRIES_MAX`].
    pub limit: usize,
}

impl Page {
    /// The first page, as large as may be.
    pub fn first() -> Page {
        Page { after: None, limit: PAGE_ENTRIES_MAX }
    }

    /// The page behind `key`, as large as may be.
    pub fn after(key: impl Into<String>) -> Page {
        Page { after: Some(key.into()), limit: PAGE_ENTRIES_MAX }
    }
}

/// A page of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The store's revision when the page was read.
    pub revision: Revision,
    /// The entries in order of key.
    pub entries: Vec<KeyValue>,
    /// Whether more entries follow the last one.
    pub more: bool,
}

/// What [`Store::commit`] is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// All of these must hold.
    pub compares: Vec<Compare>,
    /// Carried out in order, as one revision. Naming a key twice is an error.
    pub operations: Vec<Operation>,
}

/// What a key must be like for a transaction to take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    /// The key.
    pub key: String,
    /// What is expected of it.
    pub expected: Expected,
}

/// The state expected of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There is no such key.
    Absent,
    /// The key was last written by this commit.
    ModRevision(Revision),
}

/// A write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Writes a key, whether or not it is there.
    Put {
        /// The key.
        key: String,
        /// Its new value.
        value: Bytes,
        /// The lease that is to take the key along when it ends.
        lease: Option<LeaseId>,
    },
    /// Deletes a key; nothing happens if it is not there.
    Delete {
        /// The key.
        key: String,
    },
}

/// How a transaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It took place as this revision. A transaction that changed nothing makes no new revision.
    Done {
        /// The store's revision after it.
        revision: Revision,
    },
    /// A comparison did not hold, so nothing changed. Read again and decide anew.
    Conflict,
}

/// Why a store did not read or commit.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The store was closed.
    #[error("the metadata store is closed")]
    Closed,
    /// The store failed, and takes no more commits: whether the last ones took place is not known until it is opened again.
    #[error("the metadata store {store} failed")]
    Failed {
        /// The file or address.
        store: String,
        /// What failed.
        #[source]
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A transaction or key is larger than [`crate::limits`] allow, or names a key twice: an error in the caller.
    #[error("the metadata store takes no such transaction: {reason}")]
    Refused {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A put names a lease that has ended.
    #[error("lease {lease} has ended")]
    LeaseEnded {
        /// The lease.
        lease: LeaseId,
    },
}

/// Why a lease was not granted, kept or revoked.
#[derive(Debug, Clone, Error)]
pub enum LeaseError {
    /// The lease has ended; its keys are gone or about to go.
    #[error("lease {lease} has ended")]
    Ended {
        /// The lease.
        lease: LeaseId,
    },
    /// There are [`crate::limits::LEASES_MAX`] leases already.
    #[error("the metadata store has as many leases as it can keep")]
    TooMany,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Transaction {
    /// Writes one key without a comparison.
    pub fn put(key: impl Into<String>, value: impl Into<Bytes>) -> Transaction {
        let operation = Operation::Put { key: key.into(), value: value.into(), lease: None };
        Transaction { compares: Vec::new(), operations: vec![operation] }
    }

    /// Deletes one key without a comparison.
    pub fn delete(key: impl Into<String>) -> Transaction {
        let operation = Operation::Delete { key: key.into() };
        Transaction { compares: Vec::new(), operations: vec![operation] }
    }

    /// Adds a comparison.
    pub fn when(mut self, key: impl Into<String>, expected: Expected) -> Transaction {
        self.compares.push(Compare { key: key.into(), expected });
        self
    }

    /// Refuses what is larger than any adapter takes, or ambiguous.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let refuse = |reason| Err(StoreError::Refused { reason });
        if self.operations.len().max(self.compares.len()) > TRANSACTION_OPERATIONS_MAX {
            return refuse("too many operations");
        }
        let mut bytes = 0;
        let mut keys: Vec<&str> = Vec::with_capacity(self.operations.len());
        for operation in &self.operations {
            let (key, value) = match operation {
                Operation::Put { key, value, .. } => (key, value.len()),
                Operation::Delete { key } => (key, 0),
            };
            if key.is_empty() || key.len() > KEY_BYTES_MAX {
                return refuse("a key is empty or too long");
            }
            bytes += key.len() + value;
            keys.push(key);
        }
        if bytes > TRANSACTION_BYTES_MAX {
            return refuse("too many bytes");
        }
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse("a key is written twice");
        }
        Ok(())
    }
}

/// Reads every entry under `prefix`, page by page, with the revision of the first page.
///
/// Pages behind the first may already show later commits, so whoever goes on with a watch from the revision after
/// the one returned must ignore an event that is older than what it holds of the same key.
pub async fn load(
    store: &dyn Store,
    prefix: &str,
) -> Result<(Vec<KeyValue>, Revision), StoreError> {
    let first = store.range(prefix, Page::first()).await?;
    let (mut entries, mut more) = (first.entries, first.more);
    while more {
        let last = entries.last().expect("a page with more behind it is not empty");
        let page = store.range(prefix, Page::after(last.key.clone())).await?;
        more = page.more;
        entries.extend(page.entries);
    }
    Ok((entries, first.revision))
}
