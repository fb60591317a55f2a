//! The coordinator's records on their way to the disk; and the end of a node.

use std::time::Duration;

use tokio::time::timeout;
use vltava_cluster::{GroupsUnavailable, Node};
use vltava_coordinator::group::{
    Answer, CommittedPartition, CommittedTopic, Membership, OffsetCommit, OffsetFetch, Request,
};
use vltava_model::{
    GenerationId, GroupId, LeaderEpoch, MemberId, Offset, PartitionIndex, TopicId, TopicName,
};

use crate::support::{Bench, create, partition, produce};

const PATIENCE: Duration = Duration::from_secs(20);

fn group() -> GroupId {
    GroupId::new("g")
}

/// A commit by nobody's member, for so many partitions.
fn commit(offset: i64, partitions: i32) -> Request {
    let partition = |index| CommittedPartition {
        partition: PartitionIndex(index),
        offset: Offset(offset),
        leader_epoch: LeaderEpoch(-1),
        metadata: Some("x".repeat(4000).into()),
    };
    let topic = CommittedTopic {
        topic: TopicName::new("t").unwrap(),
        topic_id: TopicId::ZERO,
        partitions: (0..partitions).map(partition).collect(),
    };
    Request::OffsetCommit(OffsetCommit {
        member: Membership {
            group_id: group(),
            member_id: MemberId::new(""),
            instance_id: None,
            generation_id: GenerationId(-1),
        },
        retention_time_ms: None,
        reports_unknown_groups: true,
        topics: vec![topic],
    })
}

async fn ask(node: &Node, request: Request) -> Result<Answer, GroupsUnavailable> {
    node.groups().request(&group(), request).await
}

async fn committed(node: &Node) -> String {
    let fetch = OffsetFetch { group_id: group(), topics: None, require_stable: false };
    let answer = ask(node, Request::OffsetFetch(fetch)).await.unwrap();
    let Answer::OffsetFetch(topics) = answer else { panic!("{answer:?}") };
    format!("{topics:?}")
}

const PROPERTIES: [(&str, &str); 2] =
    [("offsets.topic.num.partitions", "1"), ("offsets.topic.segment.bytes", "1048576")];

#[tokio::test]
async fn a_coordinator_that_is_loaded_again_misses_nothing() {
    let mut bench = Bench::new(&PROPERTIES);
    bench.queued_bytes_max = 4 << 20;
    let node = bench.start().await;
    node.ensure_offsets_topic().await.unwrap();
    ask(&node, commit(1, 1)).await.unwrap();
    bench.faults.hold_writes(true);
    let offsets = partition(&node, "__consumer_offsets");
    let before = offsets.log_end_offset();
    let pending = tokio::join!(ask(&node, commit(7, 1)), async {
        while offsets.log_end_offset() == before {
            tokio::task::yield_now().await;
        }
        // Larger than a segment: it cannot be appended, and the coordinator starts again.
        let refused = ask(&node, commit(8, 300)).await;
        assert!(refused.is_err());
        bench.faults.hold_writes(false);
    });
    assert!(pending.0.is_err(), "nobody knows");
    let offsets = timeout(PATIENCE, committed(&node)).await.unwrap();
    assert!(offsets.contains("Offset(7)"), "{offsets}");
    assert!(node.stop().await);
}

#[tokio::test]
async fn a_node_ends_though_the_disk_is_full() {
    let mut bench = Bench::new(&PROPERTIES);
    let node = bench.start().await;
    node.ensure_offsets_topic().await.unwrap();
    create(&node, "t").await;
    produce(&node, "t", "a").await.unwrap();
    bench.faults.disk_full(true);
    let value = "x".repeat(200_000);
    let (first, second) = (produce(&node, "t", &value), produce(&node, "t", &value));
    let request = ask(&node, commit(1, 1));
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        timeout(PATIENCE, node.stop()).await
    };
    let (first, second, request, stopped) = tokio::join!(first, second, request, stop);
    assert!(!stopped.expect("it ends"));
    assert!(first.is_err() && second.is_err() && request.is_err());
    drop(node);
    bench.start().await;
}
