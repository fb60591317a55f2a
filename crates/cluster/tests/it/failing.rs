//! Partitions that cannot be opened, or fail at work: nothing of them is lost, and the others go on.

use std::fs;
use std::time::Duration;

use tokio::time::timeout;
use vltava_model::{Offset, PartitionIndex};

use crate::support::{Bench, counted, create, delete, partition, produce, produce_counted, values};

/// Makes a partition's folder unusable, in a way that [`repair`] ends.
fn spoil(bench: &Bench) {
    let path = bench.path("t-0/partition.metadata");
    fs::rename(&path, bench.path("kept")).unwrap();
    fs::write(path, "no metadata").unwrap();
}

fn repair(bench: &Bench) {
    fs::rename(bench.path("kept"), bench.path("t-0/partition.metadata")).unwrap();
}

#[tokio::test]
async fn deleted_records_stay_deleted_while_the_partition_cannot_be_opened() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    produce_counted(&node, "t", 0..10).await;
    partition(&node, "t").delete_records(Offset(5)).unwrap();
    assert!(node.stop().await);
    drop(node);
    spoil(&bench);
    for _ in 0..2 {
        let node = bench.start().await;
        assert!(node.partitions().by_name("t", PartitionIndex(0)).is_err());
        assert!(!node.stop().await);
    }
    repair(&bench);
    let node = bench.start().await;
    assert_eq!(partition(&node, "t").log_start_offset(), Offset(5));
    assert_eq!(values(&node, "t"), counted(10)[5..]);
}

#[tokio::test]
async fn what_only_the_write_ahead_log_has_is_parked() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    create(&node, "u").await;
    produce_counted(&node, "t", 0..10).await;
    let mut cut = bench.after_a_kill();
    cut.lose_segment("t-0");
    spoil(&cut);
    // Killed again and again, before and after the write-ahead log was let go of; once with half a file.
    for round in 0..3 {
        let mut again = cut.after_a_kill();
        let node = again.start().await;
        assert_eq!(node.start_report().failed_partitions, 1);
        produce_counted(&node, "u", 0..5).await;
        let parked = again.names("parked-");
        assert_eq!(parked.len(), round + 1);
        for name in &parked {
            fs::copy(again.path(name), cut.path(name)).unwrap();
        }
        fs::write(cut.path(&format!("{}.part", parked[0])), b"half").unwrap();
    }
    let node = cut.start().await;
    node.stop().await;
    drop(node);
    repair(&cut);
    let node = cut.start().await;
    assert_eq!(values(&node, "t"), counted(10));
    assert_eq!(node.start_report().replayed_batches, 10);
    assert_eq!(cut.names("parked-"), [""; 0]);
}

#[tokio::test]
async fn what_was_parked_goes_with_its_topic() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    produce_counted(&node, "t", 0..10).await;
    let mut cut = bench.after_a_kill();
    spoil(&cut);
    let node = cut.start().await;
    assert_eq!(cut.names("parked-").len(), 1);
    delete(&node, "t").await;
    node.stop().await;
    drop(node);
    cut.start().await;
    assert_eq!(cut.names("parked-"), [""; 0]);
}

#[tokio::test]
async fn a_partition_that_fails_at_work_holds_up_no_other() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    create(&node, "u").await;
    produce_counted(&node, "t", 0..10).await;
    // Its epochs cannot be written: the next flush fails.
    let obstacle = "t-0/leader-epoch-checkpoint.tmp";
    fs::create_dir(bench.path(obstacle)).unwrap();
    let value = "x".repeat(50_000);
    for n in 0..200 {
        let produced = timeout(Duration::from_secs(20), produce(&node, "u", &value)).await;
        assert_eq!(produced.expect("there is room again and again").unwrap(), n);
    }
    assert!(partition(&node, "t").has_failed());
    assert!(produce(&node, "t", "10").await.is_err());
    // A power cut takes what was never synced.
    let mut cut = bench.after_a_kill();
    fs::remove_dir(cut.path(obstacle)).unwrap();
    cut.lose_segment("t-0");
    let restarted = cut.start().await;
    assert_eq!(values(&restarted, "t"), counted(10));
    assert_eq!(values(&restarted, "u").len(), 200);
    // And so does an end in good order.
    assert!(!node.stop().await);
    drop(node);
    fs::remove_dir(bench.path(obstacle)).unwrap();
    let node = bench.start().await;
    assert_eq!(values(&node, "t"), counted(10));
    assert!(node.partitions().by_name("t", PartitionIndex(0)).is_ok());
}
