//! Segments that Apache Kafka wrote; see `tests/golden/README.md`.

use bytes::Bytes;
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{
    Batch, BatchBuilder, Compression, ControlRecordType, EndTransactionMarker, Limits, Record,
    RecordHeader, TimestampType, TransactionResult, batches,
};

use crate::{header, records_of};

macro_rules! golden {
    ($name:literal) => {
        Bytes::from_static(include_bytes!(concat!("../golden/", $name, ".log")))
    };
}

fn one_batch(segment: Bytes) -> Batch {
    let batch = Batch::single(segment).unwrap();
    batch.check_crc().unwrap();
    batch
}

/// Keys, values and headers as the console producer was given them.
fn check_java(segment: Bytes, compression: Compression, large: usize) -> Vec<Record> {
    let mut batch = one_batch(segment);
    assert_eq!(batch.header.compression(), Ok(compression));
    assert_eq!((batch.header.records_count, batch.header.last_offset_delta), (5, 4));
    let before = batch.header;
    if before.timestamp_type() == TimestampType::CreateTime {
        batch.validate(&Limits::default()).unwrap();
    }
    assert_eq!(batch.header, before, "Kafka's max timestamp is right");
    let records = records_of(&batch);
    let large = "x".repeat(large);
    let expected: [(Option<&str>, Option<&str>, Vec<RecordHeader>); 5] = [
        (
            Some("key-1"),
            Some("value one"),
            vec![header("a", Some("1")), header("a", Some("2")), header("b", None)],
        ),
        (None, Some("no key"), vec![header("h", Some("v"))]),
        (Some("key-2"), None, vec![header("a", Some("1"))]),
        (Some("key-3"), Some(&large), vec![header("h", Some("x"))]),
        (Some("key-4"), Some("last"), vec![header("z", Some(""))]),
    ];
    for (index, (record, (key, value, headers))) in records.iter().zip(expected).enumerate() {
        assert_eq!(record.offset, Offset(i64::try_from(index).unwrap()));
        assert_eq!(record.key.as_deref(), key.map(str::as_bytes));
        assert_eq!(record.value.as_deref(), value.map(str::as_bytes));
        assert_eq!(record.headers.iter().collect::<Vec<_>>(), headers);
    }
    assert_eq!(records[0].headers.last(b"a"), Some(header("a", Some("2"))));
    records
}

fn check_rdkafka(segment: Bytes, compression: Compression, large: usize) {
    let mut batch = one_batch(segment);
    assert_eq!(batch.header.compression(), Ok(compression));
    batch.validate(&Limits::default()).unwrap();
    let records = records_of(&batch);
    assert_eq!(records.len(), 5);
    assert_eq!(records[0].key.as_deref(), Some(&b"key-1"[..]));
    assert_eq!(records[3].value.as_deref(), Some("x".repeat(large).as_bytes()));
    for record in records {
        let headers: Vec<_> = record.headers.iter().collect();
        assert_eq!(headers, [header("a", Some("1")), header("a", Some("2"))]);
    }
}

#[test]
fn the_java_producers_batches_are_read() {
    check_java(golden!("java-none"), Compression::None, 100);
    check_java(golden!("java-gzip"), Compression::Gzip, 70_000);
    check_java(golden!("java-snappy"), Compression::Snappy, 36_000);
    check_java(golden!("java-lz4"), Compression::Lz4, 70_000);
    check_java(golden!("java-zstd"), Compression::Zstd, 70_000);
}

#[test]
fn librdkafkas_batches_are_read() {
    check_rdkafka(golden!("rdkafka-gzip"), Compression::Gzip, 70_000);
    check_rdkafka(golden!("rdkafka-snappy"), Compression::Snappy, 36_000);
    check_rdkafka(golden!("rdkafka-lz4"), Compression::Lz4, 70_000);
    check_rdkafka(golden!("rdkafka-zstd"), Compression::Zstd, 70_000);
}

#[test]
fn with_log_append_time_every_record_has_the_batchs_time() {
    let records = check_java(golden!("lat"), Compression::Lz4, 100);
    assert!(records.iter().all(|record| record.timestamp == Timestamp(1_795_363_643_106)));
    let batch = one_batch(golden!("lat"));
    assert_eq!(batch.offset_of_max_timestamp(), Ok(Some(Offset(0))));
}

/// The same records, pushed into our builder, give the bytes that Kafka has.
#[test]
fn the_builder_writes_what_java_writes() {
    let golden = golden!("java-none");
    let batch = one_batch(golden.clone());
    let head = batch.header;
    let mut builder = BatchBuilder::new().at(Offset(0), LeaderEpoch(0)).producer(
        head.producer_id(),
        head.producer_epoch(),
        head.base_sequence(),
    );
    for record in records_of(&batch) {
        let headers: Vec<_> = record.headers.iter().collect();
        builder.push(record.timestamp, record.key.as_deref(), record.value.as_deref(), &headers);
    }
    assert_eq!(builder.size_bytes(), golden.len());
    assert_eq!(builder.build(Compression::None), golden);
}

#[test]
fn transactions_and_their_markers() {
    let golden = golden!("txn");
    let found: Vec<Batch> = batches(golden.clone()).collect::<Result<_, _>>().unwrap();
    let results = [(1, TransactionResult::Commit), (3, TransactionResult::Abort)];
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|batch| batch.header.is_transactional()));
    assert!(!found[0].header.is_control() && !found[2].header.is_control());
    for (index, result) in results {
        let batch = &found[index];
        assert!(batch.header.is_control());
        let record = records_of(batch).remove(0);
        let key = record.key.unwrap();
        let marker = EndTransactionMarker::parse(&key, record.value.as_deref()).unwrap().unwrap();
        assert_eq!(marker, EndTransactionMarker { result, coordinator_epoch: 0 });
        let epoch = batch.header.producer_epoch();
        let bytes = marker.build(ProducerId(6), epoch, record.timestamp);
        let stamped = Batch::single(bytes).unwrap().stamp(record.offset, LeaderEpoch(0), None);
        assert_eq!(stamped.to_bytes(), batch.bytes, "the same bytes as Kafka's marker");
    }
    assert_eq!(found[1].header.producer_epoch(), ProducerEpoch(1));
    assert_eq!(found[1].header.base_sequence(), Sequence(-1));
    assert_eq!(found[1].header.last_sequence(), Sequence(-1));
}

#[test]
fn control_keys() {
    assert_eq!(ControlRecordType::parse(&[0, 0, 0, 2]), Ok(ControlRecordType::LeaderChange));
    assert_eq!(ControlRecordType::parse(&[0, 1, 0, 99, 7]), Ok(ControlRecordType::Unknown(99)));
    assert!(ControlRecordType::parse(&[0, 0, 0]).is_err());
    assert!(ControlRecordType::parse(&[0xff, 0xff, 0, 0]).is_err());
    assert_eq!(EndTransactionMarker::parse(&[0, 0, 0, 2], None), Ok(None));
    assert!(EndTransactionMarker::parse(&[0, 0, 0, 1], None).is_err());
    assert!(EndTransactionMarker::parse(&[0, 0, 0, 1], Some(&[0, 0, 0, 0, 0])).is_err());
}
