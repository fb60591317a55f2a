//! Giving a batch its place in a log.

use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_records::{Batch, Compression, Limits, StampedBatch, TimestampType};

use crate::{batch_of, records_of};

fn read_back(stamped: &StampedBatch) -> Batch {
    let batch = Batch::single(stamped.to_bytes()).unwrap();
    batch.check_crc().unwrap();
    assert_eq!(batch.header, stamped.header());
    batch
}

#[test]
fn only_offset_and_epoch_change() {
    let batch = batch_of(&[(5, "a"), (6, "b"), (4, "c")], Compression::Lz4);
    let stamped = batch.stamp(Offset(1000), LeaderEpoch(7), None);
    assert_eq!((stamped.first_offset(), stamped.last_offset()), (Offset(1000), Offset(1002)));
    let placed = read_back(&stamped);
    assert_eq!(placed.bytes[16..], batch.bytes[16..]);
    assert_eq!(placed.header.leader_epoch(), LeaderEpoch(7));
}

#[test]
fn log_append_time_goes_for_every_record() {
    let batch = batch_of(&[(5, "a"), (6, "b")], Compression::Zstd);
    let placed = read_back(&batch.stamp(Offset(3), LeaderEpoch(0), Some(Timestamp(77))));
    assert_eq!(placed.header.timestamp_type(), TimestampType::LogAppendTime);
    assert_eq!(placed.header.max_timestamp(), Timestamp(77));
    assert!(records_of(&placed).iter().all(|record| record.timestamp == Timestamp(77)));
    assert_eq!(placed.body(), batch.body());
}

/// Kafka corrects a wrong max timestamp instead of refusing it.
#[test]
fn a_wrong_max_timestamp_is_corrected() {
    for codec in Compression::ALL {
        let right = batch_of(&[(5, "a"), (9, "b"), (4, "c")], codec);
        let mut bytes = right.bytes.to_vec();
        bytes[35..43].copy_from_slice(&1_000_000i64.to_be_bytes());
        let crc = crc_fast::crc32_iscsi(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        let mut wrong = Batch::single(bytes.into()).unwrap();
        wrong.validate(&Limits::default()).unwrap();
        assert_eq!(wrong.header.max_timestamp, 9);
        let placed = read_back(&wrong.stamp(Offset(0), LeaderEpoch(-1), None));
        assert_eq!(placed.bytes, right.bytes);
    }
}
