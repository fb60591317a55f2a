//! The coordination service: a small ordered key-value store with compare-and-set, watches and leases.
//!
//! [`Store`] is the port, shaped after etcd so that etcd can stand behind it: one revision counts the commits of
//! the whole store, every entry remembers the revision that wrote it last, and a commit takes place only if all
//! of its comparisons hold. Two adapters are here, and one contract suite runs over both: [`EmbeddedStore`], a file in the
//! data folder, for one node, and [`MemoryStore`] for tests. [`FaultyStore`] wraps another and fails on demand.
//!
//! What it is not: a place for records, or for anything written at the rate of requests. It knows nothing of topics;
//! what the keys and values mean is `vltava_metadata`'s.
//!
//! Invariants:
//! - A commit that was answered is on disk; one that was not answered may or may not be.
//! - A commit is atomic, and so is what a watch shows of it: all events of a revision come together, in order of revision.
//! - Nothing grows without bound: see [`limits`].
//!
//! Begin reading at [`Store`].

mod embedded;
mod entry;
mod faulty;
mod history;
mod leases;
pub mod limits;
mod memory;
mod rows;
mod store;

pub use embedded::{EmbeddedStore, OpenError};
pub use entry::{Event, KeyValue, LeaseId, Revision};
pub use faulty::{Fault, FaultyStore};
pub use history::{Watch, WatchError};
pub use memory::MemoryStore;
pub use store::{
    Committed, Compare, Expected, LeaseError, Operation, Page, Range, Store, StoreError,
    Transaction, load,
};
