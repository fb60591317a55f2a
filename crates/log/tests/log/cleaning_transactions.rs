//! Compaction of transactions: aborted records go, markers stay for as long as they are needed.

use vltava_log::{CleanerSettings, Log};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{
    Batch, BatchBuilder, Compression, EndTransactionMarker, StampedBatch, TransactionResult,
};

use crate::cleaning::{batches, clean_with, compacted, put};
use crate::support::{Fixture, NOW};

/// A producer with a transaction.
struct Writer {
    id: i64,
    sequence: i32,
}

impl Writer {
    fn new(id: i64) -> Writer {
        Writer { id, sequence: 0 }
    }

    fn put(&mut self, log: &mut Log, key: &str) -> i64 {
        let base = log.log_end_offset();
        let builder = BatchBuilder::new().at(base, LeaderEpoch(0)).transactional();
        let mut builder =
            builder.producer(ProducerId(self.id), ProducerEpoch(0), Sequence(self.sequence));
        builder.push(NOW, Some(key.as_bytes()), Some(b"v"), &[]);
        self.sequence += 1;
        let batch = StampedBatch::decode(builder.build(Compression::None)).unwrap();
        log.append(&[batch], NOW).unwrap();
        base.0
    }

    fn end(&self, log: &mut Log, result: TransactionResult) -> i64 {
        let marker = EndTransactionMarker { result, coordinator_epoch: 0 };
        let bytes = marker.build(ProducerId(self.id), ProducerEpoch(0), NOW);
        let base = log.log_end_offset();
        let batch = Batch::single(bytes).unwrap().stamp(base, LeaderEpoch(0), None);
        log.append(&[batch], NOW).unwrap();
        base.0
    }
}

/// One entry of a `.txnindex`: producer, first offset, marker, last stable offset.
type Aborted = (i64, i64, i64, i64);

fn read_index(log: &Fixture, base: i64) -> Vec<Aborted> {
    let content = std::fs::read(log.file(&format!("{base:020}.txnindex"))).unwrap_or_default();
    let entry = |bytes: &[u8]| {
        let number = |at: usize| i64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
        (number(2), number(10), number(18), number(26))
    };
    content.chunks(34).map(entry).collect()
}

/// Base offset and number of records of each batch.
fn left(log: &Log) -> Vec<(i64, usize)> {
    batches(log).iter().map(|(header, records)| (header.base_offset, records.len())).collect()
}

fn clean_at(log: &mut Fixture, now: Timestamp) {
    clean_with(&mut log.log, 0, CleanerSettings::default(), now);
}

fn with_retention(ms: i64) -> Fixture {
    let mut log = compacted(1 << 20);
    log.config.delete_retention_ms = ms;
    log.log.configure(log.config.clone());
    log
}

#[test]
fn aborted_records_go_and_do_not_hide_older_ones() {
    let mut log = with_retention(1000);
    put(&mut log.log, &[("a", Some("old"))]);
    let (mut aborts, mut commits) = (Writer::new(1), Writer::new(2));
    aborts.put(&mut log.log, "a");
    commits.put(&mut log.log, "b");
    aborts.put(&mut log.log, "b");
    aborts.end(&mut log.log, TransactionResult::Abort);
    commits.end(&mut log.log, TransactionResult::Commit);
    put(&mut log.log, &[("c", Some("x"))]);
    log.log.roll(NOW).unwrap();
    clean_at(&mut log, NOW);
    // What is left of the aborted transaction is the batch with its producer's last sequence, empty, and the marker.
    assert_eq!(left(&log.log), [(0, 1), (2, 1), (3, 0), (4, 1), (5, 1), (6, 1)]);
    // The new segment knows of the transaction for as long as its marker is there.
    assert_eq!(read_index(&log, 0), [(1, 1, 4, 2)]);
    assert!(batches(&log.log).iter().all(|(header, _)| header.delete_horizon().is_none()));
}

#[test]
fn a_marker_stays_until_its_records_are_gone_and_its_horizon_is_over() {
    let mut log = with_retention(1000);
    let mut writer = Writer::new(1);
    writer.put(&mut log.log, "a");
    writer.end(&mut log.log, TransactionResult::Commit);
    put(&mut log.log, &[("a", Some("newer"))]);
    // Something later keeps the producer's last batch from being this one.
    writer.put(&mut log.log, "b");
    writer.end(&mut log.log, TransactionResult::Commit);
    put(&mut log.log, &[("z", Some("end"))]);
    log.log.roll(NOW).unwrap();
    let horizon = |log: &Log| batches(log)[0].0.delete_horizon();
    clean_at(&mut log, NOW);
    assert_eq!(left(&log.log)[0], (1, 1));
    assert_eq!(horizon(&log.log), None);
    // Nothing of its transaction was seen this time: now the marker gets its horizon …
    clean_at(&mut log, NOW.plus_ms(10));
    assert_eq!(horizon(&log.log), Some(NOW.plus_ms(1010)));
    clean_at(&mut log, NOW.plus_ms(1009));
    assert_eq!(left(&log.log)[0], (1, 1));
    // … and goes when it is over. The other one's records are still there.
    clean_at(&mut log, NOW.plus_ms(1010));
    assert_eq!(left(&log.log), [(2, 1), (3, 1), (4, 1), (5, 1)]);
}

#[test]
fn an_aborted_transaction_is_followed_over_segments() {
    let mut log = with_retention(1000);
    let (mut aborts, mut other) = (Writer::new(1), Writer::new(2));
    aborts.put(&mut log.log, "a");
    log.log.roll(NOW).unwrap();
    aborts.put(&mut log.log, "b");
    other.put(&mut log.log, "b");
    log.log.roll(NOW).unwrap();
    aborts.end(&mut log.log, TransactionResult::Abort);
    other.end(&mut log.log, TransactionResult::Commit);
    put(&mut log.log, &[("z", Some("end"))]);
    log.log.roll(NOW).unwrap();
    log.config.segment_bytes = 200;
    log.log.configure(log.config.clone());
    clean_at(&mut log, NOW);
    let records: usize = left(&log.log).iter().map(|(_, records)| records).sum();
    assert_eq!(records, 4, "{:?}", left(&log.log));
    let with_marker = *log.bases().iter().rfind(|base| **base <= 3).unwrap();
    assert_eq!(read_index(&log, with_marker), [(1, 0, 3, 2)]);
}

#[test]
fn the_last_marker_of_a_producer_without_records_stays() {
    let mut log = with_retention(0);
    let writer = Writer::new(1);
    writer.end(&mut log.log, TransactionResult::Abort);
    put(&mut log.log, &[("z", Some("end"))]);
    log.log.roll(NOW).unwrap();
    for n in 1..4 {
        clean_at(&mut log, NOW.plus_ms(n));
        assert_eq!(left(&log.log)[0].0, 0);
    }
    log.log.expire_producers(Timestamp(i64::MAX));
    clean_at(&mut log, NOW.plus_ms(5));
    assert_eq!(left(&log.log), [(1, 1)]);
    assert_eq!(log.log.log_end_offset(), Offset(2));
}
