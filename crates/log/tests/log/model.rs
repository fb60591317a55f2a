//! The log against a list of batches: any mix of operations, restarts and crashes that lose what was not flushed.

use std::fs;

use proptest::prelude::*;
use vltava_log::{LogConfig, OpenOptions};
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use crate::support::{Fixture, Make, NOW, read_all};

#[derive(Clone, Debug)]
enum Operation {
    Append {
        batches: usize,
        records: i32,
        value_bytes: usize,
        new_epoch: bool,
    },
    Roll,
    Flush,
    /// Moves the log start offset up to a part of the log, and deletes what lies below.
    Delete(prop::sample::Index),
    Truncate(prop::sample::Index),
    ReleaseFiles,
    Restart,
    /// Stops without warning; each file that was not flushed keeps a part of its unflushed bytes. The recovery point may
    /// not have been written down.
    Crash(prop::sample::Index, bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    let index = any::<prop::sample::Index>;
    let bytes = prop_oneof![3 => 0..300usize, 1 => 2000..6000usize];
    let append = (1..4usize, 1..4i32, bytes, prop::bool::weighted(0.1)).prop_map(
        |(batches, records, value_bytes, new_epoch)| Operation::Append {
            batches,
            records,
            value_bytes,
            new_epoch,
        },
    );
    prop_oneof![
        20 => append,
        2 => Just(Operation::Roll),
        3 => Just(Operation::Flush),
        2 => index().prop_map(Operation::Delete),
        1 => index().prop_map(Operation::Truncate),
        2 => Just(Operation::ReleaseFiles),
        1 => Just(Operation::Restart),
        2 => (index(), any::<bool>()).prop_map(|(part, late)| Operation::Crash(part, late)),
    ]
}

/// What the log should be.
struct Model {
    log: Fixture,
    /// Base offset, records and epoch of each batch, from the first that has a record at or after the start.
    batches: Vec<(i64, i32, i32)>,
    start: i64,
    end: i64,
    flushed: i64,
    epoch: i32,
    sequence: i32,
}

impl Model {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Append { batches, records, value_bytes, new_epoch } => {
                self.epoch += i32::from(*new_epoch);
                self.append(*batches, *records, *value_bytes);
            }
            Operation::Roll => self.log.log.roll(NOW).unwrap(),
            Operation::Flush => {
                self.log.flush();
                self.flushed = self.end;
            }
            Operation::Delete(part) => self.delete(self.start + self.part(part)),
            Operation::Truncate(part) => self.truncate(self.start + self.part(part)),
            Operation::ReleaseFiles => self.log.log.release_idle_files(),
            Operation::Restart => {
                self.log.log.close().unwrap();
                self.reopen(self.log.log.recovery_point(), true);
                self.flushed = self.end;
            }
            Operation::Crash(part, late) => self.crash(part, *late),
        }
    }

    fn part(&self, part: &prop::sample::Index) -> i64 {
        let records = usize::try_from(self.end - self.start).unwrap();
        i64::try_from(part.index(records + 1)).unwrap()
    }

    fn append(&mut self, batches: usize, records: i32, value_bytes: usize) {
        let mut made = Vec::new();
        for _ in 0..batches {
            let producer = Some((5, self.sequence));
            let timestamp = NOW.0 + self.end;
            let make = Make { records, value_bytes, producer, timestamp, epoch: self.epoch };
            made.push(make.at(Offset(self.end)));
            self.batches.push((self.end, records, self.epoch));
            self.end += i64::from(records);
            self.sequence += records;
        }
        self.log.log.append(&made, NOW).unwrap();
    }

    fn delete(&mut self, start: i64) {
        self.log.log.set_log_start_offset(Offset(start));
        self.log.log.delete_expired(Offset(self.end), NOW).unwrap();
        self.log.log.delete_files(NOW.plus_ms(30_000));
        self.start = start;
        self.batches.retain(|(base, records, _)| base + i64::from(*records) > start);
    }

    fn truncate(&mut self, end: i64) {
        self.log.log.truncate_to(Offset(end), NOW).unwrap();
        self.batches.retain(|(base, records, _)| base + i64::from(*records) <= end);
        self.end = self.log.log.log_end_offset().0;
        let last = self.batches.last().map(|(base, records, _)| base + i64::from(*records));
        assert!(self.end <= end && last.is_none_or(|last| last == self.end));
        self.start = self.log.log.log_start_offset().0;
        self.flushed = self.flushed.min(self.end);
        self.sequence =
            self.log.log.active_producers().first().map_or(0, |p| p.last_sequence.0 + 1);
    }

    fn crash(&mut self, part: &prop::sample::Index, late: bool) {
        let flushed = self.log.log.position_of(Offset(self.flushed)).unwrap();
        for base in self.log.bases().into_iter().filter(|base| *base >= flushed.segment.0) {
            let path = self.log.log_file(base);
            let size = fs::metadata(&path).unwrap().len();
            let safe = if base == flushed.segment.0 { u64::from(flushed.position) } else { 0 };
            let unsafe_bytes = usize::try_from(size - safe).unwrap();
            let keep = safe + u64::try_from(part.index(unsafe_bytes + 1)).unwrap();
            fs::File::options().write(true).open(path).unwrap().set_len(keep).unwrap();
        }
        let recovery_point = if late { Offset(0) } else { self.log.log.recovery_point() };
        self.reopen(recovery_point, false);
        let read = read_all(&self.log.log, 1);
        let flushed = |batch: &&(i64, i32, i32)| batch.0 + i64::from(batch.1) <= self.flushed;
        assert!(
            read.len() >= self.batches.iter().filter(flushed).count(),
            "flushed batches are gone"
        );
        self.batches.truncate(read.len());
        self.end = self.log.log.log_end_offset().0;
        self.sequence =
            self.log.log.active_producers().first().map_or(0, |p| p.last_sequence.0 + 1);
    }

    fn reopen(&mut self, recovery_point: Offset, clean_shutdown: bool) {
        let log_start_offset = Some(Offset(self.start));
        self.log.reopen(OpenOptions { recovery_point, clean_shutdown, log_start_offset });
    }

    fn check(&self) {
        let log = &self.log.log;
        let expected: Vec<_> = self.batches.iter().map(|batch| (batch.0, batch.1)).collect();
        assert_eq!(read_all(log, 700), expected);
        assert_eq!((log.log_start_offset().0, log.log_end_offset().0), (self.start, self.end));
        assert!(log.recovery_point().0 <= self.end);
        for (base, _, epoch) in &self.batches {
            let offset = Offset((*base).max(self.start));
            assert_eq!(log.epoch_of(offset), Some(LeaderEpoch(*epoch)), "{offset}");
        }
        let producer = log.active_producers();
        let sequence = producer.first().map_or(0, |producer| producer.last_sequence.0 + 1);
        assert_eq!(sequence, self.sequence);
        if let Some((base, records, _)) = self.batches.last() {
            let target = Timestamp(NOW.0 + base);
            let found =
                vltava_log::Log::offset_for_timestamp(&log.segments(), target, Offset(self.start));
            assert_eq!(found.unwrap().map(|found| found.1), Some(Offset((*base).max(self.start))));
            assert_eq!(base + i64::from(*records), self.end);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_mix_of_operations(
        operations in prop::collection::vec(operation(), 1..60),
        segment_bytes in prop_oneof![Just(600u32), Just(20_000), Just(1 << 20)],
        index_interval_bytes in prop_oneof![Just(0u32), Just(500), Just(4096)],
    ) {
        let config = LogConfig {
            segment_bytes,
            index_interval_bytes,
            retention_ms: -1,
            producer_id_expiration_ms: i64::MAX,
            ..LogConfig::default()
        };
        let log = Fixture::new(config);
        let mut model =
            Model { log, batches: Vec::new(), start: 0, end: 0, flushed: 0, epoch: 0, sequence: 0 };
        for operation in &operations {
            model.apply(operation);
            model.check();
        }
    }
}
