//! Transactions: what a reader of committed records sees, and what the coordinator needs.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tempfile::TempDir;
use vltava_log::{Log, LogConfig, OpenOptions};
use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_partition::{
    AppendError, AppendLimits, Appended, EndTransaction, FetchWaiter, Isolation, Origin, Partition,
    ReadOutcome, SequenceError, Verification,
};
use vltava_records::{BatchHeader, Compression, EndTransactionMarker, TransactionResult, batches};

use crate::support::{
    Bench, UNKNOWN, batch, builder, is_pending, open_log, open_wal, settings, small_segments, spec,
};

fn transactional(producer: i64, epoch: i16, sequence: i32, values: &[&str]) -> Bytes {
    builder(values)
        .producer(ProducerId(producer), ProducerEpoch(epoch), Sequence(sequence))
        .transactional()
        .build(Compression::None)
}

fn end(producer: i64, epoch: i16, result: TransactionResult) -> EndTransaction {
    EndTransaction {
        producer_id: ProducerId(producer),
        producer_epoch: ProducerEpoch(epoch),
        marker: EndTransactionMarker { result, coordinator_epoch: 1 },
        epoch_bumped: false,
    }
}

async fn send(bench: &Bench, records: Bytes) -> Appended {
    let limits = AppendLimits::default();
    let partition = &bench.partition;
    let verified = Verification::Off;
    partition.append_transactional(records, Origin::Client, &limits, verified).await.unwrap()
}

async fn finish(bench: &Bench, producer: i64, result: TransactionResult) -> Appended {
    bench.partition.append_marker(&end(producer, 0, result)).await.unwrap()
}

async fn settle(bench: &Bench, appended: Appended) {
    bench.partition.wait_durable(&appended).await.unwrap();
}

/// (high watermark, last stable offset)
fn ends(partition: &Partition) -> (i64, i64) {
    (partition.high_watermark().0, partition.last_stable_offset().0)
}

/// Reads committed records to the end as a consumer does: (offset, value) of those that count.
fn committed(partition: &Partition) -> Vec<(i64, String)> {
    let (mut found, mut next) = (Vec::new(), partition.log_start_offset());
    loop {
        let outcome = partition.read(next, 200, true, Isolation::ReadCommitted).unwrap();
        let Some(slice) = outcome.records else {
            assert_eq!(next, outcome.last_stable_offset);
            return found;
        };
        let mut bytes = vec![0; slice.length];
        slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
        let mut aborted: Vec<_> =
            outcome.aborted.iter().map(|it| (it.first_offset, it.producer_id)).collect();
        for batch in batches(bytes.into()).map_while(Result::ok) {
            let header = &batch.header;
            next = header.next_offset();
            let is_aborted = aborted
                .iter()
                .any(|(first, id)| *first <= header.last_offset() && *id == header.producer_id());
            if header.is_control() {
                if EndTransactionMarker::of(&batch).unwrap().unwrap().result
                    == TransactionResult::Abort
                {
                    let first = aborted.iter().position(|(first, id)| {
                        *id == header.producer_id() && *first <= header.first_offset()
                    });
                    first.map(|at| aborted.remove(at));
                }
            } else if !is_aborted {
                let record = |record: vltava_records::Record| {
                    (record.offset.0, String::from_utf8(record.value.unwrap().to_vec()).unwrap())
                };
                found.extend(batch.records().unwrap().map(Result::unwrap).map(record));
            }
        }
    }
}

#[tokio::test]
async fn an_open_transaction_holds_the_last_stable_offset_back() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    let opened = send(&bench, transactional(1, 0, 0, &["b", "c"])).await;
    settle(&bench, opened).await;
    bench.append_durably(batch(&["d"])).await;
    assert_eq!(ends(&bench.partition), (4, 1));
    assert_eq!(committed(&bench.partition), [(0, "a".to_owned())]);
    bench.faults.hold_writes(true);
    let marker = finish(&bench, 1, TransactionResult::Commit).await;
    assert_eq!(ends(&bench.partition), (4, 1), "the marker is not durable");
    bench.faults.hold_writes(false);
    settle(&bench, marker).await;
    assert_eq!(ends(&bench.partition), (5, 5));
    let expected = [(0, "a"), (1, "b"), (2, "c"), (3, "d")].map(|(n, v)| (n, v.to_owned()));
    assert_eq!(committed(&bench.partition), expected);
}

#[tokio::test]
async fn a_search_by_time_ends_there_too() {
    let bench = Bench::new(settings());
    let opened = send(&bench, transactional(1, 0, 0, &["a"])).await;
    settle(&bench, opened).await;
    let found = |isolation| {
        let found = bench.partition.offset_for_timestamp(Timestamp(0), isolation).unwrap();
        found.map(|found| found.offset.0)
    };
    assert_eq!(found(Isolation::ReadUncommitted), Some(0));
    assert_eq!(found(Isolation::ReadCommitted), None);
    let marker = finish(&bench, 1, TransactionResult::Commit).await;
    settle(&bench, marker).await;
    assert_eq!(found(Isolation::ReadCommitted), Some(0));
}

#[tokio::test]
async fn the_first_of_several_transactions_counts() {
    let bench = Bench::new(settings());
    for producer in 1..4 {
        let opened = send(&bench, transactional(producer, 0, 0, &["a"])).await;
        settle(&bench, opened).await;
    }
    let second = finish(&bench, 2, TransactionResult::Abort).await;
    settle(&bench, second).await;
    assert_eq!(ends(&bench.partition), (4, 0));
    let first = finish(&bench, 1, TransactionResult::Commit).await;
    settle(&bench, first).await;
    assert_eq!(ends(&bench.partition), (5, 2));
    assert_eq!(committed(&bench.partition), [(0, "a".to_owned())]);
    let third = finish(&bench, 3, TransactionResult::Commit).await;
    settle(&bench, third).await;
    assert_eq!(ends(&bench.partition), (6, 6));
    assert_eq!(committed(&bench.partition), [(0, "a".to_owned()), (2, "a".to_owned())]);
    let uncommitted =
        bench.partition.read(Offset(0), 1000, true, Isolation::ReadUncommitted).unwrap();
    assert_eq!(uncommitted.aborted, []);
}

#[tokio::test]
async fn a_reader_of_committed_records_is_woken_when_they_are() {
    let bench = Bench::new(settings());
    let waiter = FetchWaiter::reading(Isolation::ReadCommitted);
    bench.partition.watch(&waiter);
    waiter.arm(1);
    let opened = send(&bench, transactional(1, 0, 0, &["a"])).await;
    settle(&bench, opened).await;
    bench.append_durably(batch(&["b"])).await;
    assert!(is_pending(waiter.ready()), "only the high watermark has moved");
    let marker = finish(&bench, 1, TransactionResult::Commit).await;
    settle(&bench, marker).await;
    assert!(!is_pending(waiter.ready()));
    waiter.arm(1);
    bench.append_durably(batch(&["c"])).await;
    assert!(!is_pending(waiter.ready()), "no transaction is open");
}

#[tokio::test]
async fn a_transaction_over_several_segments_is_aborted_in_all() {
    let bench = Bench::new(small_segments());
    let value = "v".repeat(300);
    for n in 0..8 {
        send(&bench, transactional(1, 0, n, &[&value])).await;
        bench.append(batch(&["kept"])).await.unwrap();
    }
    let marker = finish(&bench, 1, TransactionResult::Abort).await;
    settle(&bench, marker).await;
    assert!(bench.partition.read(Offset(0), 10_000, true, Isolation::ReadCommitted).is_ok());
    let kept = committed(&bench.partition);
    assert_eq!(
        kept.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(),
        (0..8).map(|n| 2 * n + 1).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_crash_changes_nothing() {
    let bench = Bench::new(small_segments());
    let value = "v".repeat(200);
    for round in 0..5 {
        for producer in 1..4 {
            send(&bench, transactional(producer, 0, round * 2, &[&value, "x"])).await;
        }
        let results =
            [TransactionResult::Abort, TransactionResult::Commit, TransactionResult::Abort];
        for (producer, result) in (1..4).zip(results).take(if round == 4 { 2 } else { 3 }) {
            finish(&bench, producer, result).await;
        }
        if round == 2 {
            bench.partition.flush().unwrap();
        }
    }
    bench.append_durably(batch(&["last"])).await;
    let seen = |partition: &Partition| {
        (ends(partition), committed(partition), partition.active_producers())
    };
    let before = seen(&bench.partition);
    assert_eq!(before.2[2].current_transaction_start, Some(Offset(before.0.1)));
    for recovery_point in [Offset::ZERO, bench.partition.recovery_point()] {
        let copy = copy_of(&bench.folder());
        let options = OpenOptions { recovery_point, ..UNKNOWN };
        let log = open_log(&copy.path().join("topic-0"), &small_segments(), options);
        let (wal, _) = open_wal(&bench.store, &bench.faults);
        let again = Partition::open(log, spec(small_segments(), &wal, &bench.clock));
        again.start().unwrap();
        assert_eq!(seen(&again), before);
        // It goes on: the transaction that was open ends.
        let marker = again.append_marker(&end(3, 0, TransactionResult::Abort)).await.unwrap();
        again.wait_durable(&marker).await.unwrap();
        assert_eq!(ends(&again), (before.0.0 + 1, before.0.0 + 1));
    }
}

/// All of it is in the write-ahead log: whatever part of the segments is left, the rest comes from there.
#[tokio::test]
async fn transactions_are_replayed_from_the_write_ahead_log() {
    let bench = Bench::new(settings());
    let mut last = None;
    for round in 0..4 {
        for producer in 1..4 {
            last = Some(send(&bench, transactional(producer, 0, round, &["value"])).await);
        }
        finish(&bench, 1, TransactionResult::Commit).await;
        if round < 3 {
            last = Some(finish(&bench, 2, TransactionResult::Abort).await);
        }
    }
    settle(&bench, last.unwrap()).await;
    let seen = |partition: &Partition| {
        (ends(partition), committed(partition), partition.active_producers())
    };
    let before = seen(&bench.partition);
    assert_eq!(before.0, (19, 2));
    let size = fs::metadata(bench.folder().join("00000000000000000000.log")).unwrap().len();
    for kept in [0, 1, size / 3, size / 2, size - 1, size] {
        let copy = copy_of(&bench.folder());
        let log = copy.path().join("topic-0/00000000000000000000.log");
        fs::File::options().write(true).open(log).unwrap().set_len(kept).unwrap();
        let log = open_log(&copy.path().join("topic-0"), &settings(), UNKNOWN);
        let (wal, recovered) = open_wal(&bench.store, &bench.faults);
        let again = Partition::open(log, spec(settings(), &wal, &bench.clock));
        for entry in recovered.flat_map(|chunk| chunk.unwrap().entries) {
            again.replay(&entry).unwrap();
        }
        again.start().unwrap();
        assert_eq!(seen(&again), before, "{kept} of {size} bytes kept");
    }
}

/// Kafka's answers for a folder that it left, read by us: see `crates/log/tests/kafka/README.md`.
#[tokio::test]
async fn a_folder_of_kafkas_is_read_as_kafka_reads_it() {
    let kafka = Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/tests/kafka");
    for (name, clean_shutdown) in [("clean", true), ("killed", false)] {
        let copy = copy_of(&kafka.join(name));
        let options =
            OpenOptions { clean_shutdown, recovery_point: Offset(24), log_start_offset: None };
        let config = LogConfig::default();
        let then = Timestamp(1_795_374_400_000);
        let log =
            Log::open(&copy.path().join("topic-0"), TopicId::ZERO, config, options, then).unwrap();
        let bench = Bench::new(settings());
        let partition = Partition::open(log, spec(settings(), &bench.wal, &bench.clock));
        partition.start().unwrap();
        let answers = fs::read_to_string(kafka.join("fetch.txt")).unwrap();
        for answer in answers.lines().filter(|line| !line.starts_with('#')) {
            let (asked, _) = answer.split_once(": ").unwrap();
            let (offset, max_bytes) = asked.split_once(' ').unwrap();
            let (offset, max_bytes) = (offset.parse().unwrap(), max_bytes.parse().unwrap());
            let outcome =
                partition.read(Offset(offset), max_bytes, true, Isolation::ReadCommitted).unwrap();
            assert_eq!(format!("{asked}: {}", printed(&outcome)), answer, "{name}");
        }
    }
}

fn printed(outcome: &ReadOutcome) -> String {
    let aborted: Vec<_> = outcome
        .aborted
        .iter()
        .map(|it| format!("{}:{}", it.producer_id, it.first_offset))
        .collect();
    let bases: Vec<_> = outcome
        .records
        .iter()
        .flat_map(|slice| {
            let mut bytes = vec![0; slice.length];
            slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
            batches(bytes.into()).map_while(Result::ok).map(|it| it.header.base_offset.to_string())
        })
        .collect();
    let (high_watermark, stable) = (outcome.high_watermark, outcome.last_stable_offset);
    format!("{high_watermark} {stable} [{}] [{}]", aborted.join(" "), bases.join(" "))
}

fn copy_of(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    let to = copy.path().join("topic-0");
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    copy
}

#[tokio::test]
async fn records_may_be_deleted_below_and_inside_of_an_open_transaction() {
    let bench = Bench::new(small_segments());
    let value = "v".repeat(400);
    for n in 0..6 {
        let sent = send(&bench, transactional(1, 0, n, &[&value])).await;
        settle(&bench, sent).await;
    }
    assert_eq!(ends(&bench.partition), (6, 0));
    bench.partition.delete_records(Offset(3)).unwrap();
    assert_eq!(ends(&bench.partition), (6, 3));
    assert!(!bench.partition.retention().unwrap().is_empty());
    assert_eq!(committed(&bench.partition), []);
    let marker = finish(&bench, 1, TransactionResult::Abort).await;
    settle(&bench, marker).await;
    assert_eq!(ends(&bench.partition), (7, 7));
    assert_eq!(committed(&bench.partition), []);
}

#[tokio::test]
async fn the_first_batch_of_a_transaction_must_be_verified() {
    let bench = Bench::new(settings());
    let partition = &bench.partition;
    let first = transactional(1, 0, 0, &["a"]);
    let header = BatchHeader::decode(&first).unwrap();
    let limits = AppendLimits::default();
    let append = async |verification| {
        partition.append_transactional(first.clone(), Origin::Client, &limits, verification).await
    };
    let is_unverified =
        |result| matches!(result, Err(AppendError::Sequence(SequenceError::NotVerified { .. })));
    assert!(is_unverified(bench.append(first.clone()).await));
    assert!(is_unverified(append(Verification::Missing).await));
    let guard = partition.begin_verification(&header, false).unwrap().unwrap();
    // The coordinator gives the transaction up while its answer is on the way.
    finish(&bench, 1, TransactionResult::Abort).await;
    assert!(is_unverified(append(Verification::Verified(guard)).await));
    let guard = partition.begin_verification(&header, false).unwrap().unwrap();
    let appended = append(Verification::Verified(guard)).await.unwrap();
    assert!(!appended.duplicate);
    assert_eq!(partition.begin_verification(&header, false).unwrap(), None);
    assert!(append(Verification::Missing).await.unwrap().duplicate);
    // What a coordinator writes in the producer's name has no sequence.
    let offsets = transactional(1, 0, -1, &["offsets"]);
    let origin = Origin::Coordinator;
    partition.append_transactional(offsets, origin, &limits, Verification::Missing).await.unwrap();
}

#[tokio::test]
async fn a_late_marker_is_refused() {
    let bench = Bench::new(settings());
    send(&bench, transactional(1, 5, 0, &["a"])).await;
    let late = bench.partition.append_marker(&end(1, 4, TransactionResult::Abort)).await;
    assert!(matches!(late, Err(AppendError::Sequence(SequenceError::InvalidEpoch { .. }))));
    let zombie = EndTransactionMarker { result: TransactionResult::Abort, coordinator_epoch: 0 };
    finish_with(&bench.partition, 1).await;
    let zombie = EndTransaction { marker: zombie, ..end(1, 5, TransactionResult::Abort) };
    let fenced = bench.partition.append_marker(&zombie).await;
    assert!(matches!(fenced, Err(AppendError::Sequence(SequenceError::CoordinatorFenced { .. }))));
    assert_eq!(bench.partition.log_end_offset(), Offset(2));
}

async fn finish_with(partition: &Arc<Partition>, producer: i64) {
    partition.append_marker(&end(producer, 5, TransactionResult::Commit)).await.unwrap();
}
