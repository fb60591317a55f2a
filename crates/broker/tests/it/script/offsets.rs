//! Offsets of partitions: looking them up, and deleting records.

use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_protocol::messages::offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition, OffsetForLeaderTopic,
};

use super::{Script, text};

pub(super) async fn run(script: &mut Script) {
    list(script).await;
    epochs(script).await;
    delete(script).await;
}

fn at(topic: &str, partition_index: i32, timestamp: i64) -> ListOffsetsRequest {
    let partition =
        ListOffsetsPartition { partition_index, timestamp, ..ListOffsetsPartition::default() };
    let topic = ListOffsetsTopic { name: text(topic), partitions: vec![partition] };
    ListOffsetsRequest {
        replica_id: -1,
        topics: vec![topic],
        timeout_ms: 9_000,
        ..ListOffsetsRequest::default()
    }
}

async fn list(script: &mut Script) {
    for timestamp in [-1, -2, -3, -4, -5, -6, -7, 0, 1_750_000_000_001, 1_750_000_000_002, i64::MAX]
    {
        for (topic, partition) in [("a", 0), ("b", 1), ("b", 3)] {
            let name = format!("{topic}-{partition} at {timestamp}");
            script.ask(11, &name, at(topic, partition, timestamp)).await;
        }
    }
    for (version, timestamp) in [
        (1, -1),
        (2, -2),
        (4, -1),
        (5, 0),
        (6, -3),
        (7, -3),
        (7, -4),
        (8, -4),
        (8, -5),
        (9, -5),
        (10, -6),
    ] {
        script.ask(version, &format!("at {timestamp}"), at("a", 0, timestamp)).await;
    }
    script.ask(7, "an unknown topic", at("nosuch", 0, -1)).await;
    script.ask(7, "an unknown partition", at("a", 77, -1)).await;
    let committed = ListOffsetsRequest { isolation_level: 1, ..at("a", 0, -1) };
    script.ask(5, "committed", committed).await;
    let mut twice = at("a", 0, -1);
    twice.topics.extend(at("a", 0, -2).topics);
    script.ask(5, "a partition twice", twice).await;
    for epoch in [0, 9] {
        let mut request = at("a", 0, -1);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        script.ask(5, &format!("leader epoch {epoch}"), request).await;
    }
}

async fn epochs(script: &mut Script) {
    for (name, topic, current_leader_epoch, leader_epoch) in [
        ("the only one", "a", -1, 0),
        ("the only one, known", "a", 0, 0),
        ("a later one", "a", -1, 5),
        ("none", "a", -1, -1),
        ("of a future leader", "a", 9, 0),
        ("of an unknown topic", "nosuch", -1, 0),
        ("of an empty partition", "assigned", -1, 0),
    ] {
        let partition = OffsetForLeaderPartition {
            current_leader_epoch,
            leader_epoch,
            ..OffsetForLeaderPartition::default()
        };
        let topic = OffsetForLeaderTopic { topic: text(topic), partitions: vec![partition] };
        let request = OffsetForLeaderEpochRequest { replica_id: -1, topics: vec![topic] };
        for version in [2, 4] {
            script.ask(version, name, request.clone()).await;
        }
    }
}

async fn delete(script: &mut Script) {
    for (version, name, topic, partition_index, offset) in [
        (0, "some", "a", 0, 4),
        (1, "fewer", "a", 0, 2),
        (2, "behind the end", "a", 0, 99),
        (2, "negative", "a", 0, -2),
        (2, "of an unknown topic", "nosuch", 0, 1),
        (2, "of an unknown partition", "a", 77, 1),
        (2, "of an internal topic", "__consumer_offsets", 0, 0),
        (2, "all", "b", 1, -1),
        (2, "of an empty partition", "assigned", 0, -1),
    ] {
        let partition = DeleteRecordsPartition { partition_index, offset };
        let topic = DeleteRecordsTopic { name: text(topic), partitions: vec![partition] };
        let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 9_000 };
        script.ask(version, name, request).await;
    }
    for (topic, partition, timestamp) in
        [("a", 0, -2), ("b", 1, -2), ("b", 1, -1), ("b", 1, -3), ("a", 0, 0)]
    {
        let name = format!("{topic}-{partition} at {timestamp} after deletes");
        script.ask(8, &name, at(topic, partition, timestamp)).await;
    }
    for fetch_offset in [3, 4] {
        let partition =
            FetchPartition { fetch_offset, partition_max_bytes: 150, ..FetchPartition::default() };
        let topic =
            FetchTopic { topic: text("a"), partitions: vec![partition], ..Default::default() };
        let request = FetchRequest { topics: vec![topic], ..FetchRequest::default() };
        let mut answer = script.client.ask(11, &request).await;
        for data in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
            data.records = None;
        }
        let name = format!("from {fetch_offset} after deletes");
        script.note::<FetchRequest>(11, &name, &answer);
    }
}
