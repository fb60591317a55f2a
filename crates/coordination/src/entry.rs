//! Entries, revisions and events.

use std::fmt;

use bytes::Bytes;

/// Counts the commits of a store: the first makes revision 1, and 0 is the empty store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after this one.
    pub fn next(self) -> Revision {
        Revision(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a lease; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// An entry as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Bytes,
    /// The commit that made the key, since it was last absent.
    pub create_revision: Revision,
    /// The commit that wrote the value.
    pub mod_revision: Revision,
    /// The lease that takes the key along when it ends.
    pub lease: Option<LeaseId>,
}

/// A change that a watch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was written.
    Put(KeyValue),
    /// A key was deleted, or its lease ended.
    Deleted {
        /// The key.
        key: String,
        /// The commit that deleted it.
        revision: Revision,
    },
}

impl Event {
    /// The key that changed.
    pub fn key(&self) -> &str {
        match self {
            Event::Put(entry) => &entry.key,
            Event::Deleted { key, .. } => key,
        }
    }

    /// The commit that changed it.
    pub fn revision(&self) -> Revision {
        match self {
            Event::Put(entry) => entry.mod_revision,
            Event::Deleted { revision, .. } => *revision,
        }
    }

    /// The new value; `None` for a deletion.
    pub fn value(&self) -> Option<&Bytes> {
        match self {
            Event::Put(entry) => Some(&entry.value),
            Event::Deleted { .. } => None,
        }
    }

    /// About how much memory the event holds.
    pub(crate) fn bytes(&self) -> usize {
        self.key().len() + self.value().map_or(0, Bytes::len) + size_of::<Event>()
    }
}
