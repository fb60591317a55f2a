//! Topics that are deleted, and others of the same name.

use std::fs;

use vltava_model::Offset;

use crate::support::{Bench, counted, create, delete, partition, produce_counted, values};

/// A topic was deleted and made anew in the metadata, and the node was killed before it renamed the folder.
#[tokio::test]
async fn a_topic_does_not_begin_where_another_of_its_name_did() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    produce_counted(&node, "t", 0..10).await;
    partition(&node, "t").delete_records(Offset(5)).unwrap();
    assert!(node.stop().await);
    let mut elsewhere = bench.elsewhere();
    let other = elsewhere.start().await;
    delete(&other, "t").await;
    create(&other, "t").await;
    assert!(other.stop().await);

    drop(node);
    let node = bench.start().await;
    let reborn = partition(&node, "t");
    assert_eq!((reborn.log_start_offset(), reborn.log_end_offset()), (Offset(0), Offset(0)));
    produce_counted(&node, "t", 0..3).await;
    let mut killed = bench.after_a_kill();
    killed.lose_segment("t-0");
    assert_eq!(values(&*killed.start().await, "t"), counted(3));
}

/// The offset checkpoints still have the old topic's offsets while its successor takes records.
#[tokio::test]
async fn a_topic_does_not_go_by_checkpoints_that_speak_of_another() {
    let mut bench = Bench::new(&[]);
    let node = bench.start().await;
    create(&node, "t").await;
    produce_counted(&node, "t", 0..10).await;
    partition(&node, "t").delete_records(Offset(5)).unwrap();
    node.partitions().write_checkpoints().unwrap();
    // A folder in its place: the checkpoint cannot be written.
    let obstacle = bench.path("log-start-offset-checkpoint.tmp");
    fs::create_dir(&obstacle).unwrap();
    delete(&node, "t").await;
    create(&node, "t").await;
    produce_counted(&node, "t", 0..3).await;
    let mut killed = bench.after_a_kill();
    fs::remove_dir(killed.path("log-start-offset-checkpoint.tmp")).unwrap();
    let node = killed.start().await;
    assert_eq!(partition(&node, "t").log_start_offset(), Offset(0));
    // What was recovered may be synced by now, and then a power cut leaves it.
    let recovered = partition(&node, "t").size_bytes();
    produce_counted(&node, "t", 3..6).await;
    let mut killed = killed.after_a_kill();
    killed.cut_segment_to("t-0", recovered);
    assert_eq!(values(&*killed.start().await, "t"), counted(6));
}
