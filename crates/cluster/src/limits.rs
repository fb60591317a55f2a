//! The bounds of this crate's queues and loops.

use std::time::Duration;

/// Requests that wait in front of a shard; beyond it those who ask wait.
pub(crate) const SHARD_QUEUE_MAX: usize = 1_024;

/// Decisions of a shard whose records are not durable yet; beyond it the shard takes no requests.
pub(crate) const SHARD_PENDING_MAX: usize = 1_024;

/// The size at which a shard's records are split into another batch.
pub(crate) const SHARD_BATCH_BYTES: usize = 1024 * 1024;

/// How long a shard in the middle of an append holds up the node's end: the append may wait for space on the disk.
pub(crate) const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// What one read takes when a shard is loaded.
pub(crate) const LOAD_READ_BYTES: usize = 4 * 1024 * 1024;

/// Events of transactions whose end has not come yet, held while a shard is loaded.
pub(crate) const LOAD_HELD_EVENTS_MAX: usize = 1_000_000;

/// How often a change of the metadata is planned anew after others changed what it was planned on.
pub(crate) const CATALOG_RETRIES_MAX: usize = 16;

/// Producer ids taken from the store at a time; those not handed out are lost at a restart, as in Kafka.
pub(crate) const PRODUCER_IDS_BLOCK: i64 = 1_000;

/// Commits to the store that are under way at a time.
pub(crate) const CATALOG_COMMITS_MAX: usize = 128;

/// Workers that compact logs at a time, whatever `log.cleaner.threads` says.
pub(crate) const CLEANER_THREADS_MAX: usize = 64;

/// Partitions that are synced one by one; more of them by one sync of the file system. Each costs one or two accesses of
/// the disk, and the other what all have not written yet, which is little more where there are many.
pub(crate) const SYNCS_MAX: usize = 64;

/// How often partitions are looked for that nobody uses; the second time that one is found, it is closed. Well above the two
/// minutes that producers try to deliver a batch: one that is closed remembers the last batch of each producer only, and
/// what is sent again may be one of five.
pub(crate) const REST_STEP: Duration = Duration::from_mins(10);

/// Bytes of records of the write-ahead log that are replayed at a time, on all cores …
pub(crate) const REPLAY_BYTES: usize = 16 * 1024 * 1024;

/// … and entries.
pub(crate) const REPLAY_ENTRIES: usize = 16 * 1024;

/// Partitions for which it does not pay to start threads.
pub(crate) const ONE_THREAD_MAX: usize = 8;
