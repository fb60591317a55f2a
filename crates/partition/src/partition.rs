//! The handle: what a partition is made of, and what it tells about itself.

mod append;
mod check;
mod cleaning;
mod elsewhere;
mod housekeeping;
mod lookup;
mod read;
mod recompress;
mod recover;
mod tail;
mod transactions;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard, RwLock};
use tracing::{debug, error};
use vltava_log::{Log, ProducerState};
use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId, TopicPartition};
use vltava_runtime::Clock;
use vltava_wal::{Durable, Lsn, Wal};

pub use append::{AppendLimits, Appended, Origin};
pub use cleaning::Cleaned;
pub use housekeeping::Flush;
pub use lookup::TimestampOffset;
pub use read::{Isolation, ReadOutcome};
pub use recover::Replayed;

use crate::{FetchWaiter, LookupError, StorageFailed, TopicSettings};
use tail::Tail;

/// One partition, shared in an `Arc`. See the crate's documentation.
pub struct Partition {
    id: TopicPartition,
    topic_id: TopicId,
    leader_epoch: LeaderEpoch,
    wal: Arc<Wal>,
    clock: Clock,
    /// Changed only while `state` is locked, too.
    settings: RwLock<Arc<TopicSettings>>,
    status: AtomicU8,
    /// A read failed, and was logged.
    read_failed: AtomicBool,
    /// Held for a cleaning, and while segments are deleted. To be locked before `state`.
    cleaning: Mutex<()>,
    /// No cleaning is wanted any more.
    cleaning_is_off: AtomicBool,
    /// Held for a flush, from its plan to its end. To be locked before `state`.
    flushing: Arc<Mutex<()>>,
    /// `None` once the partition was deleted.
    state: Mutex<Option<Open>>,
    tail: Tail,
}

/// What the log's lock protects.
struct Open {
    log: Log,
    /// The last entry that went to the WAL.
    last_lsn: Option<Lsn>,
    last_flush: Timestamp,
}

/// What a partition is made of.
pub struct PartitionSpec {
    /// Its name.
    pub id: TopicPartition,
    /// Its topic's id.
    pub topic_id: TopicId,
    /// The epoch under which this broker leads it.
    pub leader_epoch: LeaderEpoch,
    /// Its topic's settings; the log was opened with `settings.log`.
    pub settings: TopicSettings,
    /// Where its appends become durable.
    pub wal: Arc<Wal>,
    /// For append times and timestamp limits.
    pub clock: Clock,
}

/// `status` goes up only.
const OPEN: u8 = 0;
const FAILED: u8 = 1;
const CLOSED: u8 = 2;

impl Partition {
    /// Takes a log that was just opened. Then [`Partition::replay`] what the WAL has of it, and [`Partition::start`].
    pub fn open(log: Log, spec: PartitionSpec) -> Arc<Partition> {
        let PartitionSpec { id, topic_id, leader_epoch, settings, wal, clock } = spec;
        let tail = Tail::new(log.end_position());
        let open = Open { log, last_lsn: None, last_flush: clock.now() };
        Arc::new(Partition {
            id,
            topic_id,
            leader_epoch,
            wal,
            clock,
            settings: RwLock::new(Arc::new(settings)),
            status: AtomicU8::new(OPEN),
            read_failed: AtomicBool::new(false),
            cleaning: Mutex::new(()),
            cleaning_is_off: AtomicBool::new(false),
            flushing: Arc::default(),
            state: Mutex::new(Some(open)),
            tail,
        })
    }

    /// The name.
    pub fn id(&self) -> &TopicPartition {
        &self.id
    }

    /// The topic's id.
    pub fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// The epoch under which this broker leads it.
    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<TopicSettings> {
        Arc::clone(&self.settings.read())
    }

    /// The end of what is durable (of what is appended, with `write.caching=true`).
    pub fn high_watermark(&self) -> Offset {
        self.tail.high_watermark().offset
    }

    /// Records below it are durable, and their transactions ended, with durable markers: where the first other one begins,
    /// or the high watermark.
    pub fn last_stable_offset(&self) -> Offset {
        self.tail.ends().last_stable.offset
    }

    /// The first offset that can be read. For the `log-start-offset-checkpoint`. 0 if the partition was deleted.
    pub fn log_start_offset(&self) -> Offset {
        self.log_number(Log::log_start_offset)
    }

    /// The offset that the next record gets. 0 if the partition was deleted.
    pub fn log_end_offset(&self) -> Offset {
        self.log_number(Log::log_end_offset)
    }

    /// Bytes of batches in all segments. 0 if the partition was deleted.
    pub fn size_bytes(&self) -> u64 {
        self.log_number(Log::size_bytes)
    }

    /// All below is synced in segments. For the `recovery-point-offset-checkpoint`. 0 if the partition was deleted.
    pub fn recovery_point(&self) -> Offset {
        self.log_number(Log::recovery_point)
    }

    fn log_number<T: Default>(&self, number: impl FnOnce(&Log) -> T) -> T {
        self.state.lock().as_ref().map(|open| number(&open.log)).unwrap_or_default()
    }

    /// The producers known, for DescribeProducers.
    pub fn active_producers(&self) -> Vec<ProducerState> {
        self.log_number(Log::active_producers)
    }

    /// Whether storage failed, for good.
    pub fn has_failed(&self) -> bool {
        self.status.load(Ordering::SeqCst) == FAILED
    }

    /// Lets `waiter` know of new bytes that it may read, until it is dropped or unwatched.
    pub fn watch(&self, waiter: &Arc<FetchWaiter>) {
        self.tail.watch(waiter);
    }

    /// Ends [`Partition::watch`].
    pub fn unwatch(&self, waiter: &Arc<FetchWaiter>) {
        self.tail.unwatch(waiter);
    }

    fn check_open(&self) -> Result<(), LookupError> {
        match self.status.load(Ordering::SeqCst) {
            OPEN => Ok(()),
            FAILED => Err(LookupError::Storage(StorageFailed)),
            _ => Err(LookupError::Closed),
        }
    }

    fn lock_open(&self) -> Result<MappedMutexGuard<'_, Open>, LookupError> {
        let state = self.state.lock();
        self.check_open()?;
        MutexGuard::try_map(state, Option::as_mut).map_err(|_deleted| LookupError::Closed)
    }

    /// Storage failed: from now on every call says so.
    fn fail(&self, action: &str, cause: &(dyn Error + 'static)) -> StorageFailed {
        error!(
            partition = %self.id,
            error = %Causes(cause),
            "the partition has failed: cannot {action}; it is not served until the next start"
        );
        self.set_failed()
    }

    /// The WAL failed, which it has logged.
    fn fail_with_wal(&self) -> StorageFailed {
        debug!(partition = %self.id, "the partition is not served any more, since the write-ahead log has stopped");
        self.set_failed()
    }

    fn set_failed(&self) -> StorageFailed {
        self.status.fetch_max(FAILED, Ordering::SeqCst);
        self.tail.wake_all();
        StorageFailed
    }

    /// Closed or deleted: from now on every call says so.
    fn end(&self) {
        self.status.fetch_max(CLOSED, Ordering::SeqCst);
        self.tail.wake_all();
    }
}

/// On the WAL's thread.
impl Durable for Partition {
    fn durable(&self, end: Offset) {
        self.tail.durable(end);
    }

    fn failed(&self) {
        self.fail_with_wal();
    }
}

/// Prints an error with its causes.
struct Causes<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut error = self.0;
        while let Some(cause) = error.source() {
            write!(f, ": {cause}")?;
            error = cause;
        }
        Ok(())
    }
}
