//! What a leader refuses.

use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{
    Batch, BatchBuilder, BatchError, Compression, Depth, EndTransactionMarker, ErrorKind, Limits,
    RecordFault, RecordRule, TimestampType, TransactionResult,
};

use crate::batch_of;

/// A change to a batch's bytes.
type Damage = fn(&mut Vec<u8>);

/// Changes a valid batch's bytes, and sets length and CRC right again.
fn damaged(codec: Compression, damage: Damage) -> Batch {
    let mut bytes = batch_of(&[(1, "a"), (2, "b"), (3, "c")], codec).bytes.to_vec();
    damage(&mut bytes);
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    Batch::single(bytes.into()).unwrap()
}

fn put(bytes: &mut [u8], at: usize, field: &[u8]) {
    bytes[at..at + field.len()].copy_from_slice(field);
}

fn refused(mut batch: Batch, limits: &Limits) -> BatchError {
    batch.validate(limits).unwrap_err()
}

#[test]
fn headers_that_make_no_sense() {
    let cases: [(Damage, BatchError); 8] = [
        (|b| b[7] = 1, BatchError::BadBaseOffset { base_offset: 1 }),
        (|b| b[22] |= 7, BatchError::UnknownCompression(7)),
        (|b| b[22] |= 0x20, BatchError::ControlFromClient),
        (|b| b[22] |= 0x10, BatchError::TransactionalWithoutProducer),
        (|b| put(b, 57, &[0; 4]), BatchError::BadCount { records_count: 0 }),
        (|b| put(b, 57, &[0xff; 4]), BatchError::BadCount { records_count: -1 }),
        (|b| b[60] = 2, BatchError::InconsistentCount { last_offset_delta: 2, records_count: 2 }),
        (
            |b| put(b, 43, &[0; 8]),
            BatchError::BadSequence { producer_id: 0, producer_epoch: -1, base_sequence: -1 },
        ),
    ];
    for (damage, expected) in cases {
        assert_eq!(refused(damaged(Compression::None, damage), &Limits::default()), expected);
    }
}

#[test]
fn records_that_make_no_sense() {
    let tell = |damage: Damage| refused(damaged(Compression::None, damage), &Limits::default());
    // Each record is 9 bytes: length, attributes, timestamp, offset, key length, key, value length, value, headers.
    let malformed = |index, error: BatchError| {
        assert!(
            matches!(error, BatchError::MalformedRecord { index: found, .. } if found == index),
            "{error}"
        );
    };
    malformed(0, tell(|b| b[61] = 0x7f));
    malformed(0, tell(|b| b[61] = 0x01));
    malformed(1, tell(|b| b[70] += 2));
    malformed(1, tell(|b| b[78] = 0x01));
    malformed(1, tell(|b| b[78] = 0x02));
    malformed(2, tell(|b| b.truncate(b.len() - 1)));
    malformed(2, tell(|b| b[87] = 0x7e));
    assert_eq!(tell(|b| b.push(0)), BatchError::BytesAfterRecords);
    assert_eq!(tell(|b| b[73] = 4), BatchError::BadOffsetDelta { index: 2, offset_delta: 2 });
    assert_eq!(tell(|b| b[73] = 0), BatchError::BadOffsetDelta { index: 1, offset_delta: 0 });
    assert_eq!(tell(|b| b[64] = 1), BatchError::BadOffsetDelta { index: 0, offset_delta: -1 });
    assert_eq!(tell(|b| b[82] = 6), BatchError::BadOffsetDelta { index: 2, offset_delta: 3 });
}

#[test]
fn compressed_records_are_looked_through_as_well() {
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        // One record fewer than the header says, and one more.
        let fewer = damaged(codec, |b| {
            put(b, 23, &3i32.to_be_bytes());
            put(b, 57, &4i32.to_be_bytes());
        });
        let error = refused(fewer, &Limits::default());
        assert!(matches!(error, BatchError::MalformedRecord { index: 3, .. }), "{error}");
        let more = damaged(codec, |b| {
            put(b, 23, &1i32.to_be_bytes());
            put(b, 57, &2i32.to_be_bytes());
        });
        assert_eq!(refused(more, &Limits::default()), BatchError::BytesAfterRecords);
        let mut cut = damaged(codec, |b| b.truncate(b.len() - 2));
        assert_eq!(cut.validate(&Limits::default()).unwrap_err().kind(), ErrorKind::Invalid);
        cut.validate(&Limits { depth: Depth::Header, ..Limits::default() }).unwrap();
    }
}

#[test]
fn rules_of_the_topic() {
    let batch = batch_of(&[(1, "a")], Compression::Zstd);
    let no_zstd = Limits { zstd_allowed: false, ..Limits::default() };
    assert_eq!(refused(batch.clone(), &no_zstd), BatchError::ZstdNotAllowed);
    let size_bytes = batch.bytes.len();
    let small = Limits { batch_bytes_max: size_bytes - 1, ..Limits::default() };
    let expected = BatchError::TooLarge { size_bytes, max: size_bytes - 1 };
    assert_eq!(refused(batch.clone(), &small), expected);
    let mut bytes = batch.bytes.to_vec();
    bytes[60] ^= 2;
    let corrupt = refused(Batch::single(bytes.into()).unwrap(), &Limits::default());
    assert!(matches!(corrupt, BatchError::BadCrc { .. }));
    assert_eq!(corrupt.kind(), ErrorKind::Corrupt);
}

#[test]
fn compacted_topics_need_keys() {
    for codec in Compression::ALL {
        let mut builder = BatchBuilder::new();
        for key in [Some(&b"k"[..]), None, Some(b""), None] {
            builder.push(Timestamp(1), key, None, &[]);
        }
        let batch = Batch::single(builder.build(codec)).unwrap();
        batch.clone().validate(&Limits::default()).unwrap();
        // The rule is kept even where records are not looked at otherwise.
        for depth in [Depth::Header, Depth::Records] {
            let limits = Limits { key_required: true, depth, ..Limits::default() };
            let error = refused(batch.clone(), &limits);
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let fault = |index| RecordFault { index, rule: RecordRule::MissingKey };
            assert_eq!(error, BatchError::InvalidRecords(vec![fault(1), fault(3)]));
        }
    }
}

#[test]
fn timestamps_have_bounds() {
    let batch = batch_of(&[(1000, "a"), (-1, "b"), (1101, "c"), (899, "d")], Compression::Lz4);
    let timestamps = Limits::timestamps_around(Timestamp(1000), 100, 100);
    assert_eq!(timestamps, 900..=1100);
    let limits = Limits { timestamps: timestamps.clone(), ..Limits::default() };
    let error = refused(batch.clone(), &limits);
    assert_eq!(error.kind(), ErrorKind::Timestamp);
    let fault = |index, timestamp| RecordFault {
        index,
        rule: RecordRule::TimestampOutOfRange { timestamp, allowed: timestamps.clone() },
    };
    assert_eq!(error, BatchError::InvalidRecords(vec![fault(2, 1101), fault(3, 899)]));
    let shallow = Limits { depth: Depth::Header, ..limits.clone() };
    assert_eq!(refused(batch.clone(), &shallow), error, "as soon as the latest is out of bounds");
    let append_time = Limits { timestamp_type: TimestampType::LogAppendTime, ..limits };
    batch.clone().validate(&append_time).unwrap();
    let far = Limits::timestamps_around(Timestamp(1000), i64::MAX, i64::MAX);
    assert!(far.contains(&i64::MAX) && far.contains(&0));
}

#[test]
fn only_the_broker_sets_its_own_time() {
    let told = |limits: &Limits, times: &[(i64, &str)]| {
        let mut bytes = batch_of(times, Compression::None).bytes.to_vec();
        bytes[22] |= 0x08;
        let crc = crc_fast::crc32_iscsi(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        Batch::single(bytes.into()).unwrap().validate(limits)
    };
    let fault = |index, timestamp| RecordFault {
        index,
        rule: RecordRule::LogAppendTimeFromClient { timestamp, key_bytes: 1, value_bytes: 2 },
    };
    let ours = Limits { timestamp_type: TimestampType::LogAppendTime, ..Limits::default() };
    for depth in [Depth::Header, Depth::Records] {
        let ours = Limits { depth, ..ours.clone() };
        let error = told(&ours, &[(7, "ab"), (9, "cd")]).unwrap_err();
        // All of its records have the batch's time then.
        assert_eq!(error, BatchError::InvalidRecords(vec![fault(0, 9), fault(1, 9)]));
        assert_eq!(error.kind(), ErrorKind::Timestamp);
        // Where times are the producer's, Kafka takes it for one of them, unless there is none.
        let theirs = Limits { depth, ..Limits::default() };
        told(&theirs, &[(7, "ab"), (9, "cd")]).unwrap();
        let error = told(&theirs, &[(-1, "ab")]).unwrap_err();
        assert_eq!(error, BatchError::InvalidRecords(vec![fault(0, -1)]));
    }
}

#[test]
fn coordinators_may_do_more_than_clients() {
    let marker = EndTransactionMarker { result: TransactionResult::Commit, coordinator_epoch: 4 };
    let bytes = marker.build(ProducerId(1), ProducerEpoch(0), Timestamp(5));
    let batch = Batch::single(bytes).unwrap();
    assert_eq!(refused(batch.clone(), &Limits::default()), BatchError::ControlFromClient);
    batch.clone().validate(&Limits { from_client: false, ..Limits::default() }).unwrap();
}

#[test]
fn producers_may_be_idempotent_and_transactional() {
    let builder = BatchBuilder::new().producer(ProducerId(0), ProducerEpoch(0), Sequence(i32::MAX));
    let mut builder = builder.transactional();
    builder.push(Timestamp(1), None, None, &[]);
    builder.push(Timestamp(1), None, None, &[]);
    let mut batch = Batch::single(builder.build(Compression::None)).unwrap();
    batch.validate(&Limits::default()).unwrap();
    assert_eq!(batch.header.last_sequence(), Sequence(0));
}

#[test]
fn a_request_holds_one_batch() {
    let bytes = batch_of(&[(1, "a")], Compression::None).bytes;
    assert_eq!(Batch::single(bytes.slice(..0)), Err(BatchError::NoBatch));
    let cut = Batch::single(bytes.slice(..bytes.len() - 1)).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Incomplete);
    let two = Batch::single([&bytes[..], &bytes[..]].concat().into()).unwrap_err();
    assert_eq!(two, BatchError::MoreThanOne { extra_bytes: bytes.len() });
    let mut old = bytes.to_vec();
    old[16] = 1;
    assert_eq!(Batch::single(old.into()).unwrap_err().kind(), ErrorKind::OldFormat);
}
