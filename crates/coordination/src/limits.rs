//! The bounds of a store, the same for every adapter so that what works on one node works in a cluster.

/// Comparisons, and operations, of one transaction. etcd's own default, `--max-txn-ops`.
pub const TRANSACTION_OPERATIONS_MAX: usize = 128;

/// Bytes of one transaction's keys and values. etcd's default limit for a request is 1.5 MiB.
pub const TRANSACTION_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 1024;

/// Entries that one call of `range` returns at most; a page of metadata stays well below a message of 4 MiB.
pub const PAGE_ENTRIES_MAX: usize = 1000;

/// Events kept for watches that have not read them yet; a watch that falls further behind is told to load again.
pub const HISTORY_EVENTS_MAX: usize = 8192;

/// Bytes of the events kept for watches.
pub const HISTORY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Commits that wait for the writer of the embedded store; further ones wait for room.
pub const COMMITS_QUEUED_MAX: usize = 1024;

/// Commits that the embedded store's writer puts into one write to disk.
pub const COMMITS_PER_WRITE_MAX: usize = 256;

/// Memory that the embedded store's page cache may take. Metadata is read once and then served from the image,
/// so this is for the writer's B-tree pages only.
pub const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// Leases that may be alive at one time: one a broker, and room.
pub const LEASES_MAX: usize = 10_000;
