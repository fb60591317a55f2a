//! Replaying the write-ahead log.

use std::sync::Arc;

use vltava_log::OpenOptions;
use vltava_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicId};
use vltava_partition::{Partition, ReplayError, Replayed};
use vltava_records::{BatchBuilder, Compression};
use vltava_wal::RecoveredEntry;

use crate::support::{Bench, UNKNOWN, batch, open_log, open_wal, settings, spec, values};

fn entry(first: i64, count: i64) -> RecoveredEntry {
    let mut builder = BatchBuilder::new().at(Offset(first), LeaderEpoch(3));
    for n in 0..count {
        builder.push(Timestamp(0), None, Some(format!("{}", first + n).as_bytes()), &[]);
    }
    RecoveredEntry {
        topic_id: TopicId([3; 16]),
        partition: PartitionIndex(0),
        first_offset: Offset(first),
        last_offset: Offset(first + count - 1),
        batches: builder.build(Compression::None),
    }
}

#[tokio::test]
async fn what_is_there_is_skipped_and_what_is_missing_appended() {
    let bench = Bench::new(settings());
    let replay = |first, count| bench.partition.replay(&entry(first, count)).unwrap();
    assert_eq!(replay(0, 3), Replayed::Appended(1));
    assert_eq!(replay(0, 3), Replayed::Skipped);
    assert_eq!(replay(3, 2), Replayed::Appended(1));
    assert_eq!(bench.partition.high_watermark(), Offset(0), "before it was started");
    bench.partition.start().unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(5));
    assert_eq!(bench.partition.recovery_point(), Offset(5));
    let expected: Vec<_> = (0..5).map(|n| (n, n.to_string())).collect();
    assert_eq!(bench.values(0), expected);
    assert_eq!(bench.partition.epoch_of(Offset(4)), Some(LeaderEpoch(3)));
}

#[tokio::test]
async fn gaps_overlaps_and_damage_are_refused() {
    let bench = Bench::new(settings());
    bench.partition.replay(&entry(0, 3)).unwrap();
    let error = bench.partition.replay(&entry(4, 1)).unwrap_err();
    assert!(matches!(&error, ReplayError::Gap { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "partition topic-0 ends at offset 3, and the write-ahead log goes on at 4"
    );
    let error = bench.partition.replay(&entry(2, 3)).unwrap_err();
    assert!(matches!(error, ReplayError::Overlap { .. }), "{error}");
    let mut spoilt = entry(3, 1);
    let mut bytes = spoilt.batches.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    spoilt.batches = bytes.into();
    let error = bench.partition.replay(&spoilt).unwrap_err();
    assert!(matches!(error, ReplayError::Damaged { .. }), "{error}");
}

/// Opens a partition whose log is gone, with a log start offset from the checkpoint.
fn emptied(bench: &Bench, log_start_offset: i64) -> Arc<Partition> {
    std::fs::remove_dir_all(bench.folder()).unwrap();
    let options = OpenOptions { log_start_offset: Some(Offset(log_start_offset)), ..UNKNOWN };
    let log = open_log(&bench.folder(), &settings(), options);
    Partition::open(log, spec(settings(), &bench.wal, &bench.clock))
}

#[tokio::test]
async fn records_below_the_log_start_are_not_missed() {
    let bench = Bench::new(settings());
    let partition = emptied(&bench, 10);
    assert_eq!(partition.replay(&entry(5, 3)).unwrap(), Replayed::Skipped);
    // Records 8 and 9 of this batch were deleted, 10 and 11 were not.
    assert_eq!(partition.replay(&entry(8, 4)).unwrap(), Replayed::Appended(1));
    assert_eq!(partition.replay(&entry(12, 1)).unwrap(), Replayed::Appended(1));
    partition.start().unwrap();
    assert_eq!(partition.log_start_offset(), Offset(10));
    assert_eq!(partition.log_end_offset(), Offset(13));
    let expected: Vec<_> = (10..13).map(|n| (n, n.to_string())).collect();
    assert_eq!(values(&partition, 10), expected);
}

#[tokio::test]
async fn what_only_the_page_cache_had_is_synced_before_it_is_served() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    bench.faults.hold_writes(true);
    bench.append(batch(&["not durable, but in the page cache"])).await.unwrap();
    bench.faults.crash();
    let Bench { dir, store, faults: _, clock, wal, partition } = bench;
    drop((partition, wal));
    let (wal, recovered) = open_wal(&store, &vltava_wal::Faults::new());
    let log = open_log(&dir.path().join("topic-0"), &settings(), UNKNOWN);
    let partition = Partition::open(log, spec(settings(), &wal, &clock));
    for chunk in recovered {
        for entry in chunk.unwrap().entries {
            assert_eq!(partition.replay(&entry).unwrap(), Replayed::Skipped);
        }
    }
    partition.start().unwrap();
    assert_eq!(partition.high_watermark(), Offset(2));
    assert_eq!(partition.recovery_point(), Offset(2));
}
