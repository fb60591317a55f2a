//! Cutting off the end.

use vltava_log::LogConfig;
use vltava_model::{LeaderEpoch, Offset};

use crate::support::{Fixture, Make, NOW};

#[test]
fn cuts_at_a_batch_or_before_the_one_that_spans_it() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make { records: 3, ..Make::default() });
    log.log.truncate_to(Offset(99), NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(15));
    log.log.truncate_to(Offset(12), NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(12));
    log.log.truncate_to(Offset(5), NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(3));
    assert_eq!(log.read_all(), [(0, 3)]);
    log.append(Make { records: 4, ..Make::default() });
    assert_eq!(log.read_all(), [(0, 3), (3, 4)]);
    log.restart();
    assert_eq!(log.read_all(), [(0, 3), (3, 4)]);
}

#[test]
fn indexes_are_cut_too() {
    let config = LogConfig { index_interval_bytes: 0, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    for restart in [false, true] {
        for n in 0..300 {
            log.append(Make { timestamp: 5000 + n, value_bytes: 500, ..Make::default() });
        }
        if restart {
            log.restart();
        }
        log.log.truncate_to(Offset(100), NOW).unwrap();
        let segments = log.log.segments();
        let latest = vltava_log::Log::max_timestamp(&segments).unwrap().unwrap();
        assert_eq!((latest.0.0, latest.1), (5099, Offset(99)));
        log.append(Make { timestamp: 9000, records: 50, ..Make::default() });
        assert_eq!(log.read_all().last(), Some(&(100, 50)));
        let slice = segments[0].read(Offset(120), 1, true, None).unwrap().unwrap();
        assert_eq!(slice.first_batch_base, Offset(100));
        log.log.truncate_to(Offset(0), NOW).unwrap();
    }
}

#[test]
fn epochs_producers_and_the_recovery_point_go_back() {
    let mut log = Fixture::small_segments();
    for n in 0..4 {
        log.append(Make { producer: Some((9, n)), epoch: n, ..Make::default() });
    }
    log.flush();
    assert_eq!(log.log.recovery_point(), Offset(4));
    log.log.truncate_to(Offset(1), NOW).unwrap();
    assert_eq!(log.log.recovery_point(), Offset(1));
    assert_eq!(log.log.latest_epoch(), Some(LeaderEpoch(0)));
    let producers = log.log.active_producers();
    assert_eq!((producers.len(), producers[0].last_sequence.0), (1, 0));
}

#[test]
fn starts_over_elsewhere() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make { producer: Some((9, 0)), ..Make::default() });
    for start in [100, 100, 3, 0] {
        log.log.truncate_fully_and_start_at(Offset(start), NOW).unwrap();
        assert_eq!(log.bases(), [start]);
        assert_eq!(log.log.log_start_offset(), Offset(start));
        assert_eq!(log.log.log_end_offset(), Offset(start));
        assert_eq!(log.log.active_producers(), []);
        assert_eq!(log.log.latest_epoch(), None);
        log.append_many(3, Make::default());
        assert_eq!(log.read_all().len(), 3);
    }
    log.log.truncate_fully_and_start_at(Offset(50), NOW).unwrap();
    log.log.truncate_to(Offset(20), NOW).unwrap();
    assert_eq!(log.log.log_end_offset(), Offset(20));
    log.restart();
    assert_eq!(log.log.log_end_offset(), Offset(20));
}
