//! Looking up offsets by timestamp.

use proptest::prelude::*;
use vltava_log::{Log, LogConfig};
use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_records::{Batch, BatchBuilder, Compression};

use crate::support::{Fixture, Make, NOW};

fn find(log: &Fixture, target: i64, start: i64) -> Option<(i64, i64)> {
    let segments = log.log.segments();
    let found = Log::offset_for_timestamp(&segments, Timestamp(target), Offset(start)).unwrap();
    found.map(|(timestamp, offset)| (timestamp.0, offset.0))
}

fn latest(log: &Fixture) -> Option<(i64, i64)> {
    let found = Log::max_timestamp(&log.log.segments()).unwrap();
    found.map(|(timestamp, offset)| (timestamp.0, offset.0))
}

#[test]
fn inside_a_batch() {
    let mut log = Fixture::new(LogConfig::default());
    assert_eq!((find(&log, 0, 0), latest(&log)), (None, None));
    log.append(Make { records: 5, timestamp: 100, ..Make::default() });
    log.append(Make { records: 5, timestamp: 50, ..Make::default() });
    log.append(Make { records: 5, timestamp: 200, ..Make::default() });
    assert_eq!(find(&log, 0, 0), Some((100, 0)));
    assert_eq!(find(&log, 103, 0), Some((103, 3)));
    assert_eq!(find(&log, 105, 0), Some((200, 10)));
    assert_eq!(find(&log, 53, 6), Some((53, 8)));
    assert_eq!(find(&log, 204, 0), Some((204, 14)));
    assert_eq!(find(&log, 205, 0), None);
    assert_eq!(latest(&log), Some((204, 14)));
}

/// Its CRC is right, and nobody can read it.
#[test]
fn a_batch_that_was_compressed_wrongly_is_taken_by_its_header() {
    let mut log = Fixture::new(LogConfig::default());
    log.append(Make { records: 5, timestamp: 100, ..Make::default() });
    let mut builder = BatchBuilder::new();
    (0..3).for_each(|n| builder.push(Timestamp(190 + n), None, Some(b"value"), &[]));
    let mut bytes = builder.build(Compression::Gzip).to_vec();
    bytes[80] ^= 0xff;
    let wrong = Batch::single(bytes.into()).unwrap();
    // Whose clock it is by stands inside the CRC, which is computed again.
    let wrong = wrong.stamp(Offset(5), LeaderEpoch(0), Some(Timestamp(200)));
    let placed = Batch::single(wrong.to_bytes()).unwrap();
    assert!(placed.check_crc().is_ok() && placed.record_data().is_err());
    log.log.append(&[wrong], NOW).unwrap();
    log.append(Make { records: 5, timestamp: 150, ..Make::default() });
    assert_eq!(find(&log, 101, 0), Some((101, 1)));
    assert_eq!(find(&log, 120, 0), Some((200, 5)));
    assert_eq!(find(&log, 120, 7), Some((200, 7)));
    assert_eq!(find(&log, 152, 8), Some((152, 10)));
    assert_eq!(latest(&log), Some((200, 7)), "where the time index has it");
}

#[test]
fn no_timestamps() {
    let mut log = Fixture::new(LogConfig::default());
    log.append(Make { timestamp: -1, ..Make::default() });
    assert_eq!((find(&log, 0, 0), latest(&log)), (None, None));
    log.restart();
    assert_eq!((find(&log, 0, 0), latest(&log)), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The answer is that of a search through all records, for logs of one or many segments, in files or in memory.
    #[test]
    fn as_a_search_through_all(
        timestamps in prop::collection::vec(0..1000i64, 1..80),
        segment_bytes in prop_oneof![Just(300u32), Just(2000), Just(1 << 20)],
        index_interval_bytes in prop_oneof![Just(0u32), Just(200), Just(4096)],
        stop in 0..3u8,
        start in 0..100i64,
    ) {
        let config = LogConfig { segment_bytes, index_interval_bytes, ..LogConfig::default() };
        let mut log = Fixture::new(config);
        for timestamp in &timestamps {
            log.append(Make { records: 2, timestamp: *timestamp, ..Make::default() });
        }
        match stop {
            0 => {}
            1 => log.restart(),
            _ => log.crash(),
        }
        let records: Vec<(i64, i64)> =
            timestamps.iter().flat_map(|t| [*t, t + 1]).zip(0..).collect();
        for target in (0..1010).step_by(7) {
            let expected =
                records.iter().find(|(timestamp, offset)| *timestamp >= target && *offset >= start);
            prop_assert_eq!(find(&log, target, start), expected.copied(), "target {}", target);
        }
        let largest = records.iter().map(|record| record.0).max();
        let expected = records.iter().find(|record| Some(record.0) == largest);
        prop_assert_eq!(latest(&log), expected.copied());
        prop_assert!(log.log.segments()[0].largest_timestamp().unwrap() <= Some(NOW));
    }
}
