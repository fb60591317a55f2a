//! Compaction against a map of last values: any mix of appends, cleanings that are broken off, restarts and crashes.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use vltava_log::{CleanError, CleanerSettings, Pace, Round};
use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_records::{BatchBuilder, Compression, StampedBatch};

use crate::cleaning::{batches, compacted, to_clean};
use crate::support::{Fixture, NOW, options};

/// A log, what it must say, and where its cleaning stands.
struct Model {
    log: Fixture,
    values: BTreeMap<Vec<u8>, i64>,
    last_clean: i64,
    now: Timestamp,
    settings: CleanerSettings,
}

/// Ends a cleaning after so many pieces.
struct After(Cell<usize>);

impl Pace for After {
    fn go_on(&self, _bytes: usize) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

impl Model {
    fn new(segment_bytes: u32, settings: CleanerSettings) -> Model {
        let mut log = compacted(segment_bytes);
        log.config.delete_retention_ms = 100;
        log.log.configure(log.config.clone());
        Model { log, values: BTreeMap::new(), last_clean: 0, now: NOW, settings }
    }

    /// Appends a batch: a value is its offset, and a negative key deletes.
    fn put(&mut self, keys: &[i32], codec: Compression) {
        let base = self.log.log.log_end_offset();
        let mut builder = BatchBuilder::new().at(base, LeaderEpoch(0));
        for (offset, key) in (base.0..).zip(keys) {
            let name = key.unsigned_abs().to_be_bytes().to_vec();
            let value = (*key >= 0).then(|| offset.to_be_bytes());
            builder.push(self.now, Some(&name), value.as_ref().map(|v| &v[..]), &[]);
            match value {
                Some(_) => self.values.insert(name, offset),
                None => self.values.remove(&name),
            };
        }
        let batch = StampedBatch::decode(builder.build(codec)).unwrap();
        self.log.log.append(&[batch], self.now).unwrap();
    }

    /// Cleans, up to so many pieces; the checkpoint is written at the end only, as a broker does.
    fn clean(&mut self, pieces: usize) {
        self.log.flush();
        let pace = After(Cell::new(pieces));
        let plan = to_clean(&self.log.log, self.last_clean, self.now);
        let clean = || -> Result<i64, CleanError> {
            let mut round = Round::begin(plan, self.settings, self.now, &pace)?;
            while let Some(group) = round.next_group() {
                let last_records = self.log.log.last_records();
                if let Some(cleaned) = round.clean(&group, &last_records, &pace)? {
                    self.log.log.swap_in(&group, cleaned, self.now).unwrap().unwrap();
                }
            }
            Ok(round.end_offset().0)
        };
        match clean() {
            Ok(end) => self.last_clean = end,
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
    }

    fn check(&self) {
        let mut values = BTreeMap::new();
        let mut next = Offset(0);
        for (header, records) in batches(&self.log.log) {
            assert!(header.first_offset() >= next);
            for record in records {
                assert!(record.offset >= next);
                next = record.offset.next();
                let key = record.key.unwrap().to_vec();
                match record.value {
                    Some(value) => {
                        let value = i64::from_be_bytes(value[..].try_into().unwrap());
                        assert_eq!(value, record.offset.0);
                        values.insert(key, value);
                    }
                    None => drop(values.remove(&key)),
                }
            }
        }
        assert!(values == self.values, "{} keys and not {}", values.len(), self.values.len());
    }

    fn restart(&mut self, clean: bool) {
        if clean {
            self.log.log.close().unwrap();
        }
        let recovery_point = self.log.log.recovery_point().0;
        self.log.reopen(options(recovery_point, clean));
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Put(Vec<i32>, Compression),
    Roll,
    Clean(usize),
    Wait(i64),
    Delete,
    Restart(bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    let codec = proptest::sample::select(&Compression::ALL[..]);
    let put = (proptest::collection::vec(-20..20i32, 1..6), codec);
    prop_oneof![
        20 => put.prop_map(|(keys, codec)| Operation::Put(keys, codec)),
        3 => Just(Operation::Roll),
        4 => prop_oneof![Just(usize::MAX), 0..30usize].prop_map(Operation::Clean),
        2 => (1..200i64).prop_map(Operation::Wait),
        1 => Just(Operation::Delete),
        2 => any::<bool>().prop_map(Operation::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_cleaned_log_says_what_all_of_it_said(
        operations in proptest::collection::vec(operation(), 1..80),
        slots in 4..200u64,
        segment_bytes in 200..2000u32,
    ) {
        let settings = CleanerSettings { dedupe_buffer_bytes: slots * 24, load_factor: 0.9, io_buffer_bytes: 1 };
        let mut model = Model::new(segment_bytes, settings);
        for operation in operations {
            match operation {
                Operation::Put(keys, codec) => model.put(&keys, codec),
                Operation::Roll => model.log.log.roll(model.now).unwrap(),
                Operation::Clean(pieces) => model.clean(pieces),
                Operation::Wait(ms) => model.now = model.now.plus_ms(ms),
                Operation::Delete => drop(model.log.log.delete_files(model.now.plus_ms(100_000))),
                Operation::Restart(clean) => model.restart(clean),
            }
            model.check();
        }
    }
}

/// So many records with keys drawn at random, in cleanings that are broken off and crashes.
fn run(records: u64, keys: u64) {
    let settings =
        CleanerSettings { dedupe_buffer_bytes: keys * 24 / 4, ..CleanerSettings::default() };
    let mut model = Model::new(256 << 10, settings);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut written = 0;
    let mut largest = 0;
    while written < records {
        let keys: Vec<i32> = (0..100)
            .map(|_| i32::try_from(draw(keys)).unwrap() * if draw(10) == 0 { -1 } else { 1 })
            .collect();
        model.put(&keys, Compression::ALL[usize::try_from(draw(5)).unwrap()]);
        written += 100;
        match draw(records / 100 / 20 + 1) {
            0 => {
                let pieces =
                    if draw(2) == 0 { usize::MAX } else { usize::try_from(draw(200)).unwrap() };
                model.now = model.now.plus_ms(60);
                model.clean(pieces);
                if draw(2) == 0 {
                    model.restart(draw(2) == 0);
                }
                model.log.log.delete_files(model.now.plus_ms(100_000));
                model.check();
                largest = largest.max(model.log.size());
            }
            _ => continue,
        }
    }
    model.log.log.roll(model.now).unwrap();
    while model.last_clean < model.log.log.log_end_offset().0 {
        model.clean(usize::MAX);
    }
    model.check();
    let kept: usize = batches(&model.log.log).iter().map(|(_, records)| records.len()).sum();
    // Values, and tombstones whose time is not over.
    assert!(kept <= usize::try_from(keys).unwrap(), "{kept}");
    assert!(kept >= model.values.len());
}

/// A thousand keys; a million with
/// `CLEANING_KEYS=1000000 cargo test --release -p vltava-log --test log records_of_random_keys`.
#[test]
fn records_of_random_keys() {
    let keys = std::env::var("CLEANING_KEYS").map_or(1000, |keys| keys.parse().unwrap());
    run((3 * keys).max(20_000), keys);
}
