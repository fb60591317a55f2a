//! Producers and transactions against a model: whatever happens to the log, its state is what its batches say.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use vltava_log::{Log, LogConfig, OpenOptions, ProducerState};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{
    BatchBuilder, Compression, EndTransactionMarker, StampedBatch, TransactionResult,
};

use crate::support::{Fixture, NOW};

/// What a producer does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send { records: i32, transactional: bool },
    End { result: TransactionResult, bump: bool, coordinator_epoch: i32 },
    BumpEpoch,
}

#[derive(Clone, Debug)]
enum Step {
    Act(u8, Act),
    Roll,
    Flush,
    Restart,
    /// Each file keeps a part of what was not flushed; snapshots and indexes may be damaged or gone.
    Crash {
        part: prop::sample::Index,
        damage: u8,
    },
    Truncate(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![
        6 => (1..4i32, any::<bool>())
            .prop_map(|(records, transactional)| Act::Send { records, transactional }),
        3 => (any::<bool>(), any::<bool>(), 0..3i32).prop_map(|(commit, bump, coordinator_epoch)| {
            let result = if commit { TransactionResult::Commit } else { TransactionResult::Abort };
            Act::End { result, bump, coordinator_epoch }
        }),
        1 => Just(Act::BumpEpoch),
    ];
    prop_oneof![
        20 => (0..4u8, act).prop_map(|(who, act)| Step::Act(who, act)),
        2 => Just(Step::Roll),
        2 => Just(Step::Flush),
        1 => Just(Step::Restart),
        2 => (any::<prop::sample::Index>(), any::<u8>())
            .prop_map(|(part, damage)| Step::Crash { part, damage }),
        1 => any::<prop::sample::Index>().prop_map(Step::Truncate),
    ]
}

/// One batch in the log.
#[derive(Clone, Copy, Debug)]
struct Written {
    base: i64,
    id: i64,
    epoch: i16,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Data { sequence: i32, records: i32, transactional: bool },
    Marker(EndTransactionMarker),
}

impl Written {
    fn end(&self) -> i64 {
        match self.kind {
            Kind::Data { records, .. } => self.base + i64::from(records),
            Kind::Marker(_) => self.base + 1,
        }
    }

    fn batch(&self) -> StampedBatch {
        let (id, epoch) = (ProducerId(self.id), ProducerEpoch(self.epoch));
        let timestamp = Timestamp(NOW.0 + self.base);
        let bytes = match self.kind {
            Kind::Marker(marker) => marker.build(id, epoch, timestamp),
            Kind::Data { sequence, records, transactional } => {
                let mut builder = BatchBuilder::new().producer(id, epoch, Sequence(sequence));
                if transactional {
                    builder = builder.transactional();
                }
                (0..records).for_each(|_| builder.push(timestamp, None, Some(b"value"), &[]));
                builder.build(Compression::None)
            }
        };
        let batch = vltava_records::Batch::single(bytes).unwrap();
        batch.stamp(Offset(self.base), LeaderEpoch(0), None)
    }
}

/// What the batches say.
#[derive(Default)]
struct Truth {
    producers: BTreeMap<i64, ProducerState>,
    /// (producer, first, last, last stable)
    aborted: Vec<(i64, i64, i64, i64)>,
}

impl Truth {
    fn of(written: &[Written]) -> Truth {
        let mut truth = Truth::default();
        written.iter().for_each(|it| truth.add(it));
        truth
    }

    fn add(&mut self, it: &Written) {
        let producer = self.producers.entry(it.id).or_insert(ProducerState {
            producer_id: ProducerId(it.id),
            producer_epoch: ProducerEpoch(it.epoch),
            last_sequence: Sequence(-1),
            last_offset: None,
            last_timestamp: Timestamp(0),
            coordinator_epoch: -1,
            current_transaction_start: None,
        });
        if producer.producer_epoch != ProducerEpoch(it.epoch) {
            producer.producer_epoch = ProducerEpoch(it.epoch);
            (producer.last_sequence, producer.last_offset) = (Sequence(-1), None);
        }
        producer.last_timestamp = Timestamp(NOW.0 + it.base);
        match it.kind {
            Kind::Data { sequence, records, transactional } => {
                producer.last_sequence = Sequence(sequence + records - 1);
                producer.last_offset = Some(Offset(it.end() - 1));
                if transactional && producer.current_transaction_start.is_none() {
                    producer.current_transaction_start = Some(Offset(it.base));
                }
            }
            Kind::Marker(marker) => {
                producer.coordinator_epoch = marker.coordinator_epoch;
                let first = producer.current_transaction_start.take();
                if let Some(first) = first
                    && marker.result == TransactionResult::Abort
                {
                    let stable = self.undecided().unwrap_or(it.base + 1);
                    self.aborted.push((it.id, first.0, it.base, stable));
                }
            }
        }
    }

    fn undecided(&self) -> Option<i64> {
        self.producers.values().filter_map(|it| it.current_transaction_start).map(|it| it.0).min()
    }
}

struct World {
    log: Fixture,
    written: Vec<Written>,
    flushed: i64,
}

impl World {
    fn end(&self) -> i64 {
        self.written.last().map_or(0, Written::end)
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Act(who, act) => self.act(i64::from(*who), *act),
            Step::Roll => self.log.log.roll(NOW).unwrap(),
            Step::Flush => {
                self.log.flush();
                self.flushed = self.end();
            }
            Step::Restart => {
                self.log.restart();
                self.flushed = self.end();
            }
            Step::Crash { part, damage } => self.crash(part, *damage),
            Step::Truncate(part) => {
                let end = i64::try_from(part.index(self.written.len() + 1)).unwrap();
                self.log.log.truncate_to(Offset(end), NOW).unwrap();
                self.written.retain(|it| it.end() <= end);
                self.flushed = self.flushed.min(self.end());
            }
        }
    }

    fn act(&mut self, id: i64, act: Act) {
        let base = self.end();
        let before = Truth::of(&self.written);
        let known = before.producers.get(&id);
        let epoch = known.map_or(0, |it| it.producer_epoch.0);
        let next = known.map_or(0, |it| it.last_sequence.0 + 1);
        let is_open = known.is_some_and(|it| it.current_transaction_start.is_some());
        let data =
            |sequence, records, transactional| Kind::Data { sequence, records, transactional };
        let (epoch, kind) = match act {
            Act::Send { records, transactional } => {
                (epoch, data(next, records, transactional || is_open))
            }
            Act::BumpEpoch => (epoch + 1, data(0, 1, is_open)),
            Act::End { result, bump, coordinator_epoch } => {
                let marker = EndTransactionMarker { result, coordinator_epoch };
                (epoch + i16::from(bump), Kind::Marker(marker))
            }
        };
        let it = Written { base, id, epoch, kind };
        self.log.log.append(&[it.batch()], NOW).unwrap();
        self.written.push(it);
    }

    fn crash(&mut self, part: &prop::sample::Index, damage: u8) {
        let flushed = self.log.log.position_of(Offset(self.flushed)).unwrap();
        for base in self.log.bases().into_iter().filter(|base| *base >= flushed.segment.0) {
            let path = self.log.log_file(base);
            let size = fs::metadata(&path).unwrap().len();
            let safe = if base == flushed.segment.0 { u64::from(flushed.position) } else { 0 };
            let room = usize::try_from(size - safe).unwrap();
            let keep = safe + u64::try_from(part.index(room + 1)).unwrap();
            fs::File::options().write(true).open(path).unwrap().set_len(keep).unwrap();
        }
        for (n, name) in self.log.names().into_iter().enumerate() {
            let path = self.log.file(&name);
            let is_unlucky = damage & (1 << (n % 8)) != 0;
            let is_snapshot = name.ends_with(".snapshot");
            if is_unlucky && is_snapshot {
                let mut bytes = fs::read(&path).unwrap();
                bytes.truncate(part.index(bytes.len()));
                fs::write(&path, bytes).unwrap();
            }
            let base: Option<i64> = name.get(..20).and_then(|digits| digits.parse().ok());
            let unflushed = base.is_some_and(|base| base >= flushed.segment.0);
            if is_unlucky && name.ends_with(".txnindex") && unflushed {
                fs::write(&path, vec![0xee; part.index(100)]).unwrap();
            }
        }
        let recovery_point = self.log.log.recovery_point();
        let options = OpenOptions { recovery_point, clean_shutdown: false, log_start_offset: None };
        self.log.reopen(options);
        let end = self.log.log.log_end_offset().0;
        assert!(end >= self.flushed);
        self.written.retain(|it| it.end() <= end);
    }

    fn check(&mut self) {
        let truth = Truth::of(&self.written);
        let log = &mut self.log.log;
        let producers: Vec<_> = truth.producers.values().copied().collect();
        assert_eq!(log.active_producers(), producers);
        let undecided = log.first_undecided().unwrap();
        assert_eq!(undecided.map(|place| place.offset.0), truth.undecided());
        if let Some(place) = undecided {
            assert_eq!(place, log.position_of(place.offset).unwrap());
        }
        let end = log.log_end_offset();
        let found = Log::aborted_transactions(&log.segments(), Offset(0), end.next()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|it| {
                (it.producer_id.0, it.first_offset.0, it.last_offset.0, it.last_stable_offset.0)
            })
            .collect();
        assert_eq!(found, truth.aborted);
        let is_empty = truth.aborted.is_empty();
        let has_file = self.log.names().iter().any(|name| name.ends_with(".txnindex"));
        assert!(!(is_empty && has_file), "a file for nothing");
        self.check_ranges(&truth);
    }

    /// Whatever range is read, the transactions that have records in it are told.
    fn check_ranges(&self, truth: &Truth) {
        let segments = self.log.log.segments();
        for from in (0..self.end()).step_by(3) {
            for upto in [from + 1, from + 4, self.end()] {
                let found =
                    Log::aborted_transactions(&segments, Offset(from), Offset(upto)).unwrap();
                let found: Vec<_> = found.iter().map(|it| it.last_offset.0).collect();
                let overlaps = |it: &&(i64, i64, i64, i64)| it.2 >= from && it.1 < upto;
                let expected: Vec<_> =
                    truth.aborted.iter().filter(overlaps).map(|it| it.2).collect();
                assert_eq!(found, expected, "{from} to {upto}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_history(
        steps in prop::collection::vec(step(), 1..80),
        segment_bytes in prop_oneof![Just(400u32), Just(1500), Just(1 << 20)],
    ) {
        let config = LogConfig {
            segment_bytes,
            retention_ms: -1,
            producer_id_expiration_ms: i64::MAX,
            ..LogConfig::default()
        };
        let mut world = World { log: Fixture::new(config), written: Vec::new(), flushed: 0 };
        for step in &steps {
            world.apply(step);
            world.check();
        }
    }
}
