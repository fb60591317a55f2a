//! Random work, crashes and recoveries. A crash loses the chunk that is being written, and of the segments any part that
//! was not flushed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;
use vltava_log::OpenOptions;
use vltava_model::{Offset, Timestamp};
use vltava_partition::{AppendError, AppendLimits, Appended, Origin, Partition, TopicSettings};
use vltava_runtime::Clock;
use vltava_wal::{Faults, MemoryStore, Wal};

use crate::support::{
    NOW, UNKNOWN, batch, open_log, open_wal, sequenced, small_segments, spec, values,
};

#[derive(Clone, Debug)]
enum Step {
    /// By an idempotent producer, or by one without an id.
    Append {
        producer: Option<u8>,
        records: usize,
        size: usize,
    },
    WaitDurable,
    HoldWrites(bool),
    WriteCaching(bool),
    Flush,
    Checkpoint,
    /// How much of the unflushed part of each file is left, in 256ths.
    Crash {
        left: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (prop::option::of(0u8..3), 1usize..4, 0usize..200)
            .prop_map(|(producer, records, size)| Step::Append { producer, records, size }),
        4 => Just(Step::WaitDurable),
        2 => any::<bool>().prop_map(Step::HoldWrites),
        1 => any::<bool>().prop_map(Step::WriteCaching),
        1 => Just(Step::Flush),
        1 => Just(Step::Checkpoint),
        2 => any::<u8>().prop_map(|left| Step::Crash { left }),
    ]
}

/// A batch as it was sent, and where it went.
#[derive(Clone, Debug)]
struct Sent {
    producer: Option<u8>,
    sequence: i32,
    values: Vec<String>,
    base_offset: i64,
}

impl Sent {
    fn bytes(&self) -> bytes::Bytes {
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        match self.producer {
            Some(producer) => sequenced(i64::from(producer), 0, self.sequence, &values),
            None => batch(&values),
        }
    }

    fn end(&self) -> i64 {
        self.base_offset + i64::try_from(self.values.len()).unwrap()
    }
}

struct World {
    dir: TempDir,
    store: MemoryStore,
    faults: Faults,
    clock: Clock,
    settings: TopicSettings,
    wal: Arc<Wal>,
    partition: Arc<Partition>,
    sent: Vec<Sent>,
    last_appended: Option<Appended>,
    /// Offsets below this one were promised to last.
    confirmed: i64,
    held: bool,
    count: usize,
    /// The sizes of the files when they were flushed last, and the recovery point of the last checkpoint.
    flushed: BTreeMap<PathBuf, u64>,
    flushed_to: i64,
    recovery_point: Offset,
}

impl World {
    fn new() -> World {
        let (dir, store, faults) = (TempDir::new().unwrap(), MemoryStore::new(), Faults::new());
        let (clock, settings) = (Clock::manual(Timestamp(NOW)), small_segments());
        let (wal, _) = open_wal(&store, &faults);
        let log = open_log(&dir.path().join("topic-0"), &settings, UNKNOWN);
        let partition = Partition::open(log, spec(settings.clone(), &wal, &clock));
        partition.start().unwrap();
        World {
            dir,
            store,
            faults,
            clock,
            settings,
            wal,
            partition,
            sent: Vec::new(),
            last_appended: None,
            confirmed: 0,
            held: false,
            count: 0,
            flushed: BTreeMap::new(),
            flushed_to: 0,
            recovery_point: Offset(0),
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Append { producer, records, size } => self.append(producer, records, size).await,
            Step::WaitDurable => self.wait_durable().await,
            Step::HoldWrites(hold) => {
                self.held = hold;
                self.faults.hold_writes(hold);
            }
            Step::WriteCaching(write_caching) => {
                self.settings.write_caching = write_caching;
                self.partition.configure(self.settings.clone()).unwrap();
            }
            Step::Flush => self.partition.flush().unwrap(),
            Step::Checkpoint => {
                let upto = self.wal.last_durable();
                self.partition.flush().unwrap();
                self.recovery_point = self.partition.recovery_point();
                self.wal.trim(upto);
            }
            Step::Crash { left } => self.crash(left),
        }
        let recovery_point = self.partition.recovery_point().0;
        if recovery_point > self.flushed_to {
            self.flushed_to = recovery_point;
            self.flushed = sizes(&self.folder());
            self.confirmed = self.confirmed.max(recovery_point);
        }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("topic-0")
    }

    async fn append(&mut self, producer: Option<u8>, records: usize, size: usize) {
        if self.held && self.count.is_multiple_of(40) {
            // Room in the queue is bounded.
            self.faults.hold_writes(false);
            self.held = false;
        }
        self.count += 1;
        let values = (0..records).map(|n| format!("{}-{n}-{}", self.count, "x".repeat(size)));
        let sequence = self.next_sequence(producer);
        let mut sent =
            Sent { producer, sequence, values: values.collect(), base_offset: self.log_end() };
        let appended = self.try_submit(&sent).await.unwrap();
        assert!(!appended.duplicate);
        assert_eq!(appended.base_offset.0, sent.base_offset, "offsets are dense");
        sent.base_offset = appended.base_offset.0;
        assert_eq!(appended.last_offset.0 + 1, sent.end());
        self.sent.push(sent);
        self.last_appended = Some(appended);
    }

    async fn try_submit(&self, sent: &Sent) -> Result<Appended, AppendError> {
        let limits = AppendLimits::default();
        self.partition.append(sent.bytes(), Origin::Client, &limits).await
    }

    fn log_end(&self) -> i64 {
        self.sent.last().map_or(0, Sent::end)
    }

    fn next_sequence(&self, producer: Option<u8>) -> i32 {
        let own = self.sent.iter().filter(|sent| sent.producer == producer);
        own.map(|sent| i32::try_from(sent.values.len()).unwrap()).sum()
    }

    async fn wait_durable(&mut self) {
        let Some(appended) = self.last_appended.filter(|appended| appended.lsn.is_some()) else {
            return;
        };
        self.faults.hold_writes(false);
        self.held = false;
        self.partition.wait_durable(&appended).await.unwrap();
        assert!(self.partition.high_watermark() > appended.last_offset);
        // Write-cached appends before it are not in the WAL: they are promised only by the sync that switched it off.
        self.confirmed = self.confirmed.max(appended.last_offset.0 + 1);
    }

    fn crash(&mut self, left: u8) {
        self.faults.crash();
        let folder = self.folder();
        self.last_appended = None;
        self.faults = Faults::new();
        self.held = false;
        // The WAL's thread may still write while the last handle goes; what it stores then is a chunk that was written.
        let (wal, recovered) = open_wal(&self.store, &self.faults);
        self.wal = wal;
        lose(&folder, &self.flushed, left);
        let options = OpenOptions { recovery_point: self.recovery_point, ..UNKNOWN };
        let log = open_log(&folder, &self.settings, options);
        let spec = spec(self.settings.clone(), &self.wal, &self.clock);
        self.partition = Partition::open(log, spec);
        for chunk in recovered {
            for entry in chunk.unwrap().entries {
                self.partition.replay(&entry).unwrap();
            }
        }
        self.partition.start().unwrap();
        self.check_recovered();
    }

    /// The log is a prefix of what was sent, with all that was confirmed.
    fn check_recovered(&mut self) {
        let end = self.partition.log_end_offset().0;
        assert!(end >= self.confirmed, "{end} of {} confirmed", self.confirmed);
        assert_eq!(self.partition.high_watermark().0, end);
        let expected = self.sent.iter().take_while(|sent| sent.base_offset < end);
        let expected: Vec<(i64, String)> =
            (0..).zip(expected.flat_map(|sent| sent.values.clone())).collect();
        assert_eq!(values(&self.partition, 0), expected);
        self.sent.retain(|sent| sent.base_offset < end);
        self.confirmed = end;
    }

    /// The last batch of each producer is recognised; none is appended twice. Producer snapshots, in Kafka's format, have
    /// room for one batch a producer: those before it are recognised only if they were read from the segments.
    async fn check_duplicates(&self) {
        for producer in 0..3u8 {
            let own = self.sent.iter().rev().filter(|sent| sent.producer == Some(producer));
            for (age, sent) in own.take(7).enumerate() {
                match self.try_submit(sent).await {
                    Ok(again) => {
                        assert!(again.duplicate, "{sent:?}");
                        assert_eq!(again.base_offset.0, sent.base_offset);
                    }
                    Err(AppendError::Sequence(_)) => assert!(age > 0, "{sent:?}"),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "log")).collect()
}

fn sizes(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let size = |path: &PathBuf| std::fs::metadata(path).unwrap().len();
    segments(folder).into_iter().map(|path| (path.clone(), size(&path))).collect()
}

/// Cuts off a part of what was not flushed; indexes are lost, or not.
fn lose(folder: &Path, flushed: &BTreeMap<PathBuf, u64>, left: u8) {
    for path in segments(folder) {
        let safe = flushed.get(&path).copied().unwrap_or(0);
        let size = std::fs::metadata(&path).unwrap().len();
        let kept = safe + (size - safe) * u64::from(left) / 256;
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(kept).unwrap();
    }
    if left.is_multiple_of(2) {
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|e| e == "index" || e == "timeindex") {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_confirmed_is_there_after_any_crash(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in steps {
                let crashed = matches!(step, Step::Crash { .. });
                world.step(step).await;
                if crashed {
                    world.check_duplicates().await;
                }
            }
        });
    }
}
