//! Retention.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use vltava_log::{DeleteReason, LogConfig};
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use crate::support::{Fixture, Make, NOW};

/// Ten segments of one batch of two records, 1 s apart and the last of them now.
fn filled(config: LogConfig) -> Fixture {
    let mut log = Fixture::new(LogConfig { segment_bytes: 100, ..config });
    for n in 0..10 {
        let timestamp = NOW.0 - 1 - (9 - n) * 1000;
        log.append(Make { records: 2, timestamp, epoch: n.try_into().unwrap(), ..Make::default() });
    }
    log
}

/// The base offsets of what goes, with one reason for all.
fn delete(log: &mut Fixture, high_watermark: i64, reason: DeleteReason) -> Vec<i64> {
    let deleted = log.log.delete_expired(Offset(high_watermark), NOW).unwrap();
    assert!(deleted.iter().all(|segment| segment.reason == reason), "{deleted:?}");
    deleted.iter().map(|segment| segment.base_offset.0).collect()
}

#[test]
fn by_time() {
    let mut log = filled(LogConfig { retention_ms: 5000, ..LogConfig::default() });
    assert_eq!(delete(&mut log, 20, DeleteReason::Time), [0, 2, 4, 6]);
    assert_eq!(log.log.log_start_offset(), Offset(8));
    assert_eq!(log.log.epoch_end_offset(LeaderEpoch(0)), Some((LeaderEpoch(0), Offset(8))));
    assert_eq!(log.read_all().len(), 6);
    assert!(delete(&mut log, 20, DeleteReason::Time).is_empty());
}

#[test]
fn by_time_all_of_it() {
    let mut log = filled(LogConfig { retention_ms: 0, ..LogConfig::default() });
    let deleted = log.log.delete_expired(Offset(20), NOW.plus_ms(1)).unwrap();
    assert_eq!(deleted.len(), 10);
    assert_eq!(log.bases(), [20]);
    assert_eq!(log.log.log_start_offset(), Offset(20));
    // An empty active segment stays.
    assert!(log.log.delete_expired(Offset(20), NOW.plus_ms(9999)).unwrap().is_empty());
    log.append(Make::default());
    log.restart();
    assert_eq!((log.log.log_start_offset(), log.log.log_end_offset()), (Offset(20), Offset(21)));
}

#[test]
fn by_size() {
    let mut log = filled(LogConfig::default());
    let one = i64::try_from(log.log.size_bytes()).unwrap() / 10;
    let mut keep = |bytes| {
        let config = LogConfig { retention_bytes: bytes, ..log.config.clone() };
        log.log.configure(config);
        delete(&mut log, 20, DeleteReason::Size)
    };
    assert!(keep(-1).is_empty());
    assert!(keep(10 * one).is_empty());
    assert!(keep(9 * one + 1).is_empty());
    assert_eq!(keep(7 * one), [0, 2, 4]);
    assert_eq!(keep(0).len(), 7);
}

#[test]
fn below_the_log_start_offset() {
    let mut log =
        filled(LogConfig { delete_enabled: false, retention_ms: 0, ..LogConfig::default() });
    log.log.set_log_start_offset(Offset(5));
    assert_eq!(delete(&mut log, 20, DeleteReason::LogStartOffset), [0, 2]);
    assert_eq!(log.log.log_start_offset(), Offset(5));
    log.log.set_log_start_offset(Offset(20));
    assert_eq!(delete(&mut log, 20, DeleteReason::LogStartOffset).len(), 7);
    assert_eq!(log.bases(), [18]);
}

#[test]
fn nothing_beyond_the_high_watermark() {
    let mut log = filled(LogConfig { retention_ms: 0, ..LogConfig::default() });
    assert_eq!(delete(&mut log, 5, DeleteReason::Time), [0, 2]);
    assert_eq!(delete(&mut log, 6, DeleteReason::Time), [4]);
}

#[test]
fn files_go_after_a_while() {
    let mut log = filled(LogConfig { retention_ms: 5000, ..LogConfig::default() });
    log.log.delete_expired(Offset(20), NOW).unwrap();
    let deleted =
        |log: &Fixture| log.names().iter().filter(|name| name.contains("deleted")).count();
    // Batches and two indexes each, and a snapshot for each but the first.
    assert_eq!(deleted(&log), 4 * 3 + 3);
    log.log.delete_files(NOW.plus_ms(59_999));
    assert_eq!(deleted(&log), 4 * 3 + 3);
    log.log.delete_files(NOW.plus_ms(60_000));
    assert_eq!(deleted(&log), 0);
    assert!(!log.names().iter().any(|name| name.starts_with("00000000000000000004")));
}

#[test]
fn files_of_deleted_segments_are_removed_at_start() {
    let mut log = filled(LogConfig { retention_ms: 5000, ..LogConfig::default() });
    log.log.delete_expired(Offset(20), NOW).unwrap();
    log.crash();
    assert!(!log.names().iter().any(|name| name.contains("deleted")));
    assert_eq!(log.log.log_start_offset(), Offset(8));
}

#[test]
fn timestamps_of_the_future_and_none_go_by_the_files_time() {
    let config = LogConfig { segment_bytes: 100, retention_ms: 5000, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    log.append(Make { timestamp: i64::MAX - 10, ..Make::default() });
    log.append(Make { timestamp: -1, ..Make::default() });
    log.append(Make::default());
    let modified = |base, ms: i64| {
        let file = File::options().write(true).open(log.log_file(base)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_millis(ms.unsigned_abs())).unwrap();
    };
    modified(0, NOW.0 - 5000);
    modified(1, NOW.0 - 5001);
    assert!(delete(&mut log, 3, DeleteReason::Time).is_empty());
    let file = File::options().write(true).open(log.log_file(0)).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_millis((NOW.0 - 5001).unsigned_abs())).unwrap();
    assert_eq!(delete(&mut log, 3, DeleteReason::Time), [0, 1]);
    assert_eq!(log.log.delete_expired(Offset(3), Timestamp(NOW.0 + 9999)).unwrap().len(), 1);
}
