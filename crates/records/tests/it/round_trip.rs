//! What is built comes back as it was, with every codec.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{Batch, BatchBuilder, Compression, Limits, RecordHeader};

use crate::records_of;

/// What a record is made of.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Draft {
    pub(crate) fn headers(&self) -> Vec<RecordHeader> {
        let header = |(key, value): &(String, Option<Vec<u8>>)| RecordHeader {
            key: Bytes::from(key.clone()),
            value: value.clone().map(Bytes::from),
        };
        self.headers.iter().map(header).collect()
    }
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let blob = || proptest::option::of(vec(any::<u8>(), 0..40));
    let long = (any::<u8>(), 0usize..100_000).prop_map(|(byte, count)| Some(vec![byte; count]));
    let value = prop_oneof![9 => blob(), 1 => long];
    let headers = vec(("[a-c]{0,2}", blob()), 0..4);
    (0i64..1 << 42, blob(), value, headers).prop_map(|(timestamp, key, value, headers)| Draft {
        timestamp,
        key,
        value,
        headers,
    })
}

pub(crate) fn codec() -> impl Strategy<Value = Compression> {
    proptest::sample::select(&Compression::ALL[..])
}

pub(crate) fn push_all(builder: &mut BatchBuilder, drafts: &[Draft]) {
    for draft in drafts {
        let (key, value) = (draft.key.as_deref(), draft.value.as_deref());
        builder.push(Timestamp(draft.timestamp), key, value, &draft.headers());
    }
}

fn check(batch: &Batch, drafts: &[Draft]) {
    let records = records_of(batch);
    assert_eq!(records.len(), drafts.len());
    for (index, (record, draft)) in records.iter().zip(drafts).enumerate() {
        let offset = batch.header.base_offset + i64::try_from(index).unwrap();
        assert_eq!(record.offset, Offset(offset));
        assert_eq!(record.timestamp, Timestamp(draft.timestamp));
        assert_eq!(record.key.as_deref(), draft.key.as_deref());
        assert_eq!(record.value.as_deref(), draft.value.as_deref());
        assert_eq!(record.headers.iter().collect::<Vec<_>>(), draft.headers());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn built_batches_are_valid_and_come_back(
        drafts in vec(draft(), 1..20),
        codec in codec(),
        other in codec(),
        sequence in 0..i32::MAX,
    ) {
        let producer = (ProducerId(7), ProducerEpoch(1), Sequence(sequence));
        let mut builder = BatchBuilder::new().producer(producer.0, producer.1, producer.2);
        push_all(&mut builder, &drafts);
        let mut batch = Batch::single(builder.build(codec)).unwrap();
        let limits = Limits { batch_bytes_max: usize::MAX, ..Limits::default() };
        let header = batch.header;
        batch.validate(&limits).unwrap();
        prop_assert_eq!(batch.header, header);
        let latest = drafts.iter().map(|draft| draft.timestamp).max();
        prop_assert_eq!(Some(header.max_timestamp), latest);
        check(&batch, &drafts);

        let mut rewritten = batch.recompress(&limits, other, None).unwrap();
        prop_assert_eq!(rewritten.header.compression(), Ok(other));
        rewritten.validate(&limits).unwrap();
        check(&rewritten, &drafts);
        let back = rewritten.recompress(&limits, codec, None).unwrap();
        prop_assert_eq!(&back.bytes, &batch.bytes);

        let stamped = batch.stamp(Offset(1 << 40), LeaderEpoch(5), None);
        let read_back = Batch::single(stamped.to_bytes()).unwrap();
        read_back.check_crc().unwrap();
        prop_assert_eq!(read_back.header.leader_epoch(), LeaderEpoch(5));
        check(&read_back, &drafts);
    }

    #[test]
    fn borrowed_records_are_the_same(drafts in vec(draft(), 0..10), codec in codec()) {
        let mut builder = BatchBuilder::new();
        push_all(&mut builder, &drafts);
        let batch = Batch::single(builder.build(codec)).unwrap();
        let data = batch.record_data().unwrap();
        let refs: Vec<_> = batch.header.records_in(&data).map(Result::unwrap).collect();
        let owned = records_of(&batch);
        prop_assert_eq!(refs.len(), owned.len());
        for (record, owned) in refs.iter().zip(&owned) {
            prop_assert_eq!((record.offset, record.timestamp), (owned.offset, owned.timestamp));
            prop_assert_eq!(record.key, owned.key.as_deref());
            prop_assert_eq!(record.value, owned.value.as_deref());
            let headers: Vec<_> = owned.headers.iter().collect();
            prop_assert_eq!(record.headers.len(), headers.len());
            for ((key, value), header) in record.headers.zip(&headers) {
                prop_assert_eq!((key, value), (&*header.key, header.value.as_deref()));
            }
        }
    }
}

#[test]
fn levels_are_brought_inside_their_range() {
    let data = b"level ".repeat(1000);
    for codec in Compression::ALL {
        for level in [i32::MIN, -1, 0, 1, 9, 22, i32::MAX] {
            let mut out = Vec::new();
            codec.compress(Some(level), &data, &mut out);
            assert_eq!(codec.decompress(&out, data.len()).unwrap(), data);
        }
    }
}

#[test]
fn compacted_batches_have_gaps() {
    let mut builder = BatchBuilder::new().at(Offset(100), LeaderEpoch(0));
    for delta in [3, 7, 8] {
        builder.push_at(delta, Timestamp(1), Some(b"k"), None, &[]);
    }
    let batch = Batch::single(builder.build(Compression::None)).unwrap();
    let offsets: Vec<_> = records_of(&batch).iter().map(|record| record.offset.0).collect();
    assert_eq!(offsets, [103, 107, 108]);
    assert_eq!(batch.header.next_offset(), Offset(109));
}
