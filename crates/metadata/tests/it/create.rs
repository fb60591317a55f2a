//! CreateTopics. The messages are Apache Kafka 4.3.1's, as it gave them to the same requests.

use vltava_metadata::{
    CreateTopicError, NewTopic, PARTITIONS_PER_REQUEST_MAX, PartitionAssignment, TooManyPartitions,
    create_topics,
};
use vltava_model::{BrokerId, LeaderEpoch, TopicId};

use crate::support::{Node, configs, topic};

fn assigned(name: &str, partitions: &[(i32, &[i32])]) -> NewTopic {
    let assignment = |(partition, replicas): &(i32, &[i32])| PartitionAssignment {
        partition: *partition,
        replicas: replicas.iter().copied().map(BrokerId).collect(),
    };
    let assignments = partitions.iter().map(assignment).collect();
    NewTopic { assignments, partitions: -1, replication_factor: -1, ..topic(name) }
}

fn sized(partitions: i32, replication_factor: i16) -> NewTopic {
    NewTopic { partitions, replication_factor, ..topic("sized") }
}

fn configured(name: &str, value: &str) -> NewTopic {
    NewTopic { configs: configs(&[(name, value)]), ..topic("configured") }
}

/// The message that a single topic is refused with.
fn refusal(node: &Node, request: NewTopic) -> String {
    let mut results = create_topics(&node.context(), &[request]).unwrap();
    results.remove(0).unwrap_err().to_string()
}

#[test]
fn refused_names() {
    let mut node = Node::new();
    node.create(topic("p.a"));
    node.create(topic("plain"));
    let long = "x".repeat(250);
    let cases = [
        ("p.a", "Topic 'p.a' already exists."),
        ("plain", "Topic 'plain' already exists."),
        ("p_a", "Topic 'p_a' collides with existing topic: p.a"),
        ("", "Topic name is invalid: the empty string is not allowed"),
        ("..", "Topic name is invalid: '..' is not allowed"),
        (
            "a b",
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        (
            &long,
            &format!(
                "Topic name is invalid: the length of '{long}' is longer than the max allowed length 249"
            ),
        ),
        ("__cluster_metadata", "Creation of internal topic __cluster_metadata is prohibited."),
    ];
    for (name, message) in cases {
        assert_eq!(refusal(&node, topic(name)), message);
    }
}

#[test]
fn names_that_only_look_alike_do_not_collide() {
    let mut node = Node::new();
    for name in ["a.b_c", "a.b", "a", "a-b", "a.b.cd", "ab.c", "A.b"] {
        node.create(topic(name));
    }
    for name in ["a_b.c", "a.b.c", "a_b", "ab_c"] {
        assert!(refusal(&node, topic(name)).contains("collides"), "{name}");
    }
    // In one request both are made, as in Kafka.
    let both = create_topics(&node.context(), &[topic("z.a"), topic("z_a")]).unwrap();
    assert!(both.iter().all(Result::is_ok));
}

#[test]
fn refused_sizes() {
    let node = Node::new();
    let not_positive = "Replication factor must be larger than 0, or -1 to use the default value.";
    let no_partitions = "Number of partitions was set to an invalid non-positive value.";
    let cases = [
        (
            sized(1, 2),
            "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because \
             only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
        ),
        (sized(1, 0), not_positive),
        (sized(1, -2), not_positive),
        (sized(0, 1), no_partitions),
        (sized(-2, 1), no_partitions),
    ];
    for (request, message) in cases {
        assert_eq!(refusal(&node, request), message);
    }
    let most = i32::try_from(PARTITIONS_PER_REQUEST_MAX).unwrap();
    let halves = [sized(most / 2, 1), NewTopic { partitions: most / 2 + 1, ..topic("other") }];
    assert_eq!(create_topics(&node.context(), &halves), Err(TooManyPartitions));
    assert_eq!(
        TooManyPartitions.to_string(),
        "Excessively large number of partitions per request."
    );
    assert!(create_topics(&node.context(), &[sized(most, 1)]).unwrap()[0].is_ok());
}

#[test]
fn refused_assignments() {
    let node = Node::with(&[], &[1, 2]);
    let both = "A manual partition assignment was specified, but ";
    let cases = [
        (
            assigned("t", &[(0, &[1]), (1, &[3])]),
            "The manual partition assignment includes broker 3, but no such broker is registered.",
        ),
        (
            assigned("t", &[(0, &[1, 1])]),
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            assigned("t", &[(0, &[])]),
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            assigned("t", &[(1, &[1])]),
            "partitions should be a consecutive 0-based integer sequence",
        ),
        (
            assigned("t", &[(0, &[1]), (0, &[2])]),
            "Found multiple manual partition assignments for partition 0",
        ),
        (
            assigned("t", &[(0, &[1]), (1, &[1, 2])]),
            "The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with \
             previous partitions, which have 1 replica(s).",
        ),
        (
            NewTopic { replication_factor: 1, ..assigned("t", &[(0, &[1])]) },
            &format!("{both}replication factor was not set to -1."),
        ),
        (
            NewTopic { partitions: 1, ..assigned("t", &[(0, &[1])]) },
            &format!("{both}numPartitions was not set to -1."),
        ),
    ];
    for (request, message) in cases {
        assert_eq!(refusal(&node, request), message);
    }
}

#[test]
fn refused_values() {
    let node = Node::new();
    let cases = [
        ("segment.bytes", "abc", "Not a number of type INT"),
        ("segment.bytes", "1", "Value must be at least 1048576"),
        ("preallocate", "maybe", "Expected value to be either true or false"),
        (
            "compression.type",
            "zip",
            "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
        ),
        ("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
        ("compression.zstd.level", "23", "Value must be no more than 22"),
        ("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"),
        ("min.cleanable.dirty.ratio", "-0.5", "Value must be at least 0"),
        ("min.cleanable.dirty.ratio", "x", "Not a number of type DOUBLE"),
        ("retention.ms", "9223372036854775808", "Not a number of type LONG"),
        ("retention.ms", "-2", "Value must be at least -1"),
        ("max.message.bytes", "2147483648", "Not a number of type INT"),
        (
            "message.timestamp.type",
            "logappendtime",
            "String must be one of: CreateTime, LogAppendTime",
        ),
    ];
    for (name, value, reason) in cases {
        let message = format!("Invalid value {value} for configuration {name}: {reason}");
        assert_eq!(refusal(&node, configured(name, value)), message);
    }
}

#[test]
fn refused_configs() {
    let node = Node::new();
    let replicas = "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following \
                    format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";
    let throttled = "leader.replication.throttled.replicas";
    let not_replicas =
        |list: &str| format!("Invalid value {list} for configuration {throttled}: {replicas}");
    let cases = [
        ("nonsense", "1", "Unknown topic config name: nonsense"),
        (
            "cleanup.policy",
            "delete,bogus",
            "Invalid value bogus for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        ("cleanup.policy", "delete,", "Configuration 'cleanup.policy' values must not be empty."),
        (
            "remote.storage.enable",
            "true",
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
        ),
        (throttled, "a,b", &not_replicas("[a, b]")),
        (throttled, "1:2,*", &not_replicas("[1:2, *]")),
    ];
    for (name, value, message) in cases {
        assert_eq!(refusal(&node, configured(name, value)), message);
    }
    let lags = [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")];
    let lags = NewTopic { configs: configs(&lags), ..topic("t") };
    assert_eq!(
        refusal(&node, lags),
        "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"
    );
    let null = NewTopic { configs: vec![("retention.ms".into(), None)], ..topic("t") };
    assert_eq!(refusal(&node, null), "Null value not supported for topic configs: retention.ms");
}

#[test]
fn accepted_configs() {
    let node = Node::new();
    for (name, value) in [
        ("cleanup.policy", "delete,delete"),
        ("cleanup.policy", ""),
        ("cleanup.policy", " compact , delete "),
        ("leader.replication.throttled.replicas", "*"),
        ("leader.replication.throttled.replicas", "1:1,,2:2"),
        ("retention.ms", " 5 "),
        ("retention.ms", "+5"),
        ("retention.ms", "-1"),
        ("preallocate", "TRUE"),
        ("write.caching", "true"),
        ("min.insync.replicas", "5"),
    ] {
        let results = create_topics(&node.context(), &[configured(name, value)]).unwrap();
        let created = results[0].as_ref().unwrap();
        assert_eq!(created.overrides.get(name), Some(value));
    }
}

#[test]
fn tiered_topics() {
    let node = Node::with(&[("remote.log.storage.system.enable", "true")], &[1]);
    let tiered = |set: &[(&str, &str)]| {
        let mut configs = configs(&[("remote.storage.enable", "true")]);
        configs.extend(crate::support::configs(set));
        NewTopic { configs, ..topic("tiered") }
    };
    let cases: [(&[(&str, &str)], &str); 5] = [
        (
            &[("cleanup.policy", "compact")],
            "Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty list.",
        ),
        (
            &[("local.retention.ms", "-1")],
            "Invalid value -1 for configuration local.retention.ms: Value must not be -1 as retention.ms value is set as \
             604800000.",
        ),
        (
            &[("retention.ms", "5"), ("local.retention.ms", "6")],
            "Invalid value 6 for configuration local.retention.ms: Value must not be more than retention.ms property \
             value: 5",
        ),
        (
            &[("retention.bytes", "5"), ("local.retention.bytes", "6")],
            "Invalid value 6 for configuration local.retention.bytes: Value must not be more than retention.bytes property \
             value: 5",
        ),
        (
            &[("remote.log.copy.disable", "true"), ("local.retention.ms", "6")],
            "When `remote.log.copy.disable` is set to true, the `local.retention.ms` and `retention.ms` must be set to the \
             identical value because there will be no more logs copied to the remote storage.",
        ),
    ];
    for (set, message) in cases {
        assert_eq!(refusal(&node, tiered(set)), message);
    }
    assert!(create_topics(&node.context(), &[tiered(&[])]).unwrap()[0].is_ok());
}

#[test]
fn defaults_and_duplicates() {
    let node = Node::with(&[("num.partitions", "7")], &[1]);
    let request = NewTopic { partitions: -1, replication_factor: -1, ..topic("a") };
    let results = create_topics(&node.context(), &[request, topic("b"), topic("b")]).unwrap();
    let created = results[0].as_ref().unwrap();
    assert_eq!(created.topic.partition_count(), 7);
    assert_eq!(created.topic.replication_factor(), 1);
    assert_eq!(results[1], Err(CreateTopicError::Duplicate));
    assert_eq!(results[2], Err(CreateTopicError::Duplicate));
    assert_eq!(CreateTopicError::Duplicate.to_string(), "Duplicate topic name.");
}

#[test]
fn partitions_are_spread_over_the_brokers() {
    let mut node = Node::with(&[], &[1, 2, 3]);
    node.create(NewTopic { partitions: 6, replication_factor: 2, ..topic("spread") });
    let spread = node.image.topic("spread").unwrap();
    let mut led = [0; 4];
    for partition in &spread.partitions {
        assert_eq!(partition.replicas[0], partition.leader);
        assert_ne!(partition.replicas[0], partition.replicas[1]);
        led[usize::try_from(partition.leader.0).unwrap()] += 1;
        assert_eq!(partition.generation, 3);
        assert_eq!(node.image.leader_epoch(partition), LeaderEpoch(0));
    }
    assert_eq!(led, [0, 2, 2, 2]);
    node.create(assigned("named", &[(1, &[3]), (0, &[2])]));
    let named = node.image.topic("named").unwrap();
    assert_eq!(
        [named.partitions[0].leader, named.partitions[1].leader],
        [BrokerId(2), BrokerId(3)]
    );
    assert_ne!(named.id, TopicId::ZERO);
}
