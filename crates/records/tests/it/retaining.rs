//! What is left of a batch keeps its place, its producer and the records that were chosen, with every codec.

use proptest::collection::vec;
use proptest::prelude::*;
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{Batch, BatchBuilder, Compression, RetainedBatch, TimestampType};

use crate::records_of;
use crate::round_trip::{codec, draft, push_all};

fn whole(drafts: &[crate::round_trip::Draft], compression: Compression) -> Batch {
    let mut builder = BatchBuilder::new()
        .at(Offset(1000), LeaderEpoch(3))
        .producer(ProducerId(7), ProducerEpoch(2), Sequence(40))
        .transactional();
    push_all(&mut builder, drafts);
    Batch::single(builder.build(compression)).unwrap()
}

proptest! {
    #[test]
    fn chosen_records_stay_as_they_were(
        drafts in vec((draft(), any::<bool>()), 1..20),
        compression in codec(),
        horizon in proptest::option::of(0i64..1 << 42),
    ) {
        let (drafts, chosen): (Vec<_>, Vec<_>) = drafts.into_iter().unzip();
        let batch = whole(&drafts, compression);
        let data = batch.record_data().unwrap();
        let mut retained = RetainedBatch::of(&batch.header, horizon.map(Timestamp)).unwrap();
        for (record, _) in batch.header.records_in(&data).zip(&chosen).filter(|(_, chosen)| **chosen) {
            retained.push(&record.unwrap());
        }
        let left = Batch::single(retained.build().unwrap()).unwrap();
        left.check_crc().unwrap();
        let all = records_of(&batch);
        let expected: Vec<_> =
            all.into_iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(r, _)| r).collect();
        prop_assert_eq!(records_of(&left), expected.clone());
        let (old, new) = (&batch.header, &left.header);
        prop_assert_eq!(new.delete_horizon(), horizon.map(Timestamp));
        prop_assert_eq!((new.first_offset(), new.last_offset()), (old.first_offset(), old.last_offset()));
        prop_assert_eq!((new.base_sequence(), new.last_sequence()), (old.base_sequence(), old.last_sequence()));
        prop_assert_eq!((new.producer_id, new.producer_epoch), (old.producer_id, old.producer_epoch));
        prop_assert_eq!(new.leader_epoch(), old.leader_epoch());
        prop_assert_eq!(new.compression(), old.compression());
        prop_assert!(new.is_transactional());
        let largest = expected.iter().map(|record| record.timestamp.0).max().unwrap_or(-1);
        prop_assert_eq!(new.max_timestamp, largest);
    }
}

#[test]
fn an_append_time_stays() {
    let batch = crate::batch_of(&[(5, "a"), (6, "b")], Compression::None);
    let stamped = batch.stamp(Offset(9), LeaderEpoch(0), Some(Timestamp(77)));
    let batch = Batch::single(stamped.to_bytes()).unwrap();
    let data = batch.record_data().unwrap();
    let mut retained = RetainedBatch::of(&batch.header, Some(Timestamp(500))).unwrap();
    retained.push(&batch.header.records_in(&data).nth(1).unwrap().unwrap());
    let left = Batch::single(retained.build().unwrap()).unwrap();
    assert_eq!(left.header.timestamp_type(), TimestampType::LogAppendTime);
    assert_eq!((left.header.max_timestamp, left.header.base_timestamp), (77, 500));
    assert_eq!(records_of(&left)[0].timestamp, Timestamp(77));
    assert_eq!(records_of(&left)[0].offset, Offset(10));
}

#[test]
fn an_empty_batch_says_where_it_ended() {
    let drafts: Vec<_> = (0..3)
        .map(|n| crate::round_trip::Draft { timestamp: n, key: None, value: None, headers: vec![] })
        .collect();
    let batch = whole(&drafts, Compression::Zstd);
    let empty = Batch::single(RetainedBatch::empty(&batch.header)).unwrap();
    empty.check_crc().unwrap();
    assert!(records_of(&empty).is_empty());
    assert_eq!(empty.bytes.len(), vltava_records::HEADER_BYTES);
    let (old, new) = (&batch.header, &empty.header);
    assert_eq!((new.first_offset(), new.last_offset()), (old.first_offset(), old.last_offset()));
    assert_eq!(new.last_sequence(), old.last_sequence());
    assert_eq!((new.max_timestamp, new.base_timestamp), (2, -1));
    assert_eq!(new.compression().unwrap(), Compression::None);
    assert!(new.is_transactional() && !new.is_control());
}
