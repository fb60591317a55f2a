//! The handle that partitions and the broker hold.

mod entry;
mod lanes;
mod shared;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use vltava_model::BrokerId;

pub use entry::{Durable, Entry, Lsn};

use crate::limits::{BYTES_MAX, CHECKPOINT_BYTES, FILE_BYTES, QUEUED_BYTES_MAX};
use crate::{FileSink, OpenError, ReadBack, Recovered, Sink, WalFailed};
use shared::{Ending, Shared};
use writer::Writer;

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
pub struct Wal {
    shared: Arc<Shared>,
    read_back: ReadBack,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Wal {
    /// Opens the files in the data folder and starts the thread. `Recovered` is to be replayed and flushed, and then
    /// trimmed with [`Lsn::RECOVERED`]; entries may be submitted meanwhile.
    pub fn open(config: &WalConfig, broker: Broker) -> Result<(Wal, Recovered), OpenError> {
        let (sink, recovered) = FileSink::open(config, broker)?;
        let wal = Wal::start(Box::new(sink), &recovered, config, broker);
        Ok((wal, recovered))
    }

    /// Starts the thread over any sink, opened before with what it `recovered`.
    ///
    /// # Panics
    /// If the operating system has no thread to give.
    pub fn start(
        sink: Box<dyn Sink>,
        recovered: &Recovered,
        config: &WalConfig,
        broker: Broker,
    ) -> Wal {
        let shared = Arc::new(Shared::new(config, recovered.next_sequence()));
        let read_back = sink.read_back();
        let writer = Writer::new(Arc::clone(&shared), sink, recovered.next_sequence(), broker);
        let thread = std::thread::Builder::new()
            .name("wal".to_owned())
            .spawn(move || writer.run())
            .expect("a broker that starts gets a thread");
        Wal { shared, read_back, thread: Mutex::new(Some(thread)) }
    }

    /// Waits until there is room for `bytes` of batches. Memory is bounded by this, and disk: it waits while there is
    /// no space. More than the bound counts as the whole bound. Small appends do not wait behind large ones.
    pub async fn admit(&self, bytes: usize) -> Result<Admission, WalFailed> {
        Ok(Admission { permit: self.shared.admit(bytes).await? })
    }

    /// Queues an entry. Never blocks. Called under the partition's lock, so that its entries come in the order of their
    /// offsets. After an error the entry is not durable and its listener is not told: it is who calls.
    pub fn submit(&self, admission: Admission, entry: Entry) -> Result<Lsn, WalFailed> {
        self.shared.submit(entry, admission.permit)
    }

    /// Waits until the entry is durable; its listener was told before. May be dropped at any time.
    pub async fn durable(&self, lsn: Lsn) -> Result<(), WalFailed> {
        match self.shared.wait(lsn)? {
            None => Ok(()),
            Some(receiver) => receiver.await.or(Err(WalFailed)),
        }
    }

    /// If more than `checkpoint_bytes` were written and not trimmed: the entry to [`Wal::trim`] up to once all segments
    /// were flushed. Flush after this call, not before; and not while what was recovered is being replayed.
    pub fn checkpoint_due(&self) -> Option<Lsn> {
        self.shared.checkpoint_due()
    }

    /// Waits until a checkpoint is due, as [`Wal::checkpoint_due`] says; for one task, which does them.
    pub async fn checkpoint_wanted(&self) -> Lsn {
        loop {
            if let Some(lsn) = self.checkpoint_due() {
                return lsn;
            }
            self.shared.checkpoint.notified().await;
        }
    }

    /// The last entry that is durable now.
    pub fn last_durable(&self) -> Lsn {
        self.shared.last_durable()
    }

    /// Reads back what was not trimmed: all entries that are durable now, maybe some that become so meanwhile, and
    /// what was recovered until that is trimmed. Reads files, some of them twice. Nothing may be trimmed before it was
    /// read to its end.
    pub fn read_back(&self) -> Result<Recovered, OpenError> {
        (self.read_back)(self.shared.next_sequence())
    }

    /// Says that segments hold all entries up to this one safely, so that their space can be used again. Does not wait.
    /// What was recovered goes with any of them: it must have been read from [`Recovered`] to its end.
    pub fn trim(&self, upto: Lsn) {
        self.shared.trim(upto);
    }

    /// Whether what was submitted could not be written: a write or sync failed, or it was closed without space. A WAL that
    /// was closed in good order has not failed.
    pub fn has_failed(&self) -> bool {
        self.shared.has_failed()
    }

    /// Writes what is queued and stops the thread. Blocks until then. If all was trimmed before, the next open finds a
    /// WAL that is empty, and knows it at once. Without space on the disk, what is queued is given up.
    pub fn close(&self) {
        self.end(Ending::Close);
    }

    fn end(&self, ending: Ending) {
        let Some(thread) = self.thread.lock().take() else { return };
        self.shared.end(ending);
        if thread.thread().id() == std::thread::current().id() {
            // The queue held the last partition, which held the last handle: the thread is dropping both.
            return;
        }
        // A panic on the thread was logged as a failure there; there is nobody to hand it to.
        let _ = thread.join();
    }
}

impl Drop for Wal {
    fn drop(&mut self) {
        self.end(Ending::Abandon);
    }
}
