//! Records by timestamp.

use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_records::{Batch, BatchBuilder, Compression};

use crate::batch_of;

#[test]
fn the_first_record_that_is_late_enough() {
    for codec in Compression::ALL {
        let batch = batch_of(&[(10, "a"), (30, "b"), (20, "c"), (30, "d")], codec);
        let find = |timestamp, from| {
            let found = batch.offset_for_timestamp(Timestamp(timestamp), Offset(from)).unwrap();
            found.map(|(timestamp, offset)| (timestamp.0, offset.0))
        };
        assert_eq!(find(0, 0), Some((10, 0)));
        assert_eq!(find(11, 0), Some((30, 1)));
        assert_eq!(find(11, 2), Some((20, 2)));
        assert_eq!(find(30, 2), Some((30, 3)));
        assert_eq!(find(31, 0), None);
        assert_eq!(find(0, 4), None);
        assert_eq!(batch.offset_of_max_timestamp(), Ok(Some(Offset(1))));
    }
}

#[test]
fn log_append_time_gives_the_first_record() {
    let batch = batch_of(&[(1, "a"), (2, "b")], Compression::None);
    let stamped = batch.stamp(Offset(8), LeaderEpoch(0), Some(Timestamp(50)));
    let batch = Batch::single(stamped.to_bytes()).unwrap();
    assert_eq!(batch.offset_of_max_timestamp(), Ok(Some(Offset(8))));
    let found = batch.offset_for_timestamp(Timestamp(40), Offset(9)).unwrap();
    assert_eq!(found, Some((Timestamp(50), Offset(9))));
}

#[test]
fn batches_without_records_or_timestamps_have_no_latest() {
    let none = batch_of(&[(-1, "a")], Compression::Gzip);
    assert_eq!(none.offset_of_max_timestamp(), Ok(None));
    let empty = Batch::single(BatchBuilder::new().build(Compression::None)).unwrap();
    assert_eq!(empty.offset_of_max_timestamp(), Ok(None));
    assert_eq!(empty.offset_for_timestamp(Timestamp(-5), Offset(-9)), Ok(None));
    assert_eq!(empty.records().unwrap().count(), 0);
}
