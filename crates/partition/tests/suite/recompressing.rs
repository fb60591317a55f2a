//! `compression.type`: batches are kept in the topic's codec, whoever produced them.

use bytes::Bytes;
use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_partition::{
    AppendError, AppendLimits, Compression, Origin, TimestampType, TopicCompression, TopicSettings,
};
use vltava_records::{
    Batch, BatchHeader, EndTransactionMarker, ErrorKind, TransactionResult, batches,
};

use crate::support::{Bench, NOW, builder, sequenced, settings};

fn kept_as(codec: Compression) -> TopicSettings {
    TopicSettings { compression: Some(TopicCompression { codec, level: None }), ..settings() }
}

/// The batches in the first segment.
fn stored(bench: &Bench) -> Vec<Batch> {
    let bytes = std::fs::read(bench.folder().join("00000000000000000000.log")).unwrap();
    batches(bytes.into()).map(Result::unwrap).collect()
}

/// Beyond what is compressed at once, so that both ways are gone.
const LONG: usize = 20_000;

#[tokio::test]
async fn every_codec_becomes_the_topics() {
    for target in Compression::ALL {
        let bench = Bench::new(kept_as(target));
        let long = "x".repeat(LONG);
        for (n, source) in Compression::ALL.into_iter().enumerate() {
            bench.append_durably(builder(&["a", "b"]).build(source)).await;
            let appended = bench.append_durably(builder(&["c", &long]).build(source)).await;
            let last = i64::try_from(n * 4 + 3).unwrap();
            assert_eq!(appended.last_offset, Offset(last));
        }
        for batch in stored(&bench) {
            batch.check_crc().unwrap();
            assert_eq!(batch.header.compression(), Ok(target));
            assert_eq!(batch.header.partition_leader_epoch, 7);
        }
        let values = bench.values(0);
        assert_eq!(values.len(), 20);
        assert!(values.chunks(4).all(|four| {
            let values: Vec<&str> = four.iter().map(|(_, value)| value.as_str()).collect();
            values == ["a", "b", "c", &long]
        }));
    }
}

#[tokio::test]
async fn what_is_right_already_stays_byte_for_byte() {
    let level = Some(19);
    for compression in [None, Some(TopicCompression { codec: Compression::Zstd, level })] {
        let bench = Bench::new(TopicSettings { compression, ..settings() });
        let sent = builder(&["a", "b", &"c".repeat(LONG)]).build(Compression::Zstd);
        bench.append_durably(sent.clone()).await;
        assert_eq!(stored(&bench)[0].bytes[16..], sent[16..]);
    }
}

#[tokio::test]
async fn a_producer_is_known_by_what_it_sent() {
    let bench = Bench::new(kept_as(Compression::Zstd));
    let records = sequenced(9, 2, 0, &["a", "b"]);
    bench.append_durably(records.clone()).await;
    let again = bench.append(records).await.unwrap();
    assert_eq!((again.base_offset, again.duplicate), (Offset(0), true));
    let error = bench.append(sequenced(9, 2, 5, &["c"])).await.unwrap_err();
    assert!(matches!(error, AppendError::Sequence(_)), "{error}");
    let BatchHeader { producer_id, producer_epoch, .. } = stored(&bench)[0].header;
    assert_eq!((producer_id, producer_epoch), (9, 2));
    assert_eq!(stored(&bench)[0].header.last_sequence(), Sequence(1));
}

#[tokio::test]
async fn the_brokers_time_goes_with_it() {
    let bench = Bench::new(TopicSettings {
        message_timestamp_type: TimestampType::LogAppendTime,
        ..kept_as(Compression::Gzip)
    });
    bench.clock.advance_ms(5);
    let appended = bench.append_durably(builder(&["a"]).build(Compression::None)).await;
    assert_eq!(appended.log_append_time, Some(Timestamp(NOW + 5)));
    let header = stored(&bench)[0].header;
    assert_eq!(header.timestamp_type(), TimestampType::LogAppendTime);
    assert_eq!((header.base_timestamp, header.max_timestamp), (NOW, NOW + 5));
}

#[tokio::test]
async fn sizes_hold_for_what_is_kept() {
    let sent = builder(&["a", &"b".repeat(LONG)]).build(Compression::Gzip);
    let max_message_bytes = u32::try_from(sent.len()).unwrap();
    let bench = Bench::new(TopicSettings { max_message_bytes, ..kept_as(Compression::None) });
    let error = bench.append(sent).await.unwrap_err();
    assert!(matches!(&error, AppendError::Batch(e) if e.kind() == ErrorKind::TooLarge), "{error}");
    let mut small = kept_as(Compression::None);
    small.log.segment_bytes = max_message_bytes;
    let bench = Bench::new(small);
    let sent = builder(&["a", &"b".repeat(LONG)]).build(Compression::Gzip);
    let error = bench.append(sent).await.unwrap_err();
    assert!(matches!(error, AppendError::LargerThanSegment { .. }), "{error}");
}

#[tokio::test]
async fn a_coordinators_batches_too_but_for_markers() {
    let bench = Bench::new(kept_as(Compression::Snappy));
    let marker = EndTransactionMarker { result: TransactionResult::Commit, coordinator_epoch: 0 };
    let marker = marker.build(ProducerId(9), ProducerEpoch(0), Timestamp(NOW));
    let all = [builder(&["a"]).build(Compression::None), marker.clone()].concat();
    let limits = AppendLimits::default();
    let appended =
        bench.partition.append(Bytes::from(all), Origin::Coordinator, &limits).await.unwrap();
    bench.partition.wait_durable(&appended).await.unwrap();
    let stored = stored(&bench);
    assert_eq!(stored[0].header.compression(), Ok(Compression::Snappy));
    assert_eq!(stored[1].header.compression(), Ok(Compression::None));
    assert_eq!(stored[1].bytes[16..], marker[16..]);
}
