//! Appending, and when segments are closed.

use std::fs;

use vltava_log::{LogConfig, WriteError};
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use crate::support::{Fixture, Make, NOW};

#[test]
fn offsets_follow_on() {
    let mut log = Fixture::new(LogConfig::default());
    assert_eq!(log.append(Make { records: 3, ..Make::default() }), Offset(0));
    assert_eq!(log.append(Make { records: 2, ..Make::default() }), Offset(3));
    let batches = [Make::default().at(Offset(5)), Make::default().at(Offset(6))];
    log.log.append(&batches, NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(7));
    assert_eq!(log.read_all(), [(0, 3), (3, 2), (5, 1), (6, 1)]);
    log.log.append(&[], NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(7));
}

#[test]
fn a_gap_is_refused_and_nothing_written() {
    let mut log = Fixture::new(LogConfig::default());
    let batches = [Make::default().at(Offset(0)), Make::default().at(Offset(2))];
    let error = log.log.append(&batches, NOW).unwrap_err();
    let (expected, found) = (Offset(1), Offset(2));
    assert!(
        matches!(error, WriteError::NotContiguous { expected: e, found: f } if e == expected && f == found)
    );
    assert_eq!(log.log.log_end_offset(), Offset(0));
    assert_eq!(fs::metadata(log.log_file(0)).unwrap().len(), 0);
}

#[test]
fn rolls_by_size() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make::default());
    assert_eq!(log.bases(), [0, 2, 4]);
    assert_eq!(log.read_all().len(), 5);
    // A batch that is larger than a segment gets one of its own.
    log.append(Make { value_bytes: 1000, ..Make::default() });
    log.append(Make::default());
    assert_eq!(log.bases(), [0, 2, 4, 5, 6]);
}

#[test]
fn rolls_by_the_batches_time() {
    let mut log = Fixture::new(LogConfig { segment_ms: 1000, ..LogConfig::default() });
    let mut append = |timestamp| {
        log.append(Make { timestamp, ..Make::default() });
        log.bases().len()
    };
    assert_eq!(append(5000), 1);
    assert_eq!(append(6000), 1);
    assert_eq!(append(6001), 2);
    // Older ones do not close a segment, and the next is measured by its own first batch.
    assert_eq!(append(10), 2);
    assert_eq!(append(7001), 2);
    assert_eq!(append(7002), 3);
}

#[test]
fn rolls_by_the_clock_without_timestamps() {
    let mut log = Fixture::new(LogConfig { segment_ms: 1000, ..LogConfig::default() });
    let mut append = |now: Timestamp| {
        let base = log.log.log_end_offset();
        let batch = Make { timestamp: -1, ..Make::default() }.at(base);
        log.log.append(&[batch], now).unwrap();
        log.bases().len()
    };
    assert_eq!(append(NOW), 1);
    assert_eq!(append(NOW.plus_ms(1000)), 1);
    assert_eq!(append(NOW.plus_ms(1001)), 2);
}

#[test]
fn time_is_measured_from_the_first_batch_after_a_restart_too() {
    let mut log = Fixture::new(LogConfig { segment_ms: 1000, ..LogConfig::default() });
    log.append(Make { timestamp: 5000, ..Make::default() });
    log.restart();
    log.append(Make { timestamp: 6000, ..Make::default() });
    log.append(Make { timestamp: 6001, ..Make::default() });
    assert_eq!(log.bases(), [0, 2]);
}

#[test]
fn jitter_shortens_the_time() {
    let config = LogConfig { segment_ms: 1000, segment_jitter_ms: 1000, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    let mut rolled_at = Vec::new();
    for timestamp in 5000..9000 {
        log.append(Make { timestamp, ..Make::default() });
        if log.bases().len() > rolled_at.len() {
            rolled_at.push(timestamp);
        }
    }
    let ages: Vec<_> = rolled_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(ages.iter().all(|age| (1..=1001).contains(age)), "{ages:?}");
    assert!(ages.iter().any(|age| *age != ages[0]), "{ages:?}");
}

#[test]
fn rolls_when_an_index_is_full() {
    let config =
        LogConfig { index_interval_bytes: 0, segment_index_bytes: 24, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    // The first batch gets no entry; three of offsets fill the index, and one of times all but fills it.
    log.append_many(20, Make::default());
    assert!(log.bases().len() > 3, "{:?}", log.bases());
    assert_eq!(log.read_all().len(), 20);
}

#[test]
fn rolls_when_asked_to() {
    let mut log = Fixture::new(LogConfig { segment_ms: 1000, ..LogConfig::default() });
    log.log.roll(NOW).unwrap();
    log.log.roll_if_due(NOW.plus_ms(5000)).unwrap();
    assert_eq!(log.bases(), [0]);
    log.append(Make::default());
    log.log.roll_if_due(NOW.plus_ms(1000)).unwrap();
    assert_eq!(log.bases(), [0]);
    log.log.roll_if_due(NOW.plus_ms(1001)).unwrap();
    assert_eq!(log.bases(), [0, 1]);
}

#[test]
fn preallocated_segments_have_their_own_length() {
    let config = LogConfig { preallocate: true, segment_bytes: 1 << 20, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    log.append(Make::default());
    let size = u64::from(log.log.end_position().position);
    assert_eq!(fs::metadata(log.log_file(0)).unwrap().len(), size);
}

#[test]
fn epochs_come_from_the_batches() {
    let mut log = Fixture::new(LogConfig::default());
    log.append(Make { epoch: 1, ..Make::default() });
    log.append(Make { epoch: 1, ..Make::default() });
    log.append(Make { epoch: 4, ..Make::default() });
    log.log.begin_epoch(LeaderEpoch(6));
    for _ in 0..2 {
        assert_eq!(log.log.latest_epoch(), Some(LeaderEpoch(6)));
        assert_eq!(log.log.epoch_of(Offset(1)), Some(LeaderEpoch(1)));
        let end = |epoch| log.log.epoch_end_offset(LeaderEpoch(epoch));
        assert_eq!(end(2), Some((LeaderEpoch(1), Offset(2))));
        assert_eq!(end(6), Some((LeaderEpoch(6), Offset(3))));
        log.append(Make { epoch: 6, ..Make::default() });
        log.log.truncate_to(Offset(3), NOW).unwrap();
        log.log.begin_epoch(LeaderEpoch(6));
    }
    log.append(Make { epoch: 6, ..Make::default() });
    log.restart();
    assert_eq!(log.log.latest_epoch(), Some(LeaderEpoch(6)));
    let checkpoint = fs::read_to_string(log.file("leader-epoch-checkpoint")).unwrap();
    assert_eq!(checkpoint, "0\n3\n1 0\n4 2\n6 3\n");
}

/// `/dev/full` refuses every write with ENOSPC.
#[test]
fn a_full_disk_refuses_appends_and_nothing_else() {
    let mut log = Fixture::new(LogConfig::default());
    fs::remove_file(log.log_file(0)).unwrap();
    std::os::unix::fs::symlink("/dev/full", log.log_file(0)).unwrap();
    log.log.release_idle_files();
    log.log.release_idle_files();
    let error = log.log.append(&[Make::default().at(Offset(0))], NOW).unwrap_err();
    assert!(error.is_out_of_space(), "{error}");
    assert_eq!(log.log.log_end_offset(), Offset(0));
    assert_eq!(log.read_all(), []);
    fs::remove_file(log.log_file(0)).unwrap();
    fs::write(log.log_file(0), b"what the failed append left").unwrap();
    log.log.release_idle_files();
    log.log.release_idle_files();
    log.append(Make::default());
    log.crash();
    assert_eq!(log.read_all(), [(0, 1)]);
}
