//! Requests that wait: fetches for records, joins for members, and all of them when the server stops.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout};
use vltava_model::Timestamp;
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};
use vltava_protocol::messages::find_coordinator::FindCoordinatorRequest;
use vltava_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use vltava_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use vltava_records::{BatchBuilder, Compression};

use crate::client::Client;
use crate::server::TestServer;

const VERSION: i16 = 11;

fn batch(bytes: usize) -> Bytes {
    let mut builder = BatchBuilder::new();
    builder.push(Timestamp(1_750_000_000_000), None, Some(&vec![b'x'; bytes]), &[]);
    builder.build(Compression::None)
}

fn produce(bytes: usize) -> ProduceRequest {
    let data = PartitionProduceData { index: 0, records: Some(batch(bytes).into()) };
    let topic = TopicProduceData {
        name: "t".into(),
        partition_data: vec![data],
        ..TopicProduceData::default()
    };
    ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 10_000, topic_data: vec![topic] }
}

fn fetch(fetch_offset: i64, min_bytes: i32, max_wait_ms: i32) -> FetchRequest {
    let partition =
        FetchPartition { fetch_offset, partition_max_bytes: 8 << 20, ..FetchPartition::default() };
    let topic =
        FetchTopic { topic: "t".into(), partitions: vec![partition], ..FetchTopic::default() };
    FetchRequest { min_bytes, max_wait_ms, topics: vec![topic], ..FetchRequest::default() }
}

fn record_bytes(response: &FetchResponse) -> usize {
    let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    partitions.map(|data| data.records.as_ref().map_or(0, vltava_protocol::Records::len)).sum()
}

/// A server with a topic `t`, made by asking for it.
async fn start() -> (TestServer, Client) {
    let server = TestServer::start(&[]).await;
    let mut client = Client::connect(&server.address()).await;
    let topic = MetadataRequestTopic { name: Some("t".into()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    let metadata = client.ask(9, &request).await;
    assert_eq!(metadata.topics[0].error_code, 0);
    assert_eq!(metadata.topics[0].partitions.len(), 1, "num.partitions");
    (server, client)
}

#[tokio::test]
async fn a_topic_is_made_only_if_both_sides_agree() {
    let (server, mut client) = start().await;
    let topic = MetadataRequestTopic { name: Some("u".into()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest {
        topics: Some(vec![topic]),
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    };
    let refused = client.ask(9, &request).await;
    assert_eq!(refused.topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.code());
    let made = client.ask(3, &request).await;
    assert_eq!(made.topics[0].error_code, 0, "version 3 cannot say no");
    server.stop().await;
}

#[tokio::test]
async fn a_fetch_waits_as_long_as_it_says() {
    let (server, mut client) = start().await;
    let begun = Instant::now();
    let response = client.ask(VERSION, &fetch(0, 1, 300)).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(record_bytes(&response), 0);
    let begun = Instant::now();
    client.ask(VERSION, &fetch(0, 0, 60_000)).await;
    client.ask(VERSION, &fetch(0, 1, 0)).await;
    client.ask(VERSION, &fetch(7, 1, 60_000)).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "these do not wait");
    server.stop().await;
}

#[tokio::test]
async fn an_append_ends_the_wait_when_there_is_enough() {
    let (server, mut client) = start().await;
    let mut producer = Client::connect(&server.address()).await;
    let id = client.send(VERSION, &fetch(0, 1_000, 60_000)).await;
    producer.ask(9, &produce(600)).await;
    let early = timeout(Duration::from_millis(200), client.frame()).await;
    assert!(early.is_err(), "600 bytes are not enough");
    producer.ask(9, &produce(600)).await;
    let response = client.answer::<FetchRequest>(VERSION, id).await;
    assert!(record_bytes(&response) > 1_200);
    let id = client.send(VERSION, &fetch(2, 1, 60_000)).await;
    producer.ask(9, &produce(10)).await;
    let response = client.answer::<FetchRequest>(VERSION, id).await;
    assert!(record_bytes(&response) > 10);
    let partial = client.ask(VERSION, &fetch(2, 1_000, 50)).await;
    assert!(record_bytes(&partial) > 10, "what there is when the time is over");
    server.stop().await;
}

#[tokio::test]
async fn produce_requests_in_flight_keep_their_order() {
    let (server, mut client) = start().await;
    let mut ids = Vec::new();
    for n in 0..50 {
        ids.push(client.send(9, &produce(n * 1_000)).await);
    }
    for (n, id) in (0..).zip(ids) {
        let response = client.answer::<ProduceRequest>(9, id).await;
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (0, n));
    }
    let all = client.ask(VERSION, &fetch(0, 1, 1_000)).await;
    assert!(record_bytes(&all) > 50 * 49 / 2 * 1_000);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_answers_those_who_wait() {
    let (server, mut client) = start().await;
    let mut joiner = Client::connect(&server.address()).await;
    let find = FindCoordinatorRequest { key: "g".into(), ..FindCoordinatorRequest::default() };
    assert_eq!(joiner.ask(1, &find).await.error_code, 0);
    let join = JoinGroupRequest {
        group_id: "g".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol { name: "range".into(), metadata: Bytes::new() }],
        ..JoinGroupRequest::default()
    };
    let join_id = joiner.send(3, &join).await;
    let fetch_id = client.send(VERSION, &fetch(0, 1, 60_000)).await;
    // Both are begun once requests behind them on their connections are too.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answers = async {
        let fetched = client.answer::<FetchRequest>(VERSION, fetch_id).await;
        let joined = joiner.answer::<JoinGroupRequest>(3, join_id).await;
        (record_bytes(&fetched), joined.error_code)
    };
    let begun = Instant::now();
    let (answers, ()) = tokio::join!(answers, server.stop());
    assert_eq!(answers, (0, ErrorCode::COORDINATOR_NOT_AVAILABLE.code()));
    assert!(begun.elapsed() < Duration::from_secs(8), "nothing was waited for");
}

fn delete(offset: i64, timeout_ms: i32) -> DeleteRecordsRequest {
    let partitions = vec![DeleteRecordsPartition { partition_index: 0, offset }];
    let topics = vec![DeleteRecordsTopic { name: "t".into(), partitions }];
    DeleteRecordsRequest { topics, timeout_ms }
}

#[tokio::test]
async fn the_end_is_where_acks_1_left_it() {
    let (server, mut client) = start().await;
    let produce = ProduceRequest { acks: 1, ..produce(10) };
    let asked = ListOffsetsPartition { timestamp: -1, ..ListOffsetsPartition::default() };
    let topic = ListOffsetsTopic { name: "t".into(), partitions: vec![asked] };
    let latest =
        ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..ListOffsetsRequest::default() };
    server.faults.hold_writes(true);
    let produced = client.ask(9, &produce).await;
    assert_eq!(produced.responses[0].partition_responses[0].error_code, 0);
    let stalled = client.ask(7, &latest).await;
    assert_eq!(stalled.topics[0].partitions[0].offset, 0, "what is safe, after a second");
    let id = client.send(7, &latest).await;
    let early = timeout(Duration::from_millis(100), client.frame()).await;
    assert!(early.is_err(), "it waits for the sync");
    server.faults.hold_writes(false);
    let listed = client.answer::<ListOffsetsRequest>(7, id).await;
    assert_eq!(listed.topics[0].partitions[0].offset, 1);

    server.faults.hold_writes(true);
    client.ask(9, &produce).await;
    for (offset, error) in [(2, ErrorCode::REQUEST_TIMED_OUT), (3, ErrorCode::OFFSET_OUT_OF_RANGE)]
    {
        let refused = client.ask(2, &delete(offset, 50)).await;
        assert_eq!(refused.topics[0].partitions[0].error_code, error.code(), "{offset}");
    }
    let id = client.send(2, &delete(2, 10_000)).await;
    let early = timeout(Duration::from_millis(100), client.frame()).await;
    assert!(early.is_err(), "it waits for the sync");
    server.faults.hold_writes(false);
    let deleted = client.answer::<DeleteRecordsRequest>(2, id).await;
    let partition = &deleted.topics[0].partitions[0];
    assert_eq!((partition.error_code, partition.low_watermark), (0, 2));
    server.stop().await;
}
