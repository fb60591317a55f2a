//! Reading: which bytes answer a fetch.

use std::os::unix::fs::FileExt;

use proptest::prelude::*;
use vltava_log::{LogConfig, LogPosition, ReadError};
use vltava_model::Offset;

use crate::support::{Fixture, Make, NOW, bytes, read_all};

/// Batches of three records.
fn filled(batches: usize) -> Fixture {
    let mut log = Fixture::new(LogConfig { index_interval_bytes: 300, ..LogConfig::default() });
    log.append_many(batches, Make { records: 3, value_bytes: 100, ..Make::default() });
    log
}

#[test]
fn an_offset_inside_a_batch_gives_the_whole_batch() {
    let log = filled(100);
    for offset in 0..300 {
        let at = log.log.locate(Offset(offset)).unwrap();
        let slice = at.segment.read(Offset(offset), 1, true, None).unwrap().unwrap();
        assert_eq!(slice.first_batch_base, Offset(offset / 3 * 3));
        let read = bytes(&slice);
        assert_eq!(read[..8], (offset / 3 * 3).to_be_bytes());
        assert_eq!(read.len(), log.size() / 100);
    }
}

#[test]
fn max_bytes_cuts_like_kafka() {
    let log = filled(10);
    let batch = log.size() / 10;
    let segment = log.log.locate(Offset(0)).unwrap().segment;
    let length = |max_bytes, min_one| {
        segment.read(Offset(0), max_bytes, min_one, None).unwrap().unwrap().length
    };
    assert_eq!(length(batch + 1, false), batch + 1);
    assert_eq!(length(batch, false), batch);
    assert_eq!(length(batch - 1, false), 0);
    assert_eq!(length(batch - 1, true), batch);
    assert_eq!(length(0, true), batch);
    assert_eq!(length(usize::MAX, false), 10 * batch);
}

#[test]
fn nothing_is_read_beyond_the_end() {
    let mut log = filled(2);
    let end = log.log.end_position();
    log.append(Make::default());
    let segment = log.log.locate(Offset(0)).unwrap().segment;
    let read = |offset, end| segment.read(Offset(offset), 1 << 20, true, Some(end)).unwrap();
    assert_eq!(read(0, end).unwrap().length, end.position as usize);
    assert!(read(6, end).is_none());
    // Twice, because the second goes by the hint.
    assert!(read(6, end).is_none());
    let now = log.log.end_position();
    assert_eq!(read(6, now).unwrap().position, u64::from(end.position));
    assert!(read(7, now).is_none());
    let before = LogPosition { offset: Offset(0), segment: Offset(-1), position: 0 };
    assert!(read(0, before).is_none());
    let behind = LogPosition { offset: Offset(99), segment: Offset(50), position: 0 };
    assert_eq!(read(6, behind).unwrap().position, u64::from(end.position));
}

#[test]
fn segments_follow_on() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make::default());
    let at = log.log.locate(Offset(1)).unwrap();
    assert_eq!((at.segment.base_offset(), at.next), (Offset(0), Some(Offset(2))));
    assert!(at.segment.read(Offset(2), 1, true, None).unwrap().is_none());
    let end = log.log.locate(Offset(5)).unwrap();
    assert_eq!((end.segment.base_offset(), end.next), (Offset(4), None));
    assert!(end.segment.read(Offset(5), 1, true, None).unwrap().is_none());
}

#[test]
fn offsets_out_of_range() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make::default());
    log.log.set_log_start_offset(Offset(3));
    for offset in [2, 6] {
        let expected = ReadError::OutOfRange {
            offset: Offset(offset),
            log_start_offset: Offset(3),
            log_end_offset: Offset(5),
        };
        assert_eq!(log.log.locate(Offset(offset)).unwrap_err(), expected);
    }
    log.log.set_log_start_offset(Offset(1));
    assert_eq!(log.log.log_start_offset(), Offset(3));
    log.log.set_log_start_offset(Offset(99));
    assert_eq!(log.log.log_start_offset(), Offset(5));
}

#[test]
fn positions() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make { records: 2, ..Make::default() });
    let position = log.log.position_of(Offset(5)).unwrap();
    let at = log.log.locate(position.offset).unwrap();
    let slice = at.segment.read(position.offset, 1, true, None).unwrap().unwrap();
    assert_eq!(position.offset, Offset(4));
    assert_eq!(position.segment, at.segment.base_offset());
    assert_eq!(u64::from(position.position), slice.position);
    assert_eq!(log.log.position_of(Offset(10)).unwrap(), log.log.end_position());
}

#[test]
fn a_damaged_batch_is_an_error_and_those_before_it_are_not() {
    let mut log = filled(100);
    log.restart();
    let damaged = log.log.position_of(Offset(150)).unwrap().position;
    let file = std::fs::File::options().write(true).open(log.log_file(0)).unwrap();
    file.write_all_at(&[0xff; 30], u64::from(damaged)).unwrap();
    let segment = log.log.locate(Offset(0)).unwrap().segment;
    assert!(segment.read(Offset(149), 1, true, None).unwrap().is_some());
    let error = segment.read(Offset(150), 1, true, None).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[test]
fn a_deleted_segment_can_be_read_until_its_files_go() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make::default());
    let first = log.log.locate(Offset(0)).unwrap().segment;
    log.flush();
    log.log.release_idle_files();
    log.log.release_idle_files();
    log.log.set_log_start_offset(Offset(4));
    log.log.delete_expired(Offset(5), NOW).unwrap();
    let slice = first.read(Offset(0), 1, true, None).unwrap().unwrap();
    assert_eq!(bytes(&slice)[..8], [0; 8]);
    log.log.release_idle_files();
    assert_eq!(log.log.delete_files(NOW), Some(NOW.plus_ms(60_000)));
    assert_eq!(log.log.delete_files(NOW.plus_ms(60_000)), None);
    assert!(first.read(Offset(0), 1, true, None).is_ok());
}

/// One thread appends, rolls and deletes; two read behind it, outside of the lock, up to the end that they were shown.
#[test]
fn readers_see_whole_batches_while_the_log_grows() {
    const BATCHES: i64 = 3000;
    let config = LogConfig { segment_bytes: 20_000, ..LogConfig::default() };
    let Fixture { root: _root, mut log, .. } = Fixture::new(config);
    let shared = parking_lot::Mutex::new(&mut log);
    let read = || {
        let mut offset = Offset(0);
        while offset < Offset(BATCHES) {
            let (at, end) = {
                let log = shared.lock();
                offset = offset.max(log.log_start_offset());
                (log.locate(offset).unwrap(), log.end_position())
            };
            let Some(slice) = at.segment.read(offset, 4000, true, Some(end)).unwrap() else {
                std::thread::yield_now();
                continue;
            };
            for batch in vltava_records::batches(bytes(&slice).into()) {
                let Ok(batch) = batch else { break };
                batch.check_crc().unwrap();
                assert_eq!(batch.header.first_offset(), offset);
                offset = batch.header.next_offset();
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(read);
        scope.spawn(read);
        for n in 0..BATCHES {
            let mut log = shared.lock();
            log.append(&[Make { value_bytes: 100, ..Make::default() }.at(Offset(n))], NOW).unwrap();
            if n % 500 == 499 {
                log.set_log_start_offset(Offset(n - 300));
                log.delete_expired(Offset(n), NOW).unwrap();
                log.release_idle_files();
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the sizes, the index, and how much is in files: every offset is found.
    #[test]
    fn every_offset_is_found(
        sizes in prop::collection::vec((1..5i32, prop_oneof![0..50usize, 3000..20_000usize]), 1..60),
        index_interval_bytes in prop_oneof![Just(0u32), Just(100), Just(4096)],
        restart: bool,
        max_bytes in 1..30_000usize,
    ) {
        let config = LogConfig { index_interval_bytes, segment_bytes: 100_000, ..LogConfig::default() };
        let mut log = Fixture::new(config);
        let mut batches = Vec::new();
        for (records, value_bytes) in sizes {
            let base = log.append(Make { records, value_bytes, ..Make::default() });
            batches.push((base.0, records));
        }
        if restart {
            log.restart();
        }
        prop_assert_eq!(read_all(&log.log, max_bytes), batches.clone());
        for (base, records) in batches {
            for offset in base..base + i64::from(records) {
                let segment = log.log.locate(Offset(offset)).unwrap().segment;
                let slice = segment.read(Offset(offset), 1, true, None).unwrap().unwrap();
                prop_assert_eq!(slice.first_batch_base, Offset(base));
            }
        }
    }
}
