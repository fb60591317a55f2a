//! Bytes that no client should send: the connection ends or gets Kafka's error, and nobody else notices.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vltava_protocol::messages::api_versions::ApiVersionsRequest;
use vltava_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use vltava_protocol::messages::delete_records::DeleteRecordsRequest;
use vltava_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource,
};
use vltava_protocol::messages::describe_groups::DescribeGroupsRequest;
use vltava_protocol::messages::find_coordinator::FindCoordinatorRequest;
use vltava_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_protocol::messages::metadata::MetadataRequest;
use vltava_protocol::messages::offset_commit::OffsetCommitRequest;
use vltava_protocol::{ErrorCode, Request, encode_request};

use crate::client::{Client, batch, fetch_request, produce_request};
use crate::process::Broker;

/// Whether the broker still serves.
fn assert_well(broker: &Broker) {
    let mut client = broker.client();
    assert_eq!(client.api_versions().error_code, 0);
    assert_eq!(client.metadata("t").topics[0].error_code, 0);
}

fn broker_with_topic(folder: &std::path::Path) -> (Broker, vltava_model::TopicId) {
    let broker = Broker::start(folder);
    let topic = broker.client().create_topic("t", 1);
    broker.client().produce("t", 0, batch(&["a"])).expect("the broker answers");
    (broker, topic)
}

#[test]
fn frames_that_lie_end_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, _) = broker_with_topic(folder.path());
    let frames: [&[u8]; 7] = [
        &[0xff, 0xff, 0xff, 0xff],
        &[0x80, 0, 0, 0, 1, 2, 3],
        &[0x7f, 0xff, 0xff, 0xff, 0, 3],
        &[0, 0, 0, 0],
        &[0, 0, 0, 3, 0, 3, 0],
        // An unknown key, and a known key in an unknown version.
        &[0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff],
        &[0, 0, 0, 10, 0, 3, 0x7f, 0, 0, 0, 0, 1, 0xff, 0xff],
    ];
    for frame in frames {
        let mut client = broker.client();
        client.set_timeout(Duration::from_secs(5));
        // The connection may be gone before all is written.
        let _ = client.write_raw(frame);
        assert!(client.is_closed_by_broker(), "{frame:?}");
    }
    assert_well(&broker);
}

#[test]
fn a_version_that_is_too_new_is_answered_by_api_versions() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, _) = broker_with_topic(folder.path());
    let mut client = broker.client();
    client.write_raw(&[0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 1, 0xff, 0xff, 0]).unwrap();
    let response = client.receive::<ApiVersionsRequest>(0).unwrap();
    assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION.code());
    assert!(response.api_keys.iter().any(|api| api.api_key == 18));
}

#[test]
fn large_claims_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, _) = broker_with_topic(folder.path());
    let before = broker.resident_kib();
    let mut held = Vec::new();
    for _ in 0..200 {
        let mut client = broker.client();
        // A frame of 100 MiB of which one KiB comes, and then nothing.
        client.write_raw(&(100u32 << 20).to_be_bytes()).unwrap();
        client.write_raw(&[0; 1024]).unwrap();
        held.push(client);
    }
    // An array of two billion topics in a frame of 30 bytes.
    let mut bomb = vec![0, 0, 0, 20, 0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0];
    bomb.extend([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0]);
    let mut client = broker.client();
    client.write_raw(&bomb).unwrap();
    assert!(client.is_closed_by_broker());
    assert_well(&broker);
    let grown = broker.resident_kib().saturating_sub(before);
    assert!(grown < 100 << 10, "{grown} KiB more for 200 KiB that came");
}

#[test]
fn a_client_that_never_reads_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, topic) = broker_with_topic(folder.path());
    let large = "x".repeat(500_000);
    broker.client().produce("t", 0, batch(&[&large])).unwrap();
    let before = broker.resident_kib();
    let mut deaf = broker.client();
    let frame = encode_request(1, None, 13, &fetch_request(topic, 0, 1)).to_bytes().unwrap();
    deaf.set_timeout(Duration::from_millis(100));
    deaf.set_write_timeout(Duration::from_millis(200));
    // Until its requests are not read any more, which says that what the broker holds for it is bounded.
    let sent = (0..100_000).take_while(|_| deaf.write_raw(&frame).is_ok()).count();
    assert!(sent < 100_000, "the broker reads on and on");
    assert_well(&broker);
    let grown = broker.resident_kib().saturating_sub(before);
    assert!(grown < 100 << 10, "{grown} KiB more");
}

/// Real requests of many kinds, as frames.
fn requests(topic: vltava_model::TopicId) -> Vec<Bytes> {
    fn frame<R: Request>(version: i16, request: &R) -> Bytes {
        encode_request(7, Some("fuzz"), version, request).to_bytes().expect("no files")
    }
    let creatable = CreatableTopic {
        name: "u".into(),
        num_partitions: 1,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let create = CreateTopicsRequest {
        topics: vec![creatable],
        validate_only: true,
        ..CreateTopicsRequest::default()
    };
    let partition = ListOffsetsPartition { timestamp: -1, ..ListOffsetsPartition::default() };
    let offsets = ListOffsetsTopic { name: "t".into(), partitions: vec![partition] };
    let offsets = ListOffsetsRequest {
        replica_id: -1,
        topics: vec![offsets],
        ..ListOffsetsRequest::default()
    };
    let resource = DescribeConfigsResource {
        resource_type: 2,
        resource_name: "t".into(),
        ..DescribeConfigsResource::default()
    };
    let configs =
        DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let protocol =
        JoinGroupRequestProtocol { name: "range".into(), metadata: Bytes::from_static(b"\0\0") };
    let join = JoinGroupRequest {
        group_id: "g".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..JoinGroupRequest::default()
    };
    let groups =
        DescribeGroupsRequest { groups: vec!["g".into()], ..DescribeGroupsRequest::default() };
    let find = FindCoordinatorRequest {
        coordinator_keys: vec!["g".into()],
        ..FindCoordinatorRequest::default()
    };
    vec![
        frame(9, &produce_request("t", 0, -1, batch(&["a", "b"]))),
        frame(3, &produce_request("t", 0, 1, batch(&["c"]))),
        frame(13, &fetch_request(topic, 0, 0)),
        frame(12, &MetadataRequest::default()),
        frame(7, &create),
        frame(7, &offsets),
        frame(4, &configs),
        frame(7, &join),
        frame(5, &groups),
        frame(4, &find),
        frame(8, &OffsetCommitRequest { group_id: "g".into(), ..OffsetCommitRequest::default() }),
        frame(2, &DeleteRecordsRequest::default()),
        frame(2, &ApiVersionsRequest::default()),
    ]
}

/// One change to a frame's bytes behind its length.
#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use prop::sample::Index;
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, to)| Mutation::Set(at, to)),
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        any::<Index>().prop_map(Mutation::Cut),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
    ]
}

fn mutate(frame: &Bytes, mutations: &[Mutation]) -> Vec<u8> {
    let mut body = frame[4..].to_vec();
    for mutation in mutations {
        match mutation {
            Mutation::Set(at, to) if !body.is_empty() => {
                let at = at.index(body.len());
                body[at] = *to;
            }
            Mutation::Flip(at, bit) if !body.is_empty() => {
                let at = at.index(body.len());
                body[at] ^= 1 << bit;
            }
            Mutation::Cut(at) => body.truncate(at.index(body.len() + 1)),
            Mutation::Insert(at, bytes) => {
                let at = at.index(body.len() + 1);
                body.splice(at..at, bytes.iter().copied());
            }
            Mutation::Set(..) | Mutation::Flip(..) => {}
        }
    }
    let mut out = u32::try_from(body.len()).expect("fits").to_be_bytes().to_vec();
    out.extend(body);
    out
}

#[test]
fn mutated_requests_harm_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, topic) = broker_with_topic(folder.path());
    let requests = requests(topic);
    let case = (prop::sample::select(requests), prop::collection::vec(mutation(), 1..4));
    let mut runner =
        TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    runner
        .run(&case, |(frame, mutations)| {
            let mut client = Client::connect(broker.port);
            client.set_timeout(Duration::from_millis(2));
            let _ = client.write_raw(&mutate(&frame, &mutations));
            // An answer, an end, or silence while a request waits: whichever it is.
            let _ = client.is_closed_by_broker();
            Ok(())
        })
        .unwrap();
    assert_well(&broker);
    let values = broker.client().consume(topic, 0, 0);
    assert_eq!(values[0], (0, "a".into()));
    for (expected, (offset, _)) in values.iter().enumerate() {
        assert_eq!(*offset, i64::try_from(expected).unwrap());
    }
    let (status, _) = broker.terminate();
    assert!(status.success());
}
