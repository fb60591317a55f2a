//! Appends: what is refused, what offsets are given, and who waits for what.

use bytes::Bytes;
use vltava_log::LogConfig;
use vltava_model::{Offset, ProducerEpoch, Timestamp};
use vltava_partition::{
    AppendError, AppendLimits, Appended, Isolation, Origin, SequenceError, TimestampType,
    TopicSettings,
};
use vltava_records::{Batch, BatchBuilder, BatchError, Compression, ErrorKind};

use crate::support::{Bench, NOW, batch, builder, is_pending, sequenced, settings};

#[tokio::test]
async fn offsets_are_dense_and_batches_are_stamped() {
    let bench = Bench::new(settings());
    let first = bench.append_durably(batch(&["a", "b", "c"])).await;
    let second = bench.append_durably(batch(&["d"])).await;
    assert_eq!((first.base_offset, first.last_offset), (Offset(0), Offset(2)));
    assert_eq!((second.base_offset, second.last_offset), (Offset(3), Offset(3)));
    assert_eq!((first.log_append_time, first.duplicate), (None, false));
    let values: Vec<_> = bench.values(0).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["a", "b", "c", "d"]);
    let bytes = std::fs::read(bench.folder().join("00000000000000000000.log")).unwrap();
    let header = Batch::split_from(&mut Bytes::from(bytes)).unwrap().header;
    assert_eq!(header.partition_leader_epoch, 7);
}

#[tokio::test]
async fn readers_see_what_is_durable_and_acks_1_does_not_wait() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    bench.faults.hold_writes(true);
    let appended = bench.append(batch(&["b"])).await.unwrap();
    assert_eq!(appended.base_offset, Offset(1));
    assert!(is_pending(bench.partition.wait_durable(&appended)));
    assert_eq!(bench.partition.high_watermark(), Offset(1));
    assert_eq!(bench.partition.log_end_offset(), Offset(2));
    assert_eq!(bench.values(0).len(), 1);
    bench.faults.hold_writes(false);
    bench.partition.wait_durable(&appended).await.unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(2));
    assert_eq!(bench.values(0).len(), 2);
}

#[tokio::test]
async fn others_can_wait_for_what_acks_1_left() {
    let bench = Bench::new(settings());
    assert_eq!(bench.partition.unsettled(), None);
    bench.faults.hold_writes(true);
    bench.append(batch(&["a"])).await.unwrap();
    let last = bench.append(batch(&["b"])).await.unwrap();
    let lsn = bench.partition.unsettled().unwrap();
    assert_eq!(Some(lsn), last.lsn);
    assert!(is_pending(bench.partition.wait_settled(lsn)));
    bench.faults.hold_writes(false);
    bench.partition.wait_settled(lsn).await.unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(2));
    assert_eq!(bench.partition.unsettled(), None);
}

/// What a client is refused, on a topic with these settings.
async fn refusal(settings: TopicSettings, records: Bytes) -> AppendError {
    let bench = Bench::new(settings);
    let error = bench.append(records).await.unwrap_err();
    assert_eq!(bench.partition.log_end_offset(), Offset(0), "{error}");
    assert!(!bench.partition.has_failed());
    error
}

#[tokio::test]
async fn clients_send_one_sound_batch() {
    let two = [batch(&["a"]), batch(&["b"])].concat();
    let mut spoilt = batch(&["abc"]).to_vec();
    *spoilt.last_mut().unwrap() ^= 1;
    let kind = |error: AppendError| match error {
        AppendError::Batch(error) => error.kind(),
        other => panic!("{other}"),
    };
    assert_eq!(kind(refusal(settings(), Bytes::new()).await), ErrorKind::NotOne);
    assert_eq!(kind(refusal(settings(), two.into()).await), ErrorKind::NotOne);
    assert_eq!(kind(refusal(settings(), spoilt.into()).await), ErrorKind::Corrupt);
    let half = batch(&["abc"]).slice(..70);
    assert_eq!(kind(refusal(settings(), half).await), ErrorKind::Incomplete);
    let placed =
        builder(&["a"]).at(Offset(1), vltava_model::LeaderEpoch(0)).build(Compression::None);
    assert_eq!(kind(refusal(settings(), placed).await), ErrorKind::Invalid);
    let mut old = batch(&["abc"]).to_vec();
    old[16] = 1;
    assert_eq!(kind(refusal(settings(), old.into()).await), ErrorKind::OldFormat);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let large = batch(&["x".repeat(500).as_str()]);
    let size = large.len();
    let settings = |max_message_bytes: usize, segment_bytes: u32| TopicSettings {
        max_message_bytes: u32::try_from(max_message_bytes).unwrap(),
        log: LogConfig { segment_bytes, ..LogConfig::default() },
        ..TopicSettings::default()
    };
    let error = refusal(settings(size - 1, 1 << 20), large.clone()).await;
    assert!(matches!(error, AppendError::Batch(BatchError::TooLarge { .. })), "{error}");
    let error = refusal(settings(size, 100), large.clone()).await;
    assert!(matches!(error, AppendError::LargerThanSegment { .. }), "{error}");
    let bench = Bench::new(settings(size, 1 << 20));
    bench.append(large).await.unwrap();
    // A coordinator's batches are as large as it needs.
    let bench = Bench::new(settings(10, 1 << 20));
    let limits = AppendLimits::default();
    bench.partition.append(batch(&["a long value"]), Origin::Coordinator, &limits).await.unwrap();
}

#[tokio::test]
async fn rules_of_the_topic_and_of_the_request() {
    let mut keyless = BatchBuilder::new();
    keyless.push(Timestamp(NOW), None, Some(b"v"), &[]);
    for compression in [Compression::None, Compression::Lz4] {
        let records = keyless.clone().build(compression);
        let error = refusal(TopicSettings { compact: true, ..settings() }, records).await;
        assert!(matches!(error, AppendError::Batch(BatchError::InvalidRecords(_))), "{error}");
    }
    let mut late = BatchBuilder::new();
    late.push(Timestamp(NOW + 3_600_001), Some(b"k"), Some(b"v"), &[]);
    let error = refusal(settings(), late.build(Compression::None)).await;
    assert!(matches!(&error, AppendError::Batch(e) if e.kind() == ErrorKind::Timestamp), "{error}");
    for compression in [Compression::None, Compression::Gzip] {
        let mut early = BatchBuilder::new();
        early.push(Timestamp(NOW - 1001), Some(b"k"), Some(b"v"), &[]);
        early.push(Timestamp(NOW), Some(b"k"), Some(b"v"), &[]);
        let strict = TopicSettings { message_timestamp_before_max_ms: 1000, ..settings() };
        let error = refusal(strict, early.build(compression)).await;
        assert!(matches!(&error, AppendError::Batch(e) if e.kind() == ErrorKind::Timestamp));
    }
    let bench = Bench::new(settings());
    let zstd = builder(&["a"]).build(Compression::Zstd);
    let old = AppendLimits { zstd: false };
    let error = bench.partition.append(zstd.clone(), Origin::Client, &old).await.unwrap_err();
    assert!(matches!(error, AppendError::Batch(BatchError::ZstdNotAllowed)), "{error}");
    bench.append(zstd).await.unwrap();
}

#[tokio::test]
async fn log_append_time_is_the_brokers() {
    let settings =
        TopicSettings { message_timestamp_type: TimestampType::LogAppendTime, ..settings() };
    let bench = Bench::new(settings);
    bench.clock.advance_ms(5);
    let records = sequenced(9, 0, 0, &["a"]);
    let appended = bench.append_durably(records.clone()).await;
    assert_eq!(appended.log_append_time, Some(Timestamp(NOW + 5)));
    assert_eq!(bench.values(0).len(), 1);
    let found = bench.partition.max_timestamp().unwrap().unwrap();
    assert_eq!(found.timestamp, Timestamp(NOW + 5));
    bench.clock.advance_ms(5);
    let again = bench.append(records).await.unwrap();
    assert_eq!((again.log_append_time, again.duplicate), (Some(Timestamp(NOW + 5)), true));
}

#[tokio::test]
async fn a_repeated_batch_is_answered_as_the_first_and_waits_with_it() {
    let bench = Bench::new(settings());
    bench.append_durably(sequenced(9, 0, 0, &["a", "b"])).await;
    bench.faults.hold_writes(true);
    let first = bench.append(sequenced(9, 0, 2, &["c"])).await.unwrap();
    bench.append(batch(&["d"])).await.unwrap();
    let again = bench.append(sequenced(9, 0, 2, &["c"])).await.unwrap();
    assert_eq!((again.base_offset, again.last_offset), (first.base_offset, first.last_offset));
    assert!(again.duplicate);
    assert!(is_pending(bench.partition.wait_durable(&again)));
    let durable = bench.append(sequenced(9, 0, 0, &["a", "b"])).await.unwrap();
    assert_eq!((durable.base_offset, durable.lsn), (Offset(0), None));
    bench.faults.hold_writes(false);
    bench.partition.wait_durable(&again).await.unwrap();
    assert!(bench.partition.high_watermark() > again.last_offset);
    assert_eq!(bench.partition.log_end_offset(), Offset(4));
}

#[tokio::test]
async fn sequences_are_checked() {
    let bench = Bench::new(settings());
    bench.append(sequenced(9, 1, 0, &["a"])).await.unwrap();
    let error = bench.append(sequenced(9, 1, 2, &["c"])).await.unwrap_err();
    assert!(matches!(error, AppendError::Sequence(SequenceError::OutOfOrder { .. })), "{error}");
    let error = bench.append(sequenced(9, 0, 1, &["b"])).await.unwrap_err();
    assert!(
        matches!(
            error,
            AppendError::Sequence(SequenceError::InvalidEpoch { found: ProducerEpoch(0), .. })
        ),
        "{error}"
    );
    bench.append(sequenced(9, 1, 1, &["b"])).await.unwrap();
    assert_eq!(bench.partition.active_producers().len(), 1);
}

#[tokio::test]
async fn a_coordinator_appends_several_batches_as_one() {
    let bench = Bench::new(settings());
    let limits = AppendLimits::default();
    let three = Bytes::from([batch(&["a"]), batch(&["b", "c"]), batch(&["d"])].concat());
    let appended: Appended =
        bench.partition.append(three, Origin::Coordinator, &limits).await.unwrap();
    bench.partition.wait_durable(&appended).await.unwrap();
    assert_eq!((appended.base_offset, appended.last_offset), (Offset(0), Offset(3)));
    assert_eq!(bench.values(0).len(), 4);
    let none = bench.partition.append(Bytes::new(), Origin::Coordinator, &limits).await;
    assert!(matches!(none, Err(AppendError::Batch(BatchError::NoBatch))));
}

#[tokio::test]
async fn write_caching_asks_nothing_of_the_write_ahead_log() {
    let bench = Bench::new(TopicSettings { write_caching: true, ..settings() });
    bench.faults.hold_writes(true);
    let appended = bench.append(batch(&["a"])).await.unwrap();
    assert_eq!(appended.lsn, None);
    bench.partition.wait_durable(&appended).await.unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(1));
    assert_eq!(bench.partition.recovery_point(), Offset(0));
    assert_eq!(bench.store.sequences(), [0; 0]);
}

#[tokio::test]
async fn flush_messages_syncs_before_it_answers() {
    let settings = TopicSettings { write_caching: true, flush_messages: 3, ..settings() };
    let bench = Bench::new(settings);
    bench.append(batch(&["a", "b"])).await.unwrap();
    assert_eq!(bench.partition.recovery_point(), Offset(0));
    bench.append(batch(&["c"])).await.unwrap();
    assert_eq!(bench.partition.recovery_point(), Offset(3));
}

#[tokio::test]
async fn appends_wait_for_room() {
    let bench = Bench::new(settings());
    bench.faults.hold_writes(true);
    let large = batch(&["x".repeat(60_000).as_str()]);
    bench.append(large.clone()).await.unwrap();
    assert!(is_pending(bench.append(large.clone())), "100,000 bytes is the bound");
    assert_eq!(bench.partition.log_end_offset(), Offset(1), "nothing was decided");
    bench.faults.hold_writes(false);
    bench.append_durably(large).await;
}

#[tokio::test]
async fn a_failed_write_ahead_log_fails_the_partition_for_good() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    bench.faults.fail_next_write(0);
    let lost = bench.append(batch(&["b"])).await.unwrap();
    let error = bench.partition.wait_durable(&lost).await.unwrap_err();
    assert!(matches!(error, AppendError::Storage(_)), "{error}");
    assert!(bench.partition.has_failed());
    assert_eq!(bench.partition.high_watermark(), Offset(1));
    let error = bench.append(batch(&["c"])).await.unwrap_err();
    assert!(matches!(error, AppendError::Storage(_)), "{error}");
    assert!(bench.partition.read(Offset(0), 100, true, Isolation::ReadUncommitted).is_err());
    assert!(bench.partition.flush().is_err());
}

#[tokio::test]
async fn a_partition_that_had_nothing_queued_fails_with_its_next_append() {
    let bench = Bench::new(settings());
    bench.wal.close();
    assert!(matches!(bench.append(batch(&["a"])).await, Err(AppendError::Closed)));
    assert!(!bench.partition.has_failed(), "the broker is stopping, which is no failure");
    assert_eq!(bench.partition.log_end_offset(), Offset(0));
}
