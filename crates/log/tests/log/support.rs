//! Batches, and a log in a temporary folder.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use tempfile::TempDir;
use vltava_log::{BatchCheck, Log, LogConfig, OpenError, OpenOptions, ReadSlice, Verification};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_records::{BatchBuilder, Compression, StampedBatch};

pub(crate) const NOW: Timestamp = Timestamp(1_000_000);
pub(crate) const TOPIC: TopicId = TopicId([7; 16]);

/// As a client's batches are checked outside of transactions.
pub(crate) const PLAIN: BatchCheck =
    BatchCheck { sequences: true, verification: Verification::Missing };

/// A batch to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Make {
    pub(crate) records: i32,
    pub(crate) timestamp: i64,
    pub(crate) value_bytes: usize,
    pub(crate) epoch: i32,
    /// Producer id and first sequence.
    pub(crate) producer: Option<(i64, i32)>,
}

impl Default for Make {
    fn default() -> Make {
        Make { records: 1, timestamp: NOW.0, value_bytes: 10, epoch: 0, producer: None }
    }
}

impl Make {
    pub(crate) fn at(self, base: Offset) -> StampedBatch {
        let mut builder = BatchBuilder::new().at(base, LeaderEpoch(self.epoch));
        if let Some((id, sequence)) = self.producer {
            builder = builder.producer(ProducerId(id), ProducerEpoch(0), Sequence(sequence));
        }
        let value = vec![b'v'; self.value_bytes];
        for n in 0..self.records {
            let timestamp = Timestamp(self.timestamp.saturating_add(i64::from(n)));
            builder.push(timestamp, None, Some(&value), &[]);
        }
        StampedBatch::decode(builder.build(Compression::None)).unwrap()
    }
}

/// One log and its folder, to be closed and opened again.
pub(crate) struct Fixture {
    pub(crate) root: TempDir,
    pub(crate) config: LogConfig,
    pub(crate) log: Log,
}

pub(crate) fn options(recovery_point: i64, clean_shutdown: bool) -> OpenOptions {
    OpenOptions { recovery_point: Offset(recovery_point), clean_shutdown, log_start_offset: None }
}

impl Fixture {
    pub(crate) fn new(config: LogConfig) -> Fixture {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("t-0");
        let log = Log::open(&dir, TOPIC, config.clone(), options(0, false), NOW).unwrap();
        Fixture { root, config, log }
    }

    /// A log whose segments take about two batches of `Make::default()`.
    pub(crate) fn small_segments() -> Fixture {
        Fixture::new(LogConfig { segment_bytes: 200, ..LogConfig::default() })
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.root.path().join("t-0")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// The `.log` file that begins at `base`.
    pub(crate) fn log_file(&self, base: i64) -> PathBuf {
        self.file(&format!("{base:020}.log"))
    }

    /// The names in the folder, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = fs::read_dir(self.dir()).unwrap().map(name).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    pub(crate) fn append(&mut self, make: Make) -> Offset {
        let base = self.log.log_end_offset();
        self.log.append(&[make.at(base)], NOW).unwrap();
        base
    }

    pub(crate) fn append_many(&mut self, count: usize, make: Make) {
        for _ in 0..count {
            self.append(make);
        }
    }

    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.log.size_bytes()).unwrap()
    }

    /// Base offsets of the segments.
    pub(crate) fn bases(&self) -> Vec<i64> {
        self.log.segments().iter().map(|segment| segment.base_offset().0).collect()
    }

    pub(crate) fn flush(&mut self) {
        let plan = self.log.unflushed().unwrap();
        plan.run().unwrap();
        self.log.flushed(&plan);
    }

    pub(crate) fn try_open(&self, options: OpenOptions) -> Result<Log, OpenError> {
        Log::open(&self.dir(), TOPIC, self.config.clone(), options, NOW)
    }

    pub(crate) fn reopen(&mut self, options: OpenOptions) {
        self.log = self.try_open(options).unwrap();
    }

    /// A clean stop and start.
    pub(crate) fn restart(&mut self) {
        self.log.close().unwrap();
        let recovery_point = self.log.recovery_point().0;
        self.reopen(options(recovery_point, true));
    }

    /// A stop without warning; what was written is there.
    pub(crate) fn crash(&mut self) {
        let recovery_point = self.log.recovery_point().0;
        self.reopen(options(recovery_point, false));
    }

    /// Reads the whole log in small pieces, as a consumer does: (base offset, records) of each batch.
    pub(crate) fn read_all(&self) -> Vec<(i64, i32)> {
        read_all(&self.log, 1)
    }
}

pub(crate) fn bytes(slice: &ReadSlice) -> Vec<u8> {
    let mut bytes = vec![0; slice.length];
    slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
    bytes
}

/// Reads from the log start offset to its end, at most `max_bytes` at a time but for the first batch.
pub(crate) fn read_all(log: &Log, max_bytes: usize) -> Vec<(i64, i32)> {
    let mut batches = Vec::new();
    let mut offset = log.log_start_offset();
    let mut place = offset;
    while offset < log.log_end_offset() {
        let at = log.locate(place).unwrap();
        let end = Some(log.end_position());
        let Some(slice) = at.segment.read(offset, max_bytes, true, end).unwrap() else {
            place = at.next.expect("the log does not end here");
            continue;
        };
        let bytes = bytes::Bytes::from(bytes(&slice));
        for batch in vltava_records::batches(bytes) {
            let Ok(batch) = batch else { break };
            batch.check_crc().unwrap();
            batches.push((batch.header.base_offset, batch.header.records_count));
            offset = batch.header.next_offset();
        }
        place = offset;
    }
    batches
}
