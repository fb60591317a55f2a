//! The handle that partitions and the broker hold.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use vltava_model::{BrokerId, Offset, PartitionIndex, TopicId};
use vltava_records::StampedBatch;

use crate::limits::{BYTES_MAX, CHECKPOINT_BYTES, FILE_BYTES, QUEUED_BYTES_MAX};
use crate::{OpenError, Recovered, Sink, WalFailed};

/// Numbers the entries submitted since the write-ahead log was opened, from 1. Not kept beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// All that was there at opening: [`Wal::trim`] it once it was replayed and flushed.
    pub const RECOVERED: Lsn = Lsn(0);
}

/// Batches of one partition, with the offsets that it gave them.
pub struct Entry {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition: PartitionIndex,
    /// The batches, at least one, offsets ascending.
    pub batches: Vec<StampedBatch>,
    /// Who is told that they are durable.
    pub listener: Arc<dyn Durable>,
}

/// A partition, as the write-ahead log sees it. Called on the WAL's thread, which serves all partitions: must be quick,
/// and must not call back.
pub trait Durable: Send + Sync {
    /// All submitted entries below `end`, the last offset + 1, are durable. `end` grows from call to call.
    fn durable(&self, end: Offset);

    /// What was submitted and not yet reported will not become durable; nor will anything later.
    fn failed(&self);
}

/// Whose write-ahead log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broker {
    /// `node.id`.
    pub id: BrokerId,
    /// Grows with each start of the broker.
    pub epoch: i64,
}

/// Where the files are, and how large things may grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalConfig {
    /// The data folder. All files `*.wal` in it are ours.
    pub dir: PathBuf,
    /// The size of a file; a chunk that is longer gets one of its own size.
    pub file_bytes: u64,
    /// Bytes of batches that may be admitted and not yet durable.
    pub queued_bytes_max: usize,
    /// A checkpoint is due when the chunks that were not trimmed hold more.
    pub checkpoint_bytes: u64,
    /// The files that were not trimmed never hold more (but for one file that a longer chunk needs): writing waits for a trim.
    pub bytes_max: u64,
}

impl WalConfig {
    /// The defaults, in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> WalConfig {
        WalConfig {
            dir: dir.into(),
            file_bytes: FILE_BYTES,
            queued_bytes_max: QUEUED_BYTES_MAX,
            checkpoint_bytes: CHECKPOINT_BYTES,
            bytes_max: BYTES_MAX,
        }
    }
}

/// The right to submit an entry of so many bytes.
#[derive(Debug)]
pub struct Admission {
    permit: OwnedSemaphorePermit,
}

/// The write-ahead log. Share it in an `Arc`. Dropping it stops the thread without writing what is queued; see [`Wal::close`].
pub struct Wal {}

impl Wal {
    /// Opens the files in the data folder and starts the thread. `Recovered` is to be replayed and flushed, and then
    /// trimmed with [`Lsn::RECOVERED`]; entries may be submitted meanwhile.
    pub fn open(config: &WalConfig, broker: Broker) -> Result<(Wal, Recovered), OpenError> {
        let _ = (config, broker);
        unimplemented!()
    }

    /// Starts the thread over any sink, opened before with what it `recovered`.
    pub fn start(
        sink: Box<dyn Sink>,
        recovered: &Recovered,
        config: &WalConfig,
        broker: Broker,
    ) -> Wal {
        let _ = (sink, recovered, config, broker);
        unimplemented!()
    }

    /// Waits until there is room for `bytes` of batches. Memory is bounded by this, and disk: it waits while there is
    /// no space. More than the bound counts as the whole bound.
    pub async fn admit(&self, bytes: usize) -> Result<Admission, WalFailed> {
        let _ = bytes;
        unimplemented!()
    }

    /// Queues an entry. Never blocks. Called under the partition's lock, so that its entries come in the order of their
    /// offsets. After an error the entry is not durable and its listener is not told: it is who calls.
    pub fn submit(&self, admission: Admission, entry: Entry) -> Result<Lsn, WalFailed> {
        let _ = (admission.permit, entry);
        unimplemented!()
    }

    /// Waits until the entry is durable; its listener was told before. May be dropped at any time.
    pub async fn durable(&self, lsn: Lsn) -> Result<(), WalFailed> {
        let _ = lsn;
        unimplemented!()
    }

    /// If more than `checkpoint_bytes` were written and not trimmed: the entry to [`Wal::trim`] up to once all segments
    /// were flushed. Flush after this call, not before.
    pub fn checkpoint_due(&self) -> Option<Lsn> {
        unimplemented!()
    }

    /// Waits until a checkpoint is due, as [`Wal::checkpoint_due`] says; for one task, which does them.
    pub async fn checkpoint_wanted(&self) -> Lsn {
        unimplemented!()
    }

    /// The last entry that is durable now.
    pub fn last_durable(&self) -> Lsn {
        unimplemented!()
    }

    /// Says that segments hold all entries up to this one safely, so that their space can be used again. Does not wait.
    pub fn trim(&self, upto: Lsn) {
        let _ = upto;
        unimplemented!()
    }

    /// Whether a write or sync failed.
    pub fn has_failed(&self) -> bool {
        unimplemented!()
    }

    /// Writes what is queued and stops the thread. Blocks until then. If all was trimmed before, the next open finds a
    /// WAL that is empty, and knows it at once.
    pub fn close(&self) {
        unimplemented!()
    }
}
