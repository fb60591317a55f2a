//! Making, describing, enlarging and deleting topics.

use vltava_model::TopicId;
use vltava_protocol::Str;
use vltava_protocol::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use vltava_protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use vltava_protocol::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use vltava_protocol::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsRequest,
};
use vltava_protocol::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsRequest, TopicRequest,
};
use vltava_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};

use super::{Script, text};

pub(super) async fn run(script: &mut Script) {
    create(script).await;
    refused(script).await;
    partitions(script).await;
    describe(script).await;
}

fn topic(name: &str, num_partitions: i32) -> CreatableTopic {
    CreatableTopic {
        name: text(name),
        num_partitions,
        replication_factor: 1,
        ..CreatableTopic::default()
    }
}

fn config(name: &str, value: Option<&str>) -> CreatableTopicConfig {
    CreatableTopicConfig { name: text(name), value: value.map(text) }
}

fn request(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, ..CreateTopicsRequest::default() }
}

async fn create(script: &mut Script) {
    script.ask(2, "one", request(vec![topic("a", 1)])).await;
    script.topic_id("a").await;
    script.ask(4, "one", request(vec![topic("b", 3)])).await;
    script.topic_id("b").await;
    let with_configs = CreatableTopic {
        configs: vec![
            config("max.message.bytes", Some("10000")),
            config("message.timestamp.after.max.ms", Some("3600000")),
            config("cleanup.policy", Some("compact,delete")),
        ],
        ..topic("c", 2)
    };
    let mut created = script.client.ask(5, &request(vec![with_configs])).await;
    for topic in &mut created.topics {
        for config in topic.configs.take().unwrap_or_default() {
            let name = format!("{} of c", config.name);
            script.note::<CreateTopicsRequest>(5, &name, &config);
        }
    }
    script.note::<CreateTopicsRequest>(5, "with configs", &created);
    script.topic_id("c").await;
    let assigned = CreatableTopic {
        num_partitions: -1,
        replication_factor: -1,
        assignments: (0..2)
            .map(|partition_index| CreatableReplicaAssignment {
                partition_index,
                broker_ids: vec![1],
            })
            .collect(),
        ..topic("assigned", 0)
    };
    let mut created = script.client.ask(7, &request(vec![assigned])).await;
    created.topics[0].configs = None;
    let id = script.topic_id("assigned").await;
    assert_eq!(created.topics[0].topic_id, id);
    script.note::<CreateTopicsRequest>(7, "with assignments", &created);
    let check = CreateTopicsRequest {
        validate_only: true,
        ..request(vec![CreatableTopic { replication_factor: -1, ..topic("later", -1) }])
    };
    let mut checked = script.client.ask(7, &check).await;
    checked.topics[0].configs = None;
    let has_id = checked.topics[0].topic_id != TopicId::ZERO;
    checked.topics[0].topic_id = TopicId::ZERO;
    script.note::<CreateTopicsRequest>(7, "only validated", &(checked, has_id));
}

async fn refused(script: &mut Script) {
    let assigned = |ids: &[(i32, &[i32])]| CreatableTopic {
        num_partitions: -1,
        replication_factor: -1,
        assignments: ids
            .iter()
            .map(|(partition_index, ids)| CreatableReplicaAssignment {
                partition_index: *partition_index,
                broker_ids: ids.to_vec(),
            })
            .collect(),
        ..topic("no", -1)
    };
    let configured =
        |name, value| CreatableTopic { configs: vec![config(name, value)], ..topic("no", 1) };
    let cases = [
        ("exists", topic("a", 1)),
        ("illegal name", topic("a b", 1)),
        ("empty name", topic("", 1)),
        ("dots", topic("..", 1)),
        ("too long", topic(&"x".repeat(250), 1)),
        ("no partitions", topic("no", 0)),
        ("two replicas", CreatableTopic { replication_factor: 2, ..topic("no", 1) }),
        ("no replicas", CreatableTopic { replication_factor: 0, ..topic("no", 1) }),
        ("unknown config", configured("no.such.config", Some("1"))),
        ("null config", configured("retention.ms", None)),
        ("bad config", configured("retention.ms", Some("soon"))),
        ("config out of range", configured("max.message.bytes", Some("-5"))),
        ("bad policy", configured("cleanup.policy", Some("burn"))),
        ("unknown broker", assigned(&[(0, &[9])])),
        ("gap", assigned(&[(0, &[1]), (2, &[1])])),
        ("no broker", assigned(&[(0, &[])])),
        ("broker twice", assigned(&[(0, &[1, 1])])),
        ("partition twice", assigned(&[(0, &[1]), (0, &[1])])),
        ("both", CreatableTopic { num_partitions: 1, ..assigned(&[(0, &[1])]) }),
        ("reserved", topic("__cluster_metadata", 1)),
    ];
    for (name, topic) in cases {
        script.ask(6, name, request(vec![topic])).await;
    }
    let cases = [("a topic twice", ["twice", "twice"]), ("collision", ["x.y", "x_y"])];
    for (name, names) in cases {
        let topics = names.map(|name| topic(name, 1)).to_vec();
        let mut answer = script.client.ask(4, &request(topics)).await;
        answer.topics.sort_by(|a, b| a.name.cmp(&b.name));
        script.note::<CreateTopicsRequest>(4, name, &answer);
    }
    script.ask(3, "too many partitions", request(vec![topic("huge", 10_001)])).await;
}

async fn partitions(script: &mut Script) {
    let more =
        |name: &str, count| CreatePartitionsTopic { name: text(name), count, assignments: None };
    let assigned = |ids: &[&[i32]]| CreatePartitionsTopic {
        assignments: Some(
            ids.iter().map(|ids| CreatePartitionsAssignment { broker_ids: ids.to_vec() }).collect(),
        ),
        ..more("b", 5)
    };
    let cases = [
        ("same number", more("b", 3)),
        ("fewer", more("b", 1)),
        ("unknown topic", more("nosuch", 3)),
        ("unknown broker", assigned(&[&[1], &[9]])),
        ("too few assignments", assigned(&[&[1]])),
        ("too many replicas", assigned(&[&[1], &[1, 1]])),
        ("more", more("b", 4)),
    ];
    for (version, validate_only) in [(0, true), (3, false)] {
        for (name, topic) in &cases {
            let topics = vec![topic.clone()];
            let request = CreatePartitionsRequest { topics, timeout_ms: 9_000, validate_only };
            script.ask(version, name, request).await;
        }
    }
    let twice = vec![more("b", 6), more("b", 7)];
    let request = CreatePartitionsRequest { topics: twice, ..CreatePartitionsRequest::default() };
    script.ask(2, "a topic twice", request).await;
    script.settle().await;
}

async fn describe(script: &mut Script) {
    let names = |names: &[&str]| {
        names.iter().map(|name| TopicRequest { name: text(name) }).collect::<Vec<_>>()
    };
    let cursor =
        |topic: &str, partition_index| Some(Cursor { topic_name: text(topic), partition_index });
    let cases: [(&str, Vec<TopicRequest>, i32, Option<Cursor>); 9] = [
        ("two", names(&["b", "a"]), 2_000, None),
        ("unknown", names(&["nosuch", "a", "a b"]), 2_000, None),
        ("a page", names(&["a", "b", "c"]), 2, None),
        ("a full page", names(&["a", "b", "c"]), 5, None),
        ("the next page", names(&["a", "b", "c"]), 4, cursor("b", 1)),
        ("behind a topic's end", names(&["a", "b", "c"]), 4, cursor("b", 9)),
        ("from a topic that is gone", names(&["a", "c"]), 9, cursor("b", 2)),
        ("no room", names(&["a", "b"]), 0, None),
        ("a negative cursor", names(&["a"]), 1, cursor("a", -1)),
    ];
    for (name, topics, response_partition_limit, cursor) in cases {
        let request = DescribeTopicPartitionsRequest { topics, response_partition_limit, cursor };
        script.ask(0, name, request).await;
    }
    let all = DescribeTopicPartitionsRequest { response_partition_limit: 3, ..Default::default() };
    script.ask(0, "all", all).await;
    let id = script.topic_id("b").await;
    for (version, name, topic_id) in [
        (0, Some("b"), TopicId::ZERO),
        (6, Some("b"), TopicId::ZERO),
        (10, Some("b"), TopicId::ZERO),
        (12, None, id),
        (13, None, id),
    ] {
        let topic = MetadataRequestTopic { topic_id, name: name.map(text) };
        let request = MetadataRequest {
            topics: Some(vec![topic.clone(), topic]),
            include_topic_authorized_operations: true,
            ..MetadataRequest::default()
        };
        script.ask(version, "one topic", request).await;
    }
    let asked = DescribableLogDirTopic { topic: text("b"), partitions: vec![1, 0, 77] };
    let none = DescribableLogDirTopic { topic: text("nosuch"), partitions: vec![0] };
    for version in 1..=5 {
        let request = DescribeLogDirsRequest { topics: Some(vec![asked.clone(), none.clone()]) };
        let mut answer = script.client.ask(version, &request).await;
        for result in &mut answer.results {
            result.log_dir = Str::from("folder");
            result.total_bytes = result.total_bytes.signum();
            result.usable_bytes = result.usable_bytes.signum();
            for topic in &mut result.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
        }
        script.note::<DescribeLogDirsRequest>(version, "some", &answer);
    }
}

/// Comes last: nothing is left after it.
pub(super) async fn delete(script: &mut Script) {
    let by_name = |names: &[&str]| DeleteTopicsRequest {
        topic_names: names.iter().map(|name| text(name)).collect(),
        timeout_ms: 9_000,
        ..DeleteTopicsRequest::default()
    };
    script.ask(1, "one", by_name(&["assigned"])).await;
    script.settle().await;
    script.ask(3, "unknown", by_name(&["assigned"])).await;
    script.ask(5, "unknown", by_name(&["assigned"])).await;
    script.ask(5, "illegal name", by_name(&["a b"])).await;
    let id = script.topic_id("b").await;
    let cases = [
        ("unknown id", vec![(None, TopicId([9; 16]))]),
        ("neither", vec![(None, TopicId::ZERO)]),
        ("both", vec![(Some("b"), id)]),
        ("the same twice", vec![(Some("b"), TopicId::ZERO), (None, id)]),
        ("a name twice", vec![(Some("b"), TopicId::ZERO), (Some("b"), TopicId::ZERO)]),
        ("an id", vec![(None, id)]),
        ("an id that is gone", vec![(None, id)]),
    ];
    for (name, topics) in cases {
        let state = |(name, topic_id): (Option<&str>, TopicId)| DeleteTopicState {
            name: name.map(text),
            topic_id,
        };
        let topics = topics.into_iter().map(state).collect();
        let request = DeleteTopicsRequest { topics, timeout_ms: 9_000, ..Default::default() };
        script.ask(6, name, request).await;
    }
}
