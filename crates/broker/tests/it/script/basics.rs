//! What needs no topic.

use vltava_model::TopicId;
use vltava_protocol::messages::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use vltava_protocol::messages::describe_cluster::DescribeClusterRequest;
use vltava_protocol::messages::find_coordinator::FindCoordinatorRequest;
use vltava_protocol::messages::init_producer_id::InitProducerIdRequest;
use vltava_protocol::messages::list_groups::ListGroupsRequest;
use vltava_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use vltava_protocol::messages::offset_fetch::OffsetFetchRequest;
use vltava_protocol::messages::produce::ProduceRequest;
use vltava_protocol::{Message, Reader};

use super::{Script, text};

pub(super) async fn run(script: &mut Script) {
    api_versions(script).await;
    metadata(script).await;
    cluster(script).await;
    producer_ids(script).await;
    groups_before_their_topic(script).await;
}

async fn api_versions(script: &mut Script) {
    for version in 0..=4 {
        let request = ApiVersionsRequest {
            client_software_name: text("tester"),
            client_software_version: text("1"),
        };
        let answer = script.client.ask(version, &request).await;
        script.note::<ApiVersionsRequest>(
            version,
            "error and throttle",
            &(answer.error_code, answer.throttle_time_ms),
        );
    }
    let request = ApiVersionsRequest {
        client_software_name: text("no name!"),
        client_software_version: text("1"),
    };
    script.ask(3, "bad software name", request.clone()).await;
    script.client.send(99, &request).await;
    let frame = script.client.frame().await.unwrap();
    let mut reader = Reader::new(frame);
    reader.i32().unwrap();
    let answer = ApiVersionsResponse::decode(&mut reader, 0).unwrap();
    reader.finish().unwrap();
    script.note::<ApiVersionsRequest>(99, "unknown version", &answer);
    script.is_closed(99, "unknown version", MetadataRequest::default()).await;
    script.is_closed(-1, "unknown version", MetadataRequest::default()).await;
    script.is_closed(0, "advertised but gone", ProduceRequest::default()).await;
    script.is_closed(2, "advertised but gone", ProduceRequest::default()).await;
}

fn topic(name: Option<&str>, topic_id: TopicId) -> MetadataRequestTopic {
    MetadataRequestTopic { name: name.map(text), topic_id }
}

async fn metadata(script: &mut Script) {
    let request = |topics| MetadataRequest {
        topics,
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    };
    for version in [0, 1, 2, 5, 9, 12, 13] {
        let empty = request(Some(Vec::new()));
        script.ask(version, "no topics", empty).await;
    }
    for version in [1, 8, 13] {
        let all = MetadataRequest {
            include_cluster_authorized_operations: true,
            include_topic_authorized_operations: true,
            ..request(None)
        };
        script.ask(version, "all topics of an empty broker", all).await;
    }
    for version in [4, 7, 9, 12] {
        let name = |name| topic(Some(name), TopicId::ZERO);
        let unknown = vec![name("nosuch"), name("bad name"), name("__transaction_state")];
        for topic in unknown {
            let mut request = request(Some(vec![topic]));
            request.include_topic_authorized_operations = true;
            script.ask(version, "unknown names", request).await;
        }
    }
    let some_id = TopicId([7; 16]);
    script.ask(12, "unknown id", request(Some(vec![topic(None, some_id)]))).await;
    script.ask(10, "id before its time", request(Some(vec![topic(Some("x"), some_id)]))).await;
    script
        .ask(11, "null name before its time", request(Some(vec![topic(None, TopicId::ZERO)])))
        .await;
    script.ask(12, "neither name nor id", request(Some(vec![topic(None, TopicId::ZERO)]))).await;
}

async fn cluster(script: &mut Script) {
    for version in 0..=2 {
        for endpoint_type in 1..=3 {
            if version == 0 && endpoint_type > 1 {
                continue;
            }
            let request = DescribeClusterRequest {
                include_cluster_authorized_operations: version > 0,
                endpoint_type,
                include_fenced_brokers: true,
            };
            script.ask(version, &format!("endpoint type {endpoint_type}"), request).await;
        }
    }
}

async fn producer_ids(script: &mut Script) {
    for version in [0, 2, 5] {
        let request =
            InitProducerIdRequest { transactional_id: None, ..InitProducerIdRequest::default() };
        let mut answer = script.client.ask(version, &request).await;
        while answer.error_code == 14 {
            // Kafka's broker has to ask its controller for ids first.
            script.settle().await;
            answer = script.client.ask(version, &request).await;
        }
        answer.producer_id = answer.producer_id.min(0);
        script.note::<InitProducerIdRequest>(version, "idempotent", &answer);
    }
    let bad = InitProducerIdRequest {
        transactional_id: None,
        producer_id: 5,
        ..InitProducerIdRequest::default()
    };
    script.ask(3, "id without epoch", bad).await;
    let bad = InitProducerIdRequest {
        transactional_id: Some(text("")),
        transaction_timeout_ms: 1_000,
        ..InitProducerIdRequest::default()
    };
    script.ask(4, "empty transactional id", bad).await;
}

async fn groups_before_their_topic(script: &mut Script) {
    script.ask(5, "none yet", ListGroupsRequest::default()).await;
    let fetch = OffsetFetchRequest {
        group_id: text("early"),
        topics: Some(Vec::new()),
        ..OffsetFetchRequest::default()
    };
    script.ask(5, "before anybody looked for a coordinator", fetch).await;
    let unknown = FindCoordinatorRequest { key_type: 9, ..FindCoordinatorRequest::default() };
    script.ask(1, "unknown key type", unknown.clone()).await;
    let unknown =
        FindCoordinatorRequest { coordinator_keys: vec![text("a"), text("b")], ..unknown };
    script.ask(4, "unknown key type", unknown).await;
    for attempt in 0.. {
        let find = FindCoordinatorRequest { key: text("g"), ..FindCoordinatorRequest::default() };
        let answer = script.client.ask(1, &find).await;
        if answer.error_code == 0 || attempt == 100 {
            script.note::<FindCoordinatorRequest>(1, "in the end", &answer);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for version in [0, 2, 3] {
        let find = FindCoordinatorRequest { key: text("g"), ..FindCoordinatorRequest::default() };
        script.ask(version, "a group", find).await;
    }
    for version in [4, 6] {
        let coordinator_keys = vec![text("g"), text("h"), text("")];
        let find = FindCoordinatorRequest { coordinator_keys, ..FindCoordinatorRequest::default() };
        script.ask(version, "groups", find).await;
    }
    script.topic_id("__consumer_offsets").await;
    let offsets = vec![topic(Some("__consumer_offsets"), TopicId::ZERO)];
    let request = MetadataRequest { topics: Some(offsets), ..MetadataRequest::default() };
    script.ask(12, "the topic of committed offsets", request).await;
}
