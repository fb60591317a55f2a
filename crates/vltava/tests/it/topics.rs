//! Topics, and reading and writing them.

use vltava_protocol::ErrorCode;
use vltava_protocol::Records;
use vltava_protocol::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use vltava_protocol::messages::init_producer_id::InitProducerIdRequest;

use crate::client::{batch, fetch_request, idempotent_batch, produce_request};
use crate::process::Broker;

#[test]
fn produce_is_advertised_from_version_0() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let response = broker.client().api_versions();
    let produce = response.api_keys.iter().find(|api| api.api_key == 0).unwrap();
    assert_eq!((produce.min_version, produce.max_version), (0, 13));
}

#[test]
fn a_fetch_inside_a_batch_returns_the_whole_batch() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let topic = client.create_topic("t", 1);
    client.produce("t", 0, batch(&["a", "b", "c"])).unwrap();
    let mut request = fetch_request(topic, 0, 1);
    request.max_bytes = 1;
    request.topics[0].partitions[0].partition_max_bytes = 1;
    let response = client.call(13, &request);
    let answer = &response.responses[0].partitions[0];
    let Some(Records::Bytes(records)) = &answer.records else { panic!("records") };
    let whole: Vec<_> = vltava_records::batches(records.clone()).map(Result::unwrap).collect();
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].header.first_offset().0, 0);
}

#[test]
fn a_repeated_batch_is_answered_with_its_first_offset() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let topic = client.create_topic("t", 1);
    let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
    let producer = client.call(4, &request);
    assert_eq!(producer.error_code, 0);
    let id = producer.producer_id;
    client.produce("t", 0, batch(&["x"])).unwrap();
    let first = client.produce("t", 0, idempotent_batch(id, 0, &["a", "b"])).unwrap();
    let again = client.produce("t", 0, idempotent_batch(id, 0, &["a", "b"])).unwrap();
    assert_eq!((first.error_code, first.base_offset), (0, 1));
    assert_eq!((again.error_code, again.base_offset), (0, 1));
    let gap = client.produce("t", 0, idempotent_batch(id, 7, &["c"])).unwrap();
    assert_eq!(gap.error_code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    assert_eq!(client.consume(topic, 0, 0).len(), 3);
}

#[test]
fn a_topic_made_again_has_another_id_and_no_records() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let first = client.create_topic("t", 1);
    client.produce("t", 0, batch(&["x"])).unwrap();
    let state = DeleteTopicState { name: Some("t".into()), ..DeleteTopicState::default() };
    let request = DeleteTopicsRequest {
        topics: vec![state],
        timeout_ms: 10_000,
        ..DeleteTopicsRequest::default()
    };
    assert_eq!(client.call(6, &request).responses[0].error_code, 0);
    assert_eq!(
        client.metadata("t").topics[0].error_code,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.code()
    );
    let second = client.create_topic("t", 1);
    assert_ne!(first, second);
    assert_eq!(client.consume(second, 0, 0), []);
}

#[test]
fn answers_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let topic = client.create_topic("t", 1);
    // The fetch waits for what the produce behind it brings, and is answered first all the same.
    let mut fetch = fetch_request(topic, 0, 0);
    fetch.max_wait_ms = 20_000;
    client.send(13, &fetch).unwrap();
    let produce = produce_request("t", 0, -1, batch(&["x"]));
    let mut second = broker.client();
    assert_eq!(second.call(9, &produce).responses[0].partition_responses[0].error_code, 0);
    let fetched = client
        .receive::<vltava_protocol::messages::fetch::FetchRequest>(13)
        .expect("the fetch is answered");
    assert!(fetched.responses[0].partitions[0].records.is_some());
}

#[test]
fn records_without_a_key_are_named_by_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    client.create_topic_with("t", 1, &[("cleanup.policy", "compact")]);
    let mut builder = vltava_records::BatchBuilder::new();
    let now = vltava_model::Timestamp(1_750_000_000_000);
    for key in [Some(&b"k"[..]), None, Some(b"k"), None] {
        builder.push(now, key, Some(b"v"), &[]);
    }
    let answer = client
        .produce("t", 0, builder.build(vltava_records::Compression::None))
        .expect("the broker answers");
    assert_eq!(answer.error_code, ErrorCode::INVALID_RECORD.code());
    let named: Vec<i32> = answer.record_errors.iter().map(|error| error.batch_index).collect();
    assert_eq!(named, [1, 3]);
}
