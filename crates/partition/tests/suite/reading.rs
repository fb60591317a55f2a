//! Reads and searches.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_partition::{Isolation, ReadError, TopicSettings};
use vltava_records::{BatchBuilder, Compression};

use crate::support::{Bench, NOW, batch, settings, small_segments};

const COMMITTED: Isolation = Isolation::ReadCommitted;

const APPENDS: i64 = 200;

#[tokio::test]
async fn reads_go_on_over_segments() {
    let bench = Bench::new(small_segments());
    for n in 0..50 {
        bench.append_durably(batch(&[format!("value {n}").as_str()])).await;
    }
    let logs = std::fs::read_dir(bench.folder()).unwrap().map(Result::unwrap);
    assert!(logs.filter(|f| f.path().extension().is_some_and(|e| e == "log")).count() > 3);
    for start in [0, 1, 9, 25, 49] {
        let values = bench.values(start);
        assert_eq!(values.len(), usize::try_from(50 - start).unwrap());
        assert_eq!(values[0], (start, format!("value {start}")));
    }
    assert_eq!(bench.values(50), []);
}

#[tokio::test]
async fn offsets_outside_are_out_of_range() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a", "b", "c"])).await;
    bench.partition.delete_records(Offset(1)).unwrap();
    for offset in [-1, 0, 4] {
        let error = bench.partition.read(Offset(offset), 100, true, COMMITTED).unwrap_err();
        let (log_start_offset, log_end_offset) = (Offset(1), Offset(3));
        let offset = Offset(offset);
        assert_eq!(error, ReadError::OutOfRange { offset, log_start_offset, log_end_offset });
    }
    let outcome = bench.partition.read(Offset(3), 100, true, COMMITTED).unwrap();
    assert!(outcome.records.is_none());
    assert_eq!((outcome.high_watermark, outcome.last_stable_offset), (Offset(3), Offset(3)));
    assert_eq!(outcome.log_start_offset, Offset(1));
}

#[tokio::test]
async fn what_is_not_durable_is_not_read_but_not_out_of_range() {
    let bench = Bench::new(small_segments());
    bench.append_durably(batch(&["a"])).await;
    bench.faults.hold_writes(true);
    for _ in 0..20 {
        bench.append(batch(&["not durable"])).await.unwrap();
    }
    for offset in [1, 10, 21] {
        let outcome = bench.partition.read(Offset(offset), 100, true, COMMITTED).unwrap();
        assert!(outcome.records.is_none(), "{offset}");
    }
    assert_eq!(bench.values(0), [(0, "a".to_owned())]);
    bench.faults.hold_writes(false);
}

#[tokio::test]
async fn max_bytes_bounds_and_min_one_gives_a_whole_batch() {
    let bench = Bench::new(settings());
    let one = batch(&["a value of some length"]);
    for _ in 0..3 {
        bench.append_durably(one.clone()).await;
    }
    let length = |max_bytes, min_one| {
        let outcome = bench.partition.read(Offset(0), max_bytes, min_one, COMMITTED).unwrap();
        outcome.records.unwrap().length
    };
    assert_eq!(length(10, true), one.len());
    assert_eq!(length(10, false), 0);
    assert_eq!(length(one.len() * 2, false), one.len() * 2);
    assert_eq!(length(1 << 20, false), one.len() * 3);
}

#[tokio::test]
async fn searches_end_at_the_high_watermark() {
    let bench = Bench::new(small_segments());
    let at = |ms: i64| {
        let mut builder = BatchBuilder::new();
        builder.push(Timestamp(NOW + ms), None, Some(&[7; 200]), &[]);
        builder.build(Compression::None)
    };
    for ms in [0, 10, 30, 20] {
        bench.append_durably(at(ms)).await;
    }
    bench.faults.hold_writes(true);
    bench.append(at(40)).await.unwrap();
    let find = |ms: i64| {
        let found = bench.partition.offset_for_timestamp(Timestamp(NOW + ms), COMMITTED).unwrap();
        found.map(|found| (found.offset.0, found.timestamp.0 - NOW))
    };
    assert_eq!(find(-5), Some((0, 0)));
    assert_eq!(find(5), Some((1, 10)));
    assert_eq!(find(11), Some((2, 30)));
    assert_eq!(find(31), None);
    assert_eq!(bench.partition.max_timestamp().unwrap(), None);
    bench.faults.hold_writes(false);
    bench.append_durably(at(35)).await;
    assert_eq!(find(31), Some((4, 40)));
    let max = bench.partition.max_timestamp().unwrap().unwrap();
    assert_eq!((max.offset, max.leader_epoch), (Offset(4), Some(LeaderEpoch(7))));
}

#[tokio::test]
async fn epochs_end_where_the_next_begins() {
    let bench = Bench::new(settings());
    let end_of = |epoch| bench.partition.epoch_end_offset(LeaderEpoch(epoch));
    assert_eq!(end_of(7), Some((LeaderEpoch(7), Offset(0))));
    assert_eq!(end_of(8), None);
    bench.append_durably(batch(&["a", "b"])).await;
    assert_eq!(end_of(7), Some((LeaderEpoch(7), Offset(2))));
    assert_eq!(end_of(6), Some((LeaderEpoch(6), Offset(0))));
}

/// Else a fetch would wait for what it believes to have seen. The reader has always read all when the next append comes.
#[tokio::test]
async fn a_read_that_finds_nothing_tells_no_high_watermark_beyond_it() {
    let bench = Bench::new(TopicSettings { write_caching: true, ..settings() });
    let partition = Arc::clone(&bench.partition);
    let read = Arc::new(AtomicI64::new(0));
    let progress = Arc::clone(&read);
    let reader = std::thread::spawn(move || {
        let mut next = Offset(0);
        while next < Offset(APPENDS) {
            let outcome = partition.read(next, 1, true, Isolation::ReadUncommitted).unwrap();
            match outcome.records {
                Some(_) => next = Offset(next.0 + 1),
                None => assert!(outcome.high_watermark <= next, "{outcome:?} at {next:?}"),
            }
            progress.store(next.0, Ordering::SeqCst);
        }
    });
    for offset in 0..APPENDS {
        while read.load(Ordering::SeqCst) < offset && !reader.is_finished() {
            std::thread::yield_now();
        }
        bench.append(batch(&["a"])).await.unwrap();
    }
    reader.join().unwrap();
}
