//! Against `kafka-protocol`, which was written by others. Its headers are a map, so that keys must differ.

use bytes::BytesMut;
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records as peer;
use proptest::collection::vec;
use proptest::prelude::*;
use vltava_records::{Batch, BatchBuilder, Compression, Limits};

use crate::records_of;
use crate::round_trip::{Draft, draft, push_all};

fn distinct_headers(mut drafts: Vec<Draft>) -> Vec<Draft> {
    for draft in &mut drafts {
        draft.headers.sort_by(|a, b| a.0.cmp(&b.0));
        draft.headers.dedup_by(|a, b| a.0 == b.0);
    }
    drafts
}

fn to_peer(draft: &Draft, index: usize) -> peer::Record {
    let offset = i64::try_from(index).unwrap();
    let header = |(key, value): &(String, Option<Vec<u8>>)| {
        (StrBytes::from_string(key.clone()), value.clone().map(Into::into))
    };
    peer::Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id: 9,
        producer_epoch: 2,
        timestamp_type: peer::TimestampType::Creation,
        offset,
        sequence: i32::try_from(index).unwrap(),
        timestamp: draft.timestamp,
        key: draft.key.clone().map(Into::into),
        value: draft.value.clone().map(Into::into),
        headers: draft.headers.iter().map(header).collect::<IndexMap<_, _>>(),
    }
}

proptest! {
    #[test]
    fn its_batches_are_read(drafts in vec(draft(), 1..10)) {
        let drafts = distinct_headers(drafts);
        let records: Vec<_> = drafts.iter().enumerate().map(|(i, d)| to_peer(d, i)).collect();
        let mut bytes = BytesMut::new();
        let options =
            peer::RecordEncodeOptions { version: 2, compression: peer::Compression::None };
        peer::RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
        let mut batch = Batch::single(bytes.freeze()).unwrap();
        batch.validate(&Limits::default()).unwrap();
        prop_assert_eq!((batch.header.producer_id, batch.header.producer_epoch), (9, 2));
        for (record, draft) in records_of(&batch).iter().zip(&drafts) {
            prop_assert_eq!(record.timestamp.0, draft.timestamp);
            prop_assert_eq!(record.key.as_deref(), draft.key.as_deref());
            prop_assert_eq!(record.value.as_deref(), draft.value.as_deref());
            prop_assert_eq!(record.headers.iter().collect::<Vec<_>>(), draft.headers());
        }
    }

    #[test]
    fn our_batches_are_read_by_it(drafts in vec(draft(), 1..10)) {
        let drafts = distinct_headers(drafts);
        let mut builder = BatchBuilder::new();
        push_all(&mut builder, &drafts);
        let mut bytes = builder.build(Compression::None);
        let read = peer::RecordBatchDecoder::decode(&mut bytes).unwrap().records;
        prop_assert_eq!(read.len(), drafts.len());
        for (index, (record, draft)) in read.iter().zip(&drafts).enumerate() {
            let expected = to_peer(draft, index);
            prop_assert_eq!(record.offset, expected.offset);
            prop_assert_eq!(record.timestamp, expected.timestamp);
            prop_assert_eq!(&record.key, &expected.key);
            prop_assert_eq!(&record.value, &expected.value);
            prop_assert_eq!(&record.headers, &expected.headers);
        }
    }
}
