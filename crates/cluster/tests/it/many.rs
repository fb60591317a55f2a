//! Partitions that nobody uses: they are not opened, have no files, and are closed again.

use vltava_model::{Offset, PartitionIndex};

use crate::support::{Bench, counted, create_with, delete, partition, produce_counted, values};

/// The topics' folders.
fn folders(bench: &Bench) -> usize {
    bench.names("t-").len()
}

#[tokio::test]
async fn a_partition_has_no_folder_before_its_first_record() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create_with(&node, "t", 1000).await;
    assert_eq!(node.partitions().all().len(), 0);
    let read = node.partitions().by_name("t", PartitionIndex(999)).unwrap();
    assert_eq!((read.log_end_offset(), folders(&bench)), (Offset(0), 0));
    produce_counted(&node, "t", 0..10).await;
    assert_eq!((node.partitions().all().len(), folders(&bench)), (2, 1));
    assert_eq!(node.partitions().sizes().len(), 1000);
    delete(&node, "t").await;
    assert_eq!(node.partitions().all().len(), 0);
    assert!(bench.names("t-0.")[0].ends_with("-delete"));
    create_with(&node, "t", 2).await;
    assert_eq!(partition(&node, "t").log_end_offset(), Offset(0));
    assert!(node.stop().await);
}

#[tokio::test]
async fn after_a_stop_in_good_order_nothing_is_opened() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create_with(&node, "t", 3).await;
    produce_counted(&node, "t", 0..10).await;
    partition(&node, "t").delete_records(Offset(4)).unwrap();
    let bytes = partition(&node, "t").size_bytes();
    assert!(node.stop().await);
    drop(node);
    for _ in 0..2 {
        let node = bench.start().await;
        let report = node.start_report();
        assert_eq!((report.partitions, report.bytes, report.clean), (3, bytes, true));
        assert_eq!(node.partitions().all().len(), 0);
        assert_eq!(node.partitions().sizes()[0].1, bytes);
        assert!(node.stop().await);
    }
    let node = bench.start().await;
    assert_eq!(values(&node, "t"), counted(10)[4..]);
    produce_counted(&node, "t", 10..12).await;
    let mut killed = bench.after_a_kill();
    let node = killed.start().await;
    assert_eq!((node.start_report().clean, node.start_report().replayed_batches), (false, 0));
    assert_eq!(values(&node, "t"), counted(12)[4..]);
}

/// Closed and opened again at work, and killed at each step: nothing is lost.
#[tokio::test]
async fn a_partition_that_nobody_uses_is_closed() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create_with(&node, "t", 2).await;
    for round in 0..4_i64 {
        produce_counted(&node, "t", round * 10..round * 10 + 10).await;
        let mut killed = bench.after_a_kill();
        assert_eq!(values(&*killed.start().await, "t"), counted(round * 10 + 10));
        node.partitions().close_unused();
        assert_eq!(node.partitions().all().len(), 1, "used since the last time");
        let held = partition(&node, "t");
        node.partitions().close_unused();
        node.partitions().close_unused();
        assert_eq!(node.partitions().all().len(), 1, "somebody has it");
        drop(held);
        node.partitions().close_unused();
        assert_eq!(node.partitions().all().len(), 0);
        let mut killed = bench.after_a_kill();
        let restarted = killed.start().await;
        assert_eq!(values(&restarted, "t"), counted(round * 10 + 10));
        produce_counted(&restarted, "t", round * 10 + 10..round * 10 + 12).await;
        let mut killed = killed.after_a_kill();
        // What only the write-ahead log has by now.
        killed.cut_segment("t-0");
        assert_eq!(values(&*killed.start().await, "t"), counted(round * 10 + 12));
        assert_eq!(values(&node, "t"), counted(round * 10 + 10));
    }
    assert!(node.stop().await);
}

/// Somebody took the file away: everything is looked at, and nothing lost.
#[tokio::test]
async fn a_summary_that_is_lost_is_made_anew() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create_with(&node, "t", 2).await;
    produce_counted(&node, "t", 0..10).await;
    partition(&node, "t").delete_records(Offset(4)).unwrap();
    assert!(node.stop().await);
    drop(node);
    for content in [None, Some(""), Some("vltava-partitions 1\nclosed 0 0 x")] {
        let path = bench.path("partitions.summary");
        match content {
            Some(content) => std::fs::write(path, content).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
        let node = bench.start().await;
        assert_eq!(values(&node, "t"), counted(10)[4..]);
        assert!(node.stop().await);
    }
}
