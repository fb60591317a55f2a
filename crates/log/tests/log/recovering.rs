//! Opening a log that was not closed.

use std::fs;

use proptest::prelude::*;
use vltava_log::{LogConfig, OpenOptions};
use vltava_model::{LeaderEpoch, Offset};

use crate::support::{Fixture, Make, options};

/// The names of files that were kept from being dropped.
fn kept(log: &Fixture) -> Vec<String> {
    log.names().into_iter().filter(|name| name.contains("damaged")).collect()
}

fn change(log: &Fixture, base: i64, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(log.log_file(base)).unwrap();
    change(&mut bytes);
    fs::write(log.log_file(base), bytes).unwrap();
}

#[test]
fn everything_survives_a_crash_of_the_process() {
    let mut log = Fixture::small_segments();
    for n in 0..7 {
        log.append(Make { producer: Some((9, n)), epoch: n / 3, ..Make::default() });
    }
    let before = (log.read_all(), log.bases(), log.log.active_producers());
    let latest = log.log.latest_epoch();
    log.crash();
    assert_eq!((log.read_all(), log.bases(), log.log.active_producers()), before);
    assert_eq!(log.log.latest_epoch(), latest);
    assert_eq!(log.log.recovery_point(), Offset(0));
    log.append(Make { producer: Some((9, 7)), ..Make::default() });
}

#[test]
fn a_torn_write_is_dropped() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make { value_bytes: 300, epoch: 2, ..Make::default() });
    log.append(Make { value_bytes: 300, epoch: 5, ..Make::default() });
    let size = log.size();
    for cut in [1, 100, size / 4 - 1] {
        let whole = fs::read(log.log_file(0)).unwrap();
        fs::write(log.log_file(0), &whole[..size - cut]).unwrap();
        log.crash();
        assert_eq!(log.read_all(), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(log.log.latest_epoch(), Some(LeaderEpoch(2)));
        assert_eq!(fs::metadata(log.log_file(0)).unwrap().len(), log.log.size_bytes());
        assert!(kept(&log).is_empty());
        fs::write(log.log_file(0), &whole).unwrap();
    }
}

#[test]
fn zeros_at_the_end_are_dropped() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make::default());
    change(&log, 0, |bytes| bytes.resize(100_000, 0));
    log.crash();
    assert_eq!(log.read_all().len(), 3);
    assert!(kept(&log).is_empty());
}

#[test]
fn whole_batches_behind_a_damaged_one_are_kept_beside() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(10, Make::default());
    let one = log.size() / 10;
    let whole = fs::read(log.log_file(0)).unwrap();
    let damages: [fn(&mut Vec<u8>, usize); 3] = [
        |bytes, at| bytes[at + 65] ^= 1,
        |bytes, at| bytes[at + 9] ^= 1,
        |bytes, at| bytes[at..at + 61].fill(0),
    ];
    for damage in damages {
        let mut damaged = whole.clone();
        damage(&mut damaged, 4 * one);
        fs::write(log.log_file(0), &damaged).unwrap();
        log.crash();
        assert_eq!(log.log.log_end_offset(), Offset(4));
        let name = format!("00000000000000000000.log.damaged-{}", 4 * one);
        assert_eq!(kept(&log), std::slice::from_ref(&name));
        assert_eq!(fs::read(log.file(&name)).unwrap(), damaged[4 * one..]);
        fs::remove_file(log.file(&name)).unwrap();
    }
}

#[test]
fn segments_behind_a_damaged_one_are_kept_beside() {
    let mut log = Fixture::small_segments();
    log.append_many(6, Make::default());
    change(&log, 2, |bytes| bytes[150] ^= 1);
    log.crash();
    assert_eq!((log.log.log_end_offset(), log.bases()), (Offset(3), vec![0, 2]));
    assert_eq!(kept(&log), ["00000000000000000004.log.damaged-0"]);
    assert!(!log.names().iter().any(|name| name == "00000000000000000004.index"));
    log.append_many(3, Make::default());
    log.crash();
    assert_eq!(log.read_all().len(), 6);
}

#[test]
fn a_segment_behind_a_hole_is_kept_beside() {
    for (lost, compact_enabled) in [(1, false), (2, false), (1, true), (2, true)] {
        let mut log = Fixture::small_segments();
        log.config.compact_enabled = compact_enabled;
        log.append_many(6, Make::default());
        change(&log, 2, |bytes| bytes.truncate(bytes.len() / 2 * (2 - lost)));
        log.crash();
        let end = 4 - i64::try_from(lost).unwrap();
        assert_eq!((log.log.log_end_offset(), log.bases()), (Offset(end), vec![0, 2]));
        assert_eq!(kept(&log), ["00000000000000000004.log.damaged-0"]);
    }
}

#[test]
fn a_compacted_log_may_have_holes() {
    let mut log = Fixture::small_segments();
    log.config.compact_enabled = true;
    log.append_many(6, Make::default());
    log.flush();
    change(&log, 2, |bytes| bytes.truncate(bytes.len() / 2));
    for recovery_point in [6, 4, 5] {
        log.reopen(options(recovery_point, false));
        assert_eq!(log.read_all(), [(0, 1), (1, 1), (2, 1), (4, 1), (5, 1)]);
    }
}

#[test]
fn what_was_flushed_is_not_checked_again() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(10, Make::default());
    log.flush();
    log.append_many(2, Make::default());
    change(&log, 0, |bytes| bytes[65] ^= 1);
    log.crash();
    assert_eq!(log.log.log_end_offset(), Offset(12));
    assert_eq!(log.log.recovery_point(), Offset(10));
}

#[test]
fn segments_before_the_recovery_point_are_not_opened() {
    let mut log = Fixture::small_segments();
    log.append_many(6, Make::default());
    log.flush();
    change(&log, 0, |bytes| bytes.fill(0xff));
    log.crash();
    assert_eq!(log.log.log_end_offset(), Offset(6));
}

#[test]
fn batches_out_of_order_end_the_log() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make::default());
    change(&log, 0, |bytes| {
        let first = bytes[..bytes.len() / 3].to_vec();
        bytes.extend(first);
    });
    log.crash();
    assert_eq!(log.read_all().len(), 3);
}

#[test]
fn a_log_that_ends_before_its_start_begins_anew() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make::default());
    for (start, clean) in [(Offset(50), true), (Offset(60), false)] {
        log.log.close().unwrap();
        log.reopen(OpenOptions { log_start_offset: Some(start), ..options(0, clean) });
        assert_eq!((log.log.log_start_offset(), log.log.log_end_offset()), (start, start));
        log.append(Make::default());
    }
}

#[test]
fn a_flush_covers_closed_segments_and_the_epochs() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make { epoch: 3, ..Make::default() });
    let plan = log.log.unflushed().unwrap();
    assert!(!plan.is_empty());
    assert_eq!(plan.end(), Offset(5));
    log.append(Make::default());
    plan.run().unwrap();
    log.log.flushed(&plan);
    assert_eq!(log.log.recovery_point(), Offset(5));
    let epochs = fs::read_to_string(log.file("leader-epoch-checkpoint")).unwrap();
    assert_eq!(epochs, "0\n1\n3 0\n");
    log.flush();
    assert_eq!(log.log.recovery_point(), Offset(6));
    assert!(log.log.unflushed().unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Whatever is done to the bytes behind the recovery point: what was flushed is there, what is there is a beginning
    /// of what was written, and the log goes on.
    #[test]
    fn damage_behind_the_recovery_point(
        flushed in 0..20usize,
        unflushed in 0..20usize,
        cut in prop::option::of(0..5000u64),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        segment_bytes in prop_oneof![Just(500u32), Just(1 << 20)],
    ) {
        let mut log = Fixture::new(LogConfig { segment_bytes, ..LogConfig::default() });
        log.append_many(flushed, Make { value_bytes: 50, ..Make::default() });
        log.flush();
        let end = log.log.end_position();
        log.append_many(unflushed, Make { value_bytes: 50, ..Make::default() });
        let written = log.read_all();
        for base in log.bases().into_iter().filter(|base| *base >= end.segment.0) {
            let safe = if base == end.segment.0 { end.position as usize } else { 0 };
            change(&log, base, |bytes| {
                for (at, value) in &noise {
                    if bytes.len() > safe {
                        let at = safe + at.index(bytes.len() - safe);
                        bytes[at] = *value;
                    }
                }
                if let Some(cut) = cut {
                    let length = bytes.len().saturating_sub(usize::try_from(cut).unwrap());
                    bytes.truncate(length.max(safe));
                }
            });
        }
        log.crash();
        let read = log.read_all();
        prop_assert!(read.len() >= flushed);
        prop_assert_eq!(&read[..], &written[..read.len()]);
        let base = log.append(Make::default());
        prop_assert_eq!(log.read_all().last().copied(), Some((base.0, 1)));
        log.restart();
        prop_assert_eq!(log.read_all().len(), read.len() + 1);
    }
}
