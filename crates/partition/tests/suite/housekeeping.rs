//! Settings, deleting, flushing and the end.

use vltava_log::LogConfig;
use vltava_model::Offset;
use vltava_partition::{AppendError, DeleteRecordsError, LookupError, TopicSettings};

use crate::support::{Bench, batch, settings, small_segments};

#[tokio::test]
async fn records_are_deleted_up_to_the_high_watermark() {
    let bench = Bench::new(small_segments());
    for _ in 0..30 {
        bench.append_durably(batch(&["a value"])).await;
    }
    bench.faults.hold_writes(true);
    bench.append(batch(&["not durable"])).await.unwrap();
    let delete = |before| bench.partition.delete_records(Offset(before));
    assert_eq!(delete(12), Ok(Offset(12)));
    assert_eq!(delete(3), Ok(Offset(12)), "never down");
    for offset in [31, -2] {
        let offset = Offset(offset);
        let (log_start_offset, high_watermark) = (Offset(12), Offset(30));
        let expected = DeleteRecordsError::OutOfRange { offset, log_start_offset, high_watermark };
        assert_eq!(bench.partition.delete_records(offset), Err(expected));
    }
    assert_eq!(bench.values(12).len(), 18);
    assert!(!bench.partition.retention().unwrap().is_empty());
    assert_eq!(bench.partition.log_start_offset(), Offset(12));
    assert_eq!(delete(-1), Ok(Offset(30)));
    bench.faults.hold_writes(false);
}

#[tokio::test]
async fn compacted_topics_keep_their_records() {
    let mut log =
        LogConfig { delete_enabled: false, compact_enabled: true, ..LogConfig::default() };
    let bench = Bench::new(TopicSettings { log: log.clone(), compact: true, ..settings() });
    bench.append_durably(batch(&["a"])).await;
    assert_eq!(bench.partition.delete_records(Offset(1)), Err(DeleteRecordsError::NotDeletable));
    // One that keeps everything is told what to delete.
    log.compact_enabled = false;
    bench.partition.configure(TopicSettings { log, ..settings() }).unwrap();
    assert_eq!(bench.partition.delete_records(Offset(1)), Ok(Offset(1)));
}

#[tokio::test]
async fn retention_takes_no_more_than_is_durable() {
    let mut settings = small_segments();
    settings.log.retention_bytes = 0;
    settings.log.file_delete_delay_ms = 1000;
    let bench = Bench::new(settings);
    for _ in 0..30 {
        bench.append_durably(batch(&["a value"])).await;
    }
    bench.faults.hold_writes(true);
    for _ in 0..30 {
        bench.append(batch(&["a value"])).await.unwrap();
    }
    let deleted = bench.partition.retention().unwrap();
    assert!(!deleted.is_empty());
    assert!(bench.folder().join("00000000000000000000.log.deleted").exists());
    assert!(bench.partition.log_start_offset() <= Offset(30));
    bench.faults.hold_writes(false);
    bench.append_durably(batch(&["the last"])).await;
    bench.partition.retention().unwrap();
    assert_eq!(bench.partition.log_start_offset(), Offset(61));
    assert_eq!(bench.values(61), []);
    bench.append_durably(batch(&["after"])).await;
    assert_eq!(bench.values(61), [(61, "after".to_owned())]);
    bench.clock.advance_ms(1001);
    bench.partition.retention().unwrap();
    let files = std::fs::read_dir(bench.folder()).unwrap().map(Result::unwrap);
    let names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
    assert!(!names.contains(&"00000000000000000000.log.deleted".to_owned()), "{names:?}");
}

#[tokio::test]
async fn flushing_moves_the_recovery_point() {
    let bench = Bench::new(small_segments());
    for _ in 0..30 {
        bench.append_durably(batch(&["a value"])).await;
    }
    assert_eq!(bench.partition.recovery_point(), Offset(0));
    bench.partition.flush().unwrap();
    assert_eq!(bench.partition.recovery_point(), Offset(30));
}

#[tokio::test]
async fn flush_ms_is_for_write_caching() {
    let durable = Bench::new(TopicSettings { flush_ms: 10, ..settings() });
    let caching = Bench::new(TopicSettings { write_caching: true, flush_ms: 10, ..settings() });
    for bench in [&durable, &caching] {
        bench.append_durably(batch(&["a"])).await;
        assert!(!bench.partition.flush_due());
        bench.clock.advance_ms(10);
    }
    assert!(!durable.partition.flush_due());
    assert!(caching.partition.flush_due());
    caching.partition.flush().unwrap();
    caching.clock.advance_ms(10);
    assert!(!caching.partition.flush_due(), "there is nothing to flush");
}

#[tokio::test]
async fn switching_write_caching_off_syncs_what_came_before() {
    let bench = Bench::new(TopicSettings { write_caching: true, ..settings() });
    bench.append(batch(&["a", "b"])).await.unwrap();
    bench.partition.configure(settings()).unwrap();
    assert_eq!(bench.partition.recovery_point(), Offset(2));
    let appended = bench.append_durably(batch(&["c"])).await;
    assert!(appended.lsn.is_some());
    bench.faults.hold_writes(true);
    bench.append(batch(&["d"])).await.unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(3));
    bench.partition.configure(TopicSettings { write_caching: true, ..settings() }).unwrap();
    bench.append(batch(&["e"])).await.unwrap();
    assert_eq!(bench.partition.high_watermark(), Offset(5));
    bench.faults.hold_writes(false);
}

#[tokio::test]
async fn after_the_end_there_is_nothing() {
    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    bench.partition.close().unwrap();
    assert!(matches!(bench.append(batch(&["b"])).await, Err(AppendError::Closed)));
    assert_eq!(bench.partition.flush(), Err(LookupError::Closed));
    assert_eq!(bench.partition.close(), Err(LookupError::Closed));

    let bench = Bench::new(settings());
    bench.append_durably(batch(&["a"])).await;
    let path = bench.partition.delete().unwrap().unwrap();
    assert!(path.exists() && !bench.folder().exists());
    assert!(path.file_name().unwrap().to_str().unwrap().ends_with("-delete"));
    assert!(matches!(bench.append(batch(&["b"])).await, Err(AppendError::Closed)));
    assert_eq!(bench.partition.delete(), Err(LookupError::Closed));
    assert_eq!(bench.partition.log_end_offset(), Offset(0));
}

#[tokio::test]
async fn a_failed_partition_can_be_deleted() {
    let bench = Bench::new(settings());
    bench.faults.fail_next_write(0);
    let lost = bench.append(batch(&["a"])).await.unwrap();
    assert!(bench.partition.wait_durable(&lost).await.is_err());
    assert!(bench.partition.delete().unwrap().unwrap().exists());
}
