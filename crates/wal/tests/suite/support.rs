//! What the tests share.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use vltava_model::{BrokerId, LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicId};
use vltava_records::{BatchBuilder, Compression, StampedBatch};
use vltava_wal::{Broker, Durable, Entry, Lsn, Recovered, RecoveredEntry, Wal, WalConfig};

pub(crate) const TOPIC: TopicId = TopicId([7; 16]);

pub(crate) const BROKER: Broker = Broker { id: BrokerId(1), epoch: 1 };

/// A partition that writes down what it is told.
#[derive(Default)]
pub(crate) struct Listener {
    pub(crate) calls: Mutex<Vec<Offset>>,
    pub(crate) failures: Mutex<usize>,
}

impl Durable for Listener {
    fn durable(&self, end: Offset) {
        self.calls.lock().push(end);
    }

    fn failed(&self) {
        *self.failures.lock() += 1;
    }
}

impl Listener {
    pub(crate) fn new() -> Arc<Listener> {
        Arc::default()
    }

    pub(crate) fn end(&self) -> Option<Offset> {
        self.calls.lock().last().copied()
    }
}

/// A batch of one record with `size` bytes of value.
pub(crate) fn batch(offset: i64, size: usize) -> StampedBatch {
    let mut builder = BatchBuilder::new().at(Offset(offset), LeaderEpoch(0));
    let value: Vec<u8> = b"0123456789abcdef".iter().copied().cycle().take(size).collect();
    builder.push(Timestamp(1_700_000_000_000), None, Some(&value), &[]);
    StampedBatch::decode(builder.build(Compression::None)).unwrap()
}

pub(crate) fn entry(partition: i32, batches: Vec<StampedBatch>, listener: &Arc<Listener>) -> Entry {
    let listener: Arc<dyn Durable> = Arc::clone(listener) as _;
    Entry { topic_id: TOPIC, partition: PartitionIndex(partition), batches, listener }
}

/// Submits one batch, without waiting for it to be durable.
pub(crate) async fn submit(wal: &Wal, offset: i64, size: usize, listener: &Arc<Listener>) -> Lsn {
    let batch = batch(offset, size);
    let admission = wal.admit(batch.len()).await.unwrap();
    wal.submit(admission, entry(0, vec![batch], listener)).unwrap()
}

/// Makes one batch durable.
pub(crate) async fn append(wal: &Wal, offset: i64, size: usize, listener: &Arc<Listener>) -> Lsn {
    let lsn = submit(wal, offset, size, listener).await;
    wal.durable(lsn).await.unwrap();
    lsn
}

/// Small files, so that there are several of them.
pub(crate) fn config(dir: &Path) -> WalConfig {
    WalConfig {
        file_bytes: 64 << 10,
        queued_bytes_max: 1 << 20,
        checkpoint_bytes: 128 << 10,
        bytes_max: 1 << 20,
        ..WalConfig::new(dir)
    }
}

/// All entries; all chunks must be readable.
pub(crate) fn entries(recovered: Recovered) -> Vec<RecoveredEntry> {
    recovered.flat_map(|chunk| chunk.unwrap().entries).collect()
}

/// The first offsets of all entries.
pub(crate) fn offsets(recovered: Recovered) -> Vec<i64> {
    entries(recovered).iter().map(|entry| entry.first_offset.0).collect()
}
