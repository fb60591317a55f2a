//! What the tests share.

use std::future::Future;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tempfile::TempDir;
use vltava_log::{Log, LogConfig, OpenOptions};
use vltava_model::{
    BrokerId, LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Sequence, Timestamp,
    TopicId, TopicName, TopicPartition,
};
use vltava_partition::{
    AppendError, AppendLimits, Appended, Isolation, Origin, Partition, PartitionSpec, TopicSettings,
};
use vltava_records::{BatchBuilder, Compression, batches};
use vltava_runtime::Clock;
use vltava_wal::{Broker, Faults, FaultySink, MemoryStore, Recovered, Wal, WalConfig};

pub(crate) const NOW: i64 = 1_700_000_000_000;

/// One partition, and all around it that outlives it.
pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    pub(crate) store: MemoryStore,
    pub(crate) faults: Faults,
    pub(crate) clock: Clock,
    pub(crate) wal: Arc<Wal>,
    pub(crate) partition: Arc<Partition>,
}

pub(crate) fn id() -> TopicPartition {
    TopicPartition::new(TopicName::new("topic").unwrap(), PartitionIndex(0))
}

pub(crate) fn settings() -> TopicSettings {
    TopicSettings::default()
}

/// Segments of a few batches.
pub(crate) fn small_segments() -> TopicSettings {
    let log = LogConfig { segment_bytes: 1000, index_interval_bytes: 200, ..LogConfig::default() };
    TopicSettings { log, ..settings() }
}

/// A write-ahead log in memory, with faults, and what it held.
pub(crate) fn open_wal(store: &MemoryStore, faults: &Faults) -> (Arc<Wal>, Recovered) {
    let broker = Broker { id: BrokerId(1), epoch: 1 };
    let (sink, recovered) = store.open(broker).unwrap();
    let sink = FaultySink::new(sink, faults.clone());
    let config = WalConfig { queued_bytes_max: 100_000, ..WalConfig::new("unused") };
    (Arc::new(Wal::start(Box::new(sink), &recovered, &config, broker)), recovered)
}

pub(crate) fn spec(settings: TopicSettings, wal: &Arc<Wal>, clock: &Clock) -> PartitionSpec {
    PartitionSpec {
        id: id(),
        topic_id: TopicId([3; 16]),
        leader_epoch: LeaderEpoch(7),
        settings,
        wal: Arc::clone(wal),
        clock: clock.clone(),
    }
}

pub(crate) const UNKNOWN: OpenOptions =
    OpenOptions { recovery_point: Offset(0), clean_shutdown: false, log_start_offset: None };

impl Bench {
    pub(crate) fn new(settings: TopicSettings) -> Bench {
        let (dir, store, faults) = (TempDir::new().unwrap(), MemoryStore::new(), Faults::new());
        let clock = Clock::manual(Timestamp(NOW));
        let (wal, _) = open_wal(&store, &faults);
        let log = open_log(&dir.path().join("topic-0"), &settings, UNKNOWN);
        let partition = Partition::open(log, spec(settings, &wal, &clock));
        partition.start().unwrap();
        Bench { dir, store, faults, clock, wal, partition }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("topic-0")
    }

    pub(crate) async fn append(&self, records: Bytes) -> Result<Appended, AppendError> {
        self.partition.append(records, Origin::Client, &AppendLimits::default()).await
    }

    /// Appends and waits until it is durable.
    pub(crate) async fn append_durably(&self, records: Bytes) -> Appended {
        let appended = self.append(records).await.unwrap();
        self.partition.wait_durable(&appended).await.unwrap();
        appended
    }

    /// The values of all records that can be read from `offset` on.
    pub(crate) fn values(&self, offset: i64) -> Vec<(i64, String)> {
        values(&self.partition, offset)
    }
}

pub(crate) fn open_log(
    dir: &std::path::Path,
    settings: &TopicSettings,
    options: OpenOptions,
) -> Log {
    Log::open(dir, TopicId([3; 16]), settings.log.clone(), options, Timestamp(NOW)).unwrap()
}

/// Reads to the end, a few bytes at a time; checks that offsets are dense.
pub(crate) fn values(partition: &Partition, offset: i64) -> Vec<(i64, String)> {
    let mut found: Vec<(i64, String)> = Vec::new();
    loop {
        let next = found.last().map_or(offset, |(last, _)| last + 1);
        let outcome = partition.read(Offset(next), 300, true, Isolation::ReadUncommitted).unwrap();
        let Some(slice) = outcome.records else { return found };
        let mut bytes = vec![0; slice.length];
        slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
        for batch in batches(bytes.into()).map_while(Result::ok) {
            batch.check_crc().unwrap();
            for record in batch.records().unwrap().map(Result::unwrap) {
                if record.offset.0 >= next {
                    assert_eq!(record.offset.0, found.last().map_or(next, |(last, _)| last + 1));
                    let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                    found.push((record.offset.0, value));
                }
            }
        }
    }
}

pub(crate) fn builder(values: &[&str]) -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    for value in values {
        builder.push(Timestamp(NOW), Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder
}

/// A client's batch.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    builder(values).build(Compression::None)
}

/// An idempotent producer's batch.
pub(crate) fn sequenced(producer: i64, epoch: i16, sequence: i32, values: &[&str]) -> Bytes {
    builder(values)
        .producer(ProducerId(producer), ProducerEpoch(epoch), Sequence(sequence))
        .build(Compression::None)
}

pub(crate) fn is_pending(future: impl Future) -> bool {
    matches!(pin!(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}
