//! The same records in another codec.

use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{Batch, BatchBuilder, BatchError, Compression, ErrorKind, Limits};

use crate::{batch_of, header, records_of};

fn compressible(records: usize) -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    for n in 0..records {
        let value = format!("a value that is much like the others, number {n}");
        builder.push(Timestamp(5), Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder
}

#[test]
fn producer_and_transaction_stay() {
    let mut builder = BatchBuilder::new()
        .producer(ProducerId(7), ProducerEpoch(3), Sequence(i32::MAX))
        .transactional();
    builder.push(Timestamp(20), None, None, &[header("h", None), header("h", Some("v"))]);
    builder.push(Timestamp(10), Some(b""), Some(b"b"), &[]);
    builder.push(Timestamp(30), Some(b"k"), Some(b"c"), &[]);
    let batch = Batch::single(builder.build(Compression::None)).unwrap();
    for target in Compression::ALL {
        let other = batch.recompress(&Limits::default(), target, None).unwrap();
        other.check_crc().unwrap();
        let (was, is) = (batch.header, other.header);
        assert_eq!(is.compression(), Ok(target));
        assert!(is.is_transactional() && !is.is_control());
        assert_eq!((is.producer_id, is.producer_epoch), (7, 3));
        assert_eq!((is.base_sequence, is.last_sequence()), (i32::MAX, Sequence(1)));
        assert_eq!((is.base_timestamp, is.max_timestamp), (20, 30));
        assert_eq!((is.records_count, is.last_offset_delta), (3, 2));
        assert_eq!((is.base_offset, is.partition_leader_epoch), (0, was.partition_leader_epoch));
        assert_eq!(records_of(&other), records_of(&batch));
    }
}

/// The records count their timestamps from the first one afterwards, as Kafka writes them, and unused attributes go.
#[test]
fn odd_encodings_are_straightened() {
    let batch = batch_of(&[(5, "a"), (9, "b")], Compression::None);
    let mut bytes = batch.bytes.to_vec();
    bytes[27..35].copy_from_slice(&4i64.to_be_bytes());
    bytes[35..43].copy_from_slice(&77i64.to_be_bytes());
    // Behind its length, the first record has attributes and a timestamp delta: now 1, which is 2 on the wire.
    bytes[62] = 9;
    bytes[63] = 2;
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    let odd = Batch::single(bytes.into()).unwrap();
    let zstd = odd.recompress(&Limits::default(), Compression::Zstd, None).unwrap();
    assert_eq!((zstd.header.base_timestamp, zstd.header.max_timestamp), (5, 8));
    let times: Vec<i64> = records_of(&zstd).iter().map(|record| record.timestamp.0).collect();
    assert_eq!(times, [5, 8]);
    let plain = zstd.recompress(&Limits::default(), Compression::None, None).unwrap();
    assert_eq!(plain.bytes, batch_of(&[(5, "a"), (8, "b")], Compression::None).bytes);
}

#[test]
fn levels_matter() {
    let batch = Batch::single(compressible(2000).build(Compression::Lz4)).unwrap();
    let limits = Limits { batch_bytes_max: usize::MAX, ..Limits::default() };
    let size = |target, level| {
        let other = batch.recompress(&limits, target, Some(level)).unwrap();
        assert_eq!(records_of(&other), records_of(&batch));
        other.bytes.len()
    };
    assert!(size(Compression::Gzip, 9) < size(Compression::Gzip, 1));
    assert!(size(Compression::Zstd, 19) < size(Compression::Zstd, -50));
    assert_eq!(size(Compression::Gzip, -1), size(Compression::Gzip, 6));
    for level in [1, 9, 17] {
        size(Compression::Lz4, level);
    }
}

#[test]
fn the_result_must_not_be_too_large_either() {
    let batch = Batch::single(compressible(500).build(Compression::Gzip)).unwrap();
    let size = batch.bytes.len();
    let limits = Limits { batch_bytes_max: size, ..Limits::default() };
    for target in [Compression::None, Compression::Snappy] {
        let error = batch.recompress(&limits, target, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    }
    batch.recompress(&limits, Compression::Zstd, None).unwrap();
    let limits = Limits { batch_bytes_max: size - 1, ..limits };
    let error = batch.recompress(&limits, Compression::Zstd, None).unwrap_err();
    assert_eq!(error, BatchError::TooLarge { size_bytes: size, max: size - 1 });
}

#[test]
fn rules_hold_as_in_validating() {
    let batch = batch_of(&[(5, "a"), (1000, "b"), (7, "c"), (2000, "d")], Compression::Snappy);
    let limits = Limits { timestamps: 0..=100, ..Limits::default() };
    let expected = batch.clone().validate(&limits).unwrap_err();
    assert_eq!(batch.recompress(&limits, Compression::Zstd, None).unwrap_err(), expected);
    let placed = batch.stamp(Offset(3), LeaderEpoch(0), None);
    let placed = Batch::single(placed.to_bytes()).unwrap();
    let error = placed.recompress(&Limits::default(), Compression::Zstd, None).unwrap_err();
    assert_eq!(error, BatchError::BadBaseOffset { base_offset: 3 });
    let mut bytes = batch.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let spoilt = Batch::single(bytes.into()).unwrap();
    let error = spoilt.recompress(&Limits::default(), Compression::Zstd, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
