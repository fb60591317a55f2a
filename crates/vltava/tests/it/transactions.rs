//! Producers, and transactions that Kafka left in a folder: what consumers of committed records see of them.

use std::fs;
use std::path::{Path, PathBuf};

use vltava_protocol::Records;
use vltava_protocol::messages::describe_producers::{
    DescribeProducersRequest, ProducerState, TopicRequest,
};
use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_records::batches;

use crate::client::{Client, fetch_request, idempotent_batch};
use crate::process::Broker;

const READ_COMMITTED: i8 = 1;

/// See its README.
fn kafkas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/tests/kafka")
}

#[test]
fn a_folder_with_transactions_is_served_as_kafka_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    // Kafka's records are old.
    let topic = broker.client().create_topic_with("t", 1, &[("retention.ms", "-1")]);
    broker.terminate();
    // Nobody has written to it yet, so that it may have no folder.
    fs::create_dir_all(folder.path().join("t-0")).unwrap();
    for entry in fs::read_dir(kafkas().join("clean")).unwrap().map(Result::unwrap) {
        if entry.file_name() != "partition.metadata" {
            fs::copy(entry.path(), folder.path().join("t-0").join(entry.file_name())).unwrap();
        }
    }
    for end in [Broker::kill, |broker: Broker| drop(broker.terminate()), Broker::kill] {
        let broker = Broker::start(folder.path());
        let mut client = broker.client();
        let expected = fs::read_to_string(kafkas().join("fetch.txt")).unwrap();
        for answer in expected.lines().filter(|line| !line.starts_with('#')) {
            let (asked, _) = answer.split_once(": ").unwrap();
            let (offset, max_bytes) = asked.split_once(' ').unwrap();
            let mut request = fetch_request(topic, 0, offset.parse().unwrap());
            request.isolation_level = READ_COMMITTED;
            request.max_wait_ms = 0;
            request.topics[0].partitions[0].partition_max_bytes = max_bytes.parse().unwrap();
            let response = client.call(13, &request);
            let data = &response.responses[0].partitions[0];
            assert_eq!(data.error_code, 0);
            let aborted = data.aborted_transactions.iter().flatten();
            let aborted = aborted.map(|it| format!("{}:{}", it.producer_id, it.first_offset));
            let records = match &data.records {
                Some(Records::Bytes(records)) => records.clone(),
                _ => bytes::Bytes::new(),
            };
            let bases = batches(records).map(|it| it.unwrap().header.base_offset.to_string());
            let found = format!(
                "{asked}: {} {} [{}] [{}]",
                data.high_watermark,
                data.last_stable_offset,
                aborted.collect::<Vec<_>>().join(" "),
                bases.collect::<Vec<_>>().join(" ")
            );
            assert_eq!(found, answer);
        }
        assert_eq!(latest(&mut client, READ_COMMITTED), 16);
        assert_eq!(latest(&mut client, 0), 24);
        assert_eq!(open_transactions(&mut client), [(0, 6, 0, 0, 23), (1, 1, 0, 0, 16)]);
        end(broker);
    }
}

/// The property is changed while the broker runs, for all brokers.
#[test]
fn an_idle_producer_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let often = ["producer.id.expiration.check.interval.ms=20"];
    let broker = Broker::start_with(folder.path(), &often);
    let mut client = broker.client();
    client.create_topic("t", 1);
    let answer = client.produce("t", 0, idempotent_batch(77, 0, &["x"])).unwrap();
    assert_eq!(answer.error_code, 0);
    assert_eq!(producers(&mut client).len(), 1);
    let config = AlterableConfig {
        name: "producer.id.expiration.ms".into(),
        config_operation: 0,
        value: Some("1".into()),
    };
    const BROKER: i8 = 4;
    let resource = AlterConfigsResource {
        resource_type: BROKER,
        resource_name: "".into(),
        configs: vec![config],
    };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    assert_eq!(client.call(1, &request).responses[0].error_code, 0);
    // Each try is a request and its answer: many times the interval.
    let is_forgotten = (0..100_000).any(|_| producers(&mut client).is_empty());
    assert!(is_forgotten, "it is still known");
    // It may go on.
    let answer = client.produce("t", 0, idempotent_batch(77, 1, &["y"])).unwrap();
    assert_eq!((answer.error_code, answer.base_offset), (0, 1));
}

fn producers(client: &mut Client) -> Vec<ProducerState> {
    let topic = TopicRequest { name: "t".into(), partition_indexes: vec![0] };
    let response = client.call(0, &DescribeProducersRequest { topics: vec![topic] });
    response.topics[0].partitions[0].active_producers.clone()
}

fn latest(client: &mut Client, isolation_level: i8) -> i64 {
    let partition = ListOffsetsPartition { timestamp: -1, ..ListOffsetsPartition::default() };
    let topic = ListOffsetsTopic { name: "t".into(), partitions: vec![partition] };
    let request = ListOffsetsRequest {
        replica_id: -1,
        isolation_level,
        topics: vec![topic],
        ..ListOffsetsRequest::default()
    };
    client.call(7, &request).topics[0].partitions[0].offset
}

/// (id, epoch, sequence, coordinator epoch, first offset) of the producers that have one open.
fn open_transactions(client: &mut Client) -> Vec<(i64, i32, i32, i32, i64)> {
    let producers = producers(client);
    let open = producers.iter().filter(|it| it.current_txn_start_offset >= 0);
    open.map(|it| {
        let (id, epoch, sequence) = (it.producer_id, it.producer_epoch, it.last_sequence);
        (id, epoch, sequence, it.coordinator_epoch, it.current_txn_start_offset)
    })
    .collect()
}
