//! Compaction: what stays, in which segments, and how it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use vltava_log::{
    CleanError, CleanerSettings, LastRecords, Log, LogConfig, NoPace, Pace, Round, ToClean,
};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{BatchBuilder, BatchHeader, Compression, Record, StampedBatch};

use crate::support::{Fixture, NOW, PLAIN, bytes, options};

/// What came of a cleaning.
pub(crate) struct Cleaned {
    /// Where the next one begins.
    pub(crate) end: Offset,
    /// How many groups were swapped in.
    pub(crate) swaps: usize,
}

pub(crate) fn to_clean(log: &Log, last_clean: i64, now: Timestamp) -> ToClean {
    let end = log.log_end_offset();
    log.cleaning_view().to_clean(Some(Offset(last_clean)), end, now).unwrap()
}

/// Cleans as a broker does, whether it is due or not.
pub(crate) fn clean_with(
    log: &mut Log,
    last_clean: i64,
    settings: CleanerSettings,
    now: Timestamp,
) -> Cleaned {
    let mut round = Round::begin(to_clean(log, last_clean, now), settings, now, &NoPace).unwrap();
    let mut swaps = 0;
    while let Some(group) = round.next_group() {
        let last_records = log.last_records();
        if let Some(cleaned) = round.clean(&group, &last_records, &NoPace).unwrap() {
            log.swap_in(&group, cleaned, now).unwrap().unwrap().sync().unwrap();
            swaps += 1;
        }
    }
    Cleaned { end: round.end_offset(), swaps }
}

pub(crate) fn clean(log: &mut Log, last_clean: i64) -> Offset {
    clean_with(log, last_clean, CleanerSettings::default(), NOW).end
}

pub(crate) fn compacted(segment_bytes: u32) -> Fixture {
    let config = LogConfig { segment_bytes, compact_enabled: true, ..LogConfig::default() };
    Fixture::new(config)
}

pub(crate) type Pair<'a> = (&'a str, Option<&'a str>);

pub(crate) fn batch(base: Offset, pairs: &[Pair<'_>], codec: Compression) -> StampedBatch {
    let mut builder = BatchBuilder::new().at(base, LeaderEpoch(0));
    for (key, value) in pairs {
        builder.push(NOW, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
    }
    StampedBatch::decode(builder.build(codec)).unwrap()
}

pub(crate) fn put(log: &mut Log, pairs: &[Pair<'_>]) {
    let batch = batch(log.log_end_offset(), pairs, Compression::None);
    log.append(&[batch], NOW).unwrap();
}

/// All batches, read as a consumer does.
pub(crate) fn batches(log: &Log) -> Vec<(BatchHeader, Vec<Record>)> {
    let mut found = Vec::new();
    let (mut offset, mut place) = (log.log_start_offset(), log.log_start_offset());
    while offset < log.log_end_offset() {
        let at = log.locate(place).unwrap();
        let Some(slice) = at.segment.read(offset, 1, true, Some(log.end_position())).unwrap()
        else {
            let Some(next) = at.next else { break };
            place = next;
            continue;
        };
        for batch in vltava_records::batches(Bytes::from(bytes(&slice))) {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            offset = batch.header.next_offset();
            let records = batch.records().unwrap().collect::<Result<_, _>>().unwrap();
            found.push((batch.header, records));
        }
        place = offset;
    }
    found
}

/// Offset, key and value of all records.
pub(crate) fn records(log: &Log) -> Vec<(i64, String, Option<String>)> {
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    let records = batches(log).into_iter().flat_map(|(_, records)| records);
    records
        .map(|record| {
            (record.offset.0, text(&record.key.unwrap()), record.value.as_ref().map(text))
        })
        .collect()
}

/// The newest value of each key.
pub(crate) fn newest(log: &Log) -> BTreeMap<String, Option<String>> {
    records(log).into_iter().map(|(_, key, value)| (key, value)).collect()
}

#[test]
fn of_each_key_the_newest_record_stays() {
    let mut log = compacted(200);
    for n in 0..20 {
        put(&mut log.log, &[(["a", "b", "c"][n % 3], Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let before = newest(&log.log);
    assert_eq!(clean(&mut log.log, 0), Offset(20));
    let left: Vec<_> = records(&log.log).iter().map(|(offset, ..)| *offset).collect();
    assert_eq!(left, [17, 18, 19]);
    assert_eq!(newest(&log.log), before);
    assert_eq!((log.log.log_start_offset(), log.log.log_end_offset()), (Offset(0), Offset(20)));
    assert_eq!(log.bases()[0], 0);
    // All of it is read as well after a restart and after a crash.
    log.restart();
    assert_eq!(newest(&log.log), before);
    log.crash();
    assert_eq!(newest(&log.log), before);
    put(&mut log.log, &[("d", Some("x"))]);
    assert_eq!(log.log.log_end_offset(), Offset(21));
}

#[test]
fn the_active_segment_is_left_alone() {
    let mut log = compacted(1 << 20);
    put(&mut log.log, &[("a", Some("1")), ("a", Some("2"))]);
    assert!(!to_clean(&log.log, 0, NOW).is_due());
    log.log.roll(NOW).unwrap();
    put(&mut log.log, &[("a", Some("3"))]);
    assert!(to_clean(&log.log, 0, NOW).is_due());
    assert_eq!(clean(&mut log.log, 0), Offset(2));
    let offsets: Vec<_> = records(&log.log).iter().map(|(offset, ..)| *offset).collect();
    assert_eq!(offsets, [1, 2]);
}

#[test]
fn nothing_is_cleaned_from_the_stable_end_on() {
    let mut log = compacted(100);
    for _ in 0..6 {
        put(&mut log.log, &[("a", Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let bases = log.bases();
    let plan = log.log.cleaning_view().to_clean(None, Offset(3), NOW).unwrap();
    let holding_3 = bases.iter().rev().find(|base| **base <= 3).unwrap();
    assert_eq!(plan.first_uncleanable_offset(), Offset(*holding_3));
}

#[test]
fn segments_become_one_up_to_the_size_of_a_segment() {
    let mut log = compacted(150);
    for n in 0..40 {
        put(&mut log.log, &[(&format!("key-{n}"), Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    log.config.segment_bytes = 1000;
    log.log.configure(log.config.clone());
    let before = records(&log.log);
    clean(&mut log.log, 0);
    assert_eq!(records(&log.log), before);
    let sizes: Vec<_> = log.log.segments().iter().map(|s| s.size_bytes()).collect();
    assert!(sizes.len() < 6 && sizes.iter().all(|size| *size <= 1000), "{sizes:?}");
    log.crash();
    assert_eq!(records(&log.log), before);
}

#[test]
fn a_batch_that_stays_whole_is_copied_and_one_in_part_keeps_its_codec() {
    for codec in Compression::ALL {
        let mut log = compacted(1 << 20);
        let whole = batch(Offset(0), &[("a", Some("1")), ("b", Some("2"))], codec);
        let part = batch(Offset(2), &[("c", Some("3")), ("d", Some("4"))], codec);
        log.log.append(&[whole.clone(), part], NOW).unwrap();
        put(&mut log.log, &[("d", Some("5"))]);
        log.log.roll(NOW).unwrap();
        clean(&mut log.log, 0);
        let file = std::fs::read(log.log_file(0)).unwrap();
        assert_eq!(file[..whole.len()], whole.to_bytes());
        let left = batches(&log.log);
        assert_eq!(left[1].0.compression().unwrap(), codec);
        assert_eq!((left[1].0.base_offset, left[1].0.last_offset_delta), (2, 1));
        let offsets: Vec<_> = records(&log.log).iter().map(|(offset, ..)| *offset).collect();
        assert_eq!(offsets, [0, 1, 2, 4]);
    }
}

#[test]
fn tombstones_go_after_their_horizon() {
    let mut log = compacted(1 << 20);
    log.config.delete_retention_ms = 1000;
    log.log.configure(log.config.clone());
    put(&mut log.log, &[("a", Some("1")), ("b", Some("2"))]);
    put(&mut log.log, &[("a", None)]);
    put(&mut log.log, &[("c", Some("3"))]);
    log.log.roll(NOW).unwrap();
    let settings = CleanerSettings::default();
    clean_with(&mut log.log, 0, settings, NOW);
    let tombstone = |log: &Log| {
        let of = |(header, records): &(BatchHeader, Vec<Record>)| {
            records.iter().any(|record| record.value.is_none()).then(|| header.delete_horizon())
        };
        batches(log).iter().find_map(of)
    };
    assert_eq!(tombstone(&log.log), Some(Some(NOW.plus_ms(1000))));
    assert_eq!(records(&log.log).len(), 3);
    // A later cleaning does not move the horizon, and one after it takes the tombstone away.
    assert_eq!(clean_with(&mut log.log, 0, settings, NOW.plus_ms(999)).swaps, 0);
    assert_eq!(tombstone(&log.log), Some(Some(NOW.plus_ms(1000))));
    clean_with(&mut log.log, 0, settings, NOW.plus_ms(1000));
    assert_eq!(tombstone(&log.log), None);
    assert_eq!(newest(&log.log).len(), 2);
}

#[test]
fn the_sequences_of_producers_survive() {
    let mut log = compacted(1 << 20);
    let written = |sequence: i32, base| {
        let builder = BatchBuilder::new().at(base, LeaderEpoch(0));
        let mut builder = builder.producer(ProducerId(5), ProducerEpoch(0), Sequence(sequence));
        builder.push(NOW, Some(b"k"), Some(b"v"), &[]);
        StampedBatch::decode(builder.build(Compression::None)).unwrap()
    };
    for sequence in 0..3 {
        let batch = written(sequence, log.log.log_end_offset());
        log.log.append(&[batch], NOW).unwrap();
    }
    put(&mut log.log, &[("k", Some("newer")), ("l", Some("x"))]);
    log.log.roll(NOW).unwrap();
    clean(&mut log.log, 0);
    let left: Vec<_> =
        batches(&log.log).iter().map(|(h, records)| (h.base_offset, records.len())).collect();
    assert_eq!(left, [(2, 0), (3, 2)]);
    for name in log.names().iter().filter(|name| name.ends_with(".snapshot")) {
        std::fs::remove_file(log.file(name)).unwrap();
    }
    log.crash();
    let next = written(3, log.log.log_end_offset());
    assert!(log.log.check_producer(&next.header(), PLAIN).is_ok());
    let gap = written(4, log.log.log_end_offset());
    assert!(log.log.check_producer(&gap.header(), PLAIN).is_err());
    // Once nobody knows the producer, its empty batch goes.
    log.log.expire_producers(NOW.plus_ms(i64::MAX));
    clean(&mut log.log, 0);
    assert_eq!(batches(&log.log).len(), 1);
}

#[test]
fn the_last_batch_of_a_round_stays() {
    let mut log = compacted(1 << 20);
    put(&mut log.log, &[("a", Some("1"))]);
    put(&mut log.log, &[("b", None)]);
    log.log.roll(NOW).unwrap();
    log.config.delete_retention_ms = 0;
    log.log.configure(log.config.clone());
    clean(&mut log.log, 0);
    clean(&mut log.log, 0);
    let left: Vec<_> =
        batches(&log.log).iter().map(|(h, records)| (h.base_offset, records.len())).collect();
    assert_eq!(left, [(0, 1), (1, 0)]);
}

#[test]
fn a_full_map_is_gone_on_from_where_it_ended() {
    let mut log = compacted(300);
    for n in 0..50 {
        put(&mut log.log, &[(&format!("{}", n % 20), Some("v")), ("x", Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let before = newest(&log.log);
    let settings =
        CleanerSettings { dedupe_buffer_bytes: 24 * 8, load_factor: 0.9, io_buffer_bytes: 4096 };
    let (mut end, mut rounds) = (0, 0);
    while end < 100 {
        let cleaned = clean_with(&mut log.log, end, settings, NOW);
        assert!(cleaned.end.0 > end);
        end = cleaned.end.0;
        rounds += 1;
        assert_eq!(newest(&log.log), before);
    }
    assert!(rounds > 3);
    assert_eq!(records(&log.log).len(), 21);
}

#[test]
fn records_without_a_key_go() {
    let mut log = compacted(1 << 20);
    let mut builder = BatchBuilder::new().at(Offset(0), LeaderEpoch(0));
    builder.push(NOW, None, Some(b"v"), &[]);
    builder.push(NOW, Some(b"k"), Some(b"v"), &[]);
    let mixed = StampedBatch::decode(builder.build(Compression::None)).unwrap();
    log.log.append(&[mixed], NOW).unwrap();
    log.log.roll(NOW).unwrap();
    clean(&mut log.log, 0);
    assert_eq!(records(&log.log).iter().map(|(offset, ..)| *offset).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_batch_larger_than_the_buffer_is_read() {
    let mut log = compacted(1 << 20);
    let long = "x".repeat(100_000);
    put(&mut log.log, &[("a", Some(&long))]);
    put(&mut log.log, &[("b", Some(&long))]);
    put(&mut log.log, &[("a", Some(&long))]);
    log.log.roll(NOW).unwrap();
    let settings = CleanerSettings { io_buffer_bytes: 1, ..CleanerSettings::default() };
    clean_with(&mut log.log, 0, settings, NOW);
    assert_eq!(records(&log.log).len(), 2);
}

#[test]
fn a_damaged_batch_leaves_the_log_as_it_was() {
    let mut log = compacted(100);
    for _ in 0..6 {
        put(&mut log.log, &[("a", Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let mut damaged = std::fs::read(log.log_file(2)).unwrap();
    damaged[65] ^= 1;
    std::fs::write(log.log_file(2), &damaged).unwrap();
    let names = log.names();
    let plan = to_clean(&log.log, 0, NOW);
    let error = Round::begin(plan, CleanerSettings::default(), NOW, &NoPace).unwrap_err();
    assert!(matches!(error, CleanError::Damaged { .. }) && !error.is_passing(), "{error}");
    assert_eq!(log.names(), names);
    assert_eq!(std::fs::read(log.log_file(2)).unwrap(), damaged);
}

/// Ends a cleaning after so many calls.
struct After(std::cell::Cell<usize>);

impl Pace for After {
    fn go_on(&self, _bytes: usize) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

#[test]
fn a_cleaning_that_is_called_off_leaves_nothing_behind() {
    let mut log = compacted(200);
    for n in 0..20 {
        put(&mut log.log, &[(["a", "b", "c"][n % 3], Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let names = log.names();
    let mut ended = 0;
    for calls in 0..100 {
        let pace = After(std::cell::Cell::new(calls));
        let begun =
            Round::begin(to_clean(&log.log, 0, NOW), CleanerSettings::default(), NOW, &pace);
        let mut round = match begun {
            Ok(round) => round,
            Err(error) => {
                assert!(matches!(error, CleanError::Stopped) && error.is_passing());
                ended += 1;
                continue;
            }
        };
        let group = round.next_group().unwrap();
        match round.clean(&group, &LastRecords::default(), &pace) {
            Err(CleanError::Stopped) => ended += 1,
            other => drop(other.unwrap()),
        }
        assert_eq!(log.names(), names);
    }
    assert!(ended > 10 && ended < 100);
    assert_eq!(records(&log.log).len(), 20);
}

#[test]
fn who_holds_an_old_segment_reads_on_or_locates_again() {
    let mut log = compacted(1 << 20);
    for _ in 0..50 {
        put(&mut log.log, &[("a", Some("v")), ("b", Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let old = log.log.locate(Offset(0)).unwrap().segment;
    let slice = old.read(Offset(0), 1 << 20, true, None).unwrap().unwrap();
    let before = bytes(&slice);
    clean(&mut log.log, 0);
    assert_eq!(bytes(&slice), before);
    let error = old.read(Offset(0), 1 << 20, true, None).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(!Arc::ptr_eq(&old, &log.log.locate(Offset(0)).unwrap().segment));
    assert!(log.names().iter().any(|name| name.ends_with(".log.deleted")));
    assert!(log.log.delete_files(NOW.plus_ms(60_001)).is_none());
    assert!(!log.names().iter().any(|name| name.ends_with(".deleted")));
    assert_eq!(bytes(&slice), before);
}

#[test]
fn a_group_that_is_not_there_any_more_is_not_swapped_in() {
    let mut log = compacted(100);
    for _ in 0..6 {
        put(&mut log.log, &[("a", Some("v"))]);
    }
    log.log.roll(NOW).unwrap();
    let plan = to_clean(&log.log, 0, NOW);
    let mut round = Round::begin(plan, CleanerSettings::default(), NOW, &NoPace).unwrap();
    let group = round.next_group().unwrap();
    let cleaned = round.clean(&group, &LastRecords::default(), &NoPace).unwrap().unwrap();
    log.log.set_log_start_offset(Offset(3));
    log.log.delete_expired(Offset(6), NOW).unwrap();
    let names = log.names();
    assert!(log.log.swap_in(&group, cleaned, NOW).unwrap().is_none());
    let left: Vec<_> = names.into_iter().filter(|name| !name.ends_with(".swap")).collect();
    assert_eq!(log.names(), left);
}

#[test]
fn searches_work_over_gaps() {
    let mut log = compacted(150);
    for n in 0..30i64 {
        let mut builder =
            BatchBuilder::new().at(Offset(n), LeaderEpoch(i32::try_from(n / 10).unwrap()));
        let key = if n % 5 == 0 { format!("{n}") } else { "k".to_owned() };
        builder.push(Timestamp(1000 + n), Some(key.as_bytes()), Some(b"v"), &[]);
        let batch = StampedBatch::decode(builder.build(Compression::None)).unwrap();
        log.log.append(&[batch], NOW).unwrap();
    }
    log.log.roll(NOW).unwrap();
    clean(&mut log.log, 0);
    let left: Vec<i64> = records(&log.log).iter().map(|(offset, ..)| *offset).collect();
    assert_eq!(left, [0, 5, 10, 15, 20, 25, 29]);
    for log in [&log.log, &log.try_open(options(30, true)).unwrap()] {
        for offset in 0..30 {
            let next = *left.iter().find(|left| **left >= offset).unwrap();
            let target = Timestamp(1000 + offset);
            let found = Log::offset_for_timestamp(&log.segments(), target, Offset(0)).unwrap();
            assert_eq!(found, Some((Timestamp(1000 + next), Offset(next))), "{offset}");
            assert_eq!(
                log.epoch_of(Offset(offset)).unwrap().0,
                i32::try_from(offset / 10).unwrap()
            );
        }
        let latest = Log::max_timestamp(&log.segments()).unwrap();
        assert_eq!(latest, Some((Timestamp(1029), Offset(29))));
        assert_eq!(log.epoch_end_offset(LeaderEpoch(1)), Some((LeaderEpoch(1), Offset(20))));
    }
}
