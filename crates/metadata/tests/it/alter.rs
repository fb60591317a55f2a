//! AlterConfigs and IncrementalAlterConfigs. The messages are Apache Kafka 4.3.1's, as it gave them to the same requests.

use vltava_metadata::{
    AlterConfigs, AlterConfigsError, ConfigChange, IncrementalAlterConfigs, alter_configs,
    incremental_alter_configs,
};

use crate::support::{Node, configs, topic};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

type Changes<'c> = &'c [(i8, &'c str, Option<&'c str>)];

fn request(resource_type: i8, name: &str, changes: Changes<'_>) -> IncrementalAlterConfigs {
    let change = |(operation, name, value): &(i8, &str, Option<&str>)| ConfigChange {
        name: (*name).to_owned(),
        operation: *operation,
        value: value.map(str::to_owned),
    };
    let changes = changes.iter().map(change).collect();
    IncrementalAlterConfigs { resource_type, resource_name: name.to_owned(), changes }
}

fn node() -> Node {
    let mut node = Node::new();
    node.create(topic("p.a"));
    node
}

/// Plans and commits one change; the message if it is refused, else what is set afterwards.
fn alter(node: &mut Node, resource_type: i8, name: &str, changes: Changes<'_>) -> String {
    let request = request(resource_type, name, changes);
    match incremental_alter_configs(&node.context(), &[request]).remove(0) {
        Err(error) => error.to_string(),
        Ok(altered) => {
            node.commit(&altered.write);
            let set: Vec<_> =
                altered.overrides.iter().map(|(name, value)| format!("{name}={value}")).collect();
            set.join(" ")
        }
    }
}

#[test]
fn lists_grow_and_shrink() {
    let mut node = node();
    let cases = [
        (APPEND, "compact", "cleanup.policy=delete,compact"),
        (APPEND, "compact", "cleanup.policy=delete,compact"),
        (APPEND, " compact", "cleanup.policy=delete,compact, compact"),
        (SUBTRACT, "delete", "cleanup.policy=compact, compact"),
        (SUBTRACT, "compact", "cleanup.policy= compact"),
        (APPEND, "delete,compact", "cleanup.policy= compact,delete,compact"),
        (DELETE, "x", ""),
        (APPEND, "compact,compact", "cleanup.policy=delete,compact"),
        (APPEND, "", "Configuration 'cleanup.policy' values must not be empty."),
        (SUBTRACT, "delete,compact,delete", "cleanup.policy="),
        (SET, "compact", "cleanup.policy=compact"),
    ];
    for (operation, value, expected) in cases {
        let change = [(operation, "cleanup.policy", Some(value))];
        assert_eq!(alter(&mut node, TOPIC, "p.a", &change), expected, "{operation} {value}");
    }
}

#[test]
fn refused_on_topics() {
    let mut node = node();
    let retention = "retention.ms";
    let cases: &[(&str, Changes<'_>, &str)] = &[
        ("nope", &[(SET, retention, Some("1"))], "The topic 'nope' does not exist."),
        (
            "nope",
            &[(SET, retention, Some("x"))],
            "Invalid value x for configuration retention.ms: Not a number of type LONG",
        ),
        (
            "a b",
            &[(SET, retention, Some("1"))],
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        ("", &[(SET, retention, Some("1"))], "Default topic resources are not allowed."),
        (
            "p.a",
            &[(APPEND, retention, Some("1"))],
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            "p.a",
            &[(APPEND, "nonsense", Some("1"))],
            "Can't APPEND to key nonsense because its type is not LIST.",
        ),
        (
            "p.a",
            &[(SUBTRACT, retention, Some("1"))],
            "Can't SUBTRACT to key retention.ms because its type is not LIST.",
        ),
        ("p.a", &[(SET, retention, None)], "Null value not supported for : retention.ms"),
        (
            "p.a",
            &[(SET, retention, Some("1")), (SET, retention, Some("2"))],
            "Error due to duplicate config keys",
        ),
        ("p.a", &[(SET, "nonsense", Some("1"))], "Unknown topic config name: nonsense"),
        (
            "p.a",
            &[(SET, retention, Some("x")), (SET, "nonsense", Some("1"))],
            "Unknown topic config name: nonsense",
        ),
        ("p.a", &[(7, retention, Some("1"))], "Unknown operations type 7"),
        (
            "p.a",
            &[(SET, "remote.storage.enable", Some("true"))],
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
        ),
    ];
    for (name, changes, message) in cases {
        assert_eq!(alter(&mut node, TOPIC, name, changes), *message);
    }
    let long = "1:1,".repeat(9000);
    assert_eq!(
        alter(
            &mut node,
            TOPIC,
            "p.a",
            &[(SET, "leader.replication.throttled.replicas", Some(&long))]
        ),
        "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes."
    );
    assert_eq!(alter(&mut node, 77, "x", &[]), "Unknown resource type 77");
}

#[test]
fn what_is_not_set_can_be_deleted() {
    let mut node = node();
    for name in ["retention.ms", "nonsense"] {
        let requests = [request(TOPIC, "p.a", &[(DELETE, name, None)])];
        let altered = incremental_alter_configs(&node.context(), &requests).remove(0).unwrap();
        assert!(altered.write.is_empty());
    }
    assert_eq!(alter(&mut node, BROKER, "1", &[(DELETE, "num.partitions", None)]), "");
}

#[test]
fn refused_on_brokers() {
    let mut node = node();
    let read_only = "Cannot update these configs dynamically: [num.partitions]";
    let per_broker =
        "Cannot update these configs at default cluster level, broker id must be specified: ";
    let listener = "listener.name.plaintext.ssl.keystore.location";
    let cases: &[(&str, Changes<'_>, &str)] = &[
        ("1", &[(SET, "num.partitions", Some("1"))], read_only),
        ("", &[(SET, "num.partitions", Some("1"))], read_only),
        (
            "1",
            &[(SET, "num.partitions", Some("1")), (SET, "node.id", Some("1"))],
            "Cannot update these configs dynamically: [node.id, num.partitions]",
        ),
        (
            "1",
            &[(SET, "log.retention.ms", Some("x"))],
            "Invalid value x for configuration log.retention.ms: Not a number of type LONG",
        ),
        (
            "",
            &[(SET, "log.segment.bytes", Some("1"))],
            "Invalid value 1 for configuration log.segment.bytes: Value must be at least 1048576",
        ),
        (
            "",
            &[(SET, "leader.replication.throttled.rate", Some("-1"))],
            "Invalid value -1 for configuration leader.replication.throttled.rate: Value must be at least 0",
        ),
        ("", &[(SET, "listeners", Some("PLAINTEXT://:1"))], &format!("{per_broker}[listeners]")),
        ("", &[(SET, listener, Some("x"))], &format!("{per_broker}[{listener}]")),
        (
            "1",
            &[(SET, "ssl.keystore.location", Some("x"))],
            "These security configs can be dynamically updated only per-listener using the listener prefix: \
             [ssl.keystore.location]",
        ),
        (
            "1",
            &[(APPEND, "log.retention.ms", Some("1"))],
            "Config value append is not allowed for config key: log.retention.ms",
        ),
        ("1", &[(APPEND, "nonsense", Some("1"))], "Unknown config name: nonsense"),
        ("", &[(SET, "log.retention.ms", None)], "Null value not supported for : log.retention.ms"),
        (
            "2",
            &[(SET, "log.retention.ms", Some("1"))],
            "Unexpected broker id, expected 1, but received 2",
        ),
        ("x", &[(SET, "log.retention.ms", Some("1"))], "Node id must be an integer, but it is: x"),
        (
            "1",
            &[(SET, "log.retention.ms", Some("0"))],
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
        ),
        (
            "",
            &[(SET, "log.roll.ms", Some("0"))],
            "requirement failed: log.roll.ms must be greater than or equal to 1",
        ),
    ];
    for (name, changes, message) in cases {
        assert_eq!(alter(&mut node, BROKER, name, changes), *message);
    }
}

#[test]
fn accepted_on_brokers() {
    let mut node = node();
    for (name, set) in [
        ("1", "log.retention.ms=100000"),
        ("", "log.retention.ms=0"), // hidden by the broker's own, as in Kafka
        ("1", "log.retention.ms=100000 nonsense=1"),
        ("", "log.retention.ms=0 nonsense=1"),
    ] {
        let (name_set, value) = set.rsplit(' ').next().unwrap().split_once('=').unwrap();
        assert_eq!(alter(&mut node, BROKER, name, &[(SET, name_set, Some(value))]), set);
    }
    assert_eq!(
        alter(&mut node, BROKER, "1", &[(APPEND, "log.cleanup.policy", Some("compact"))]),
        "log.cleanup.policy=delete,compact log.retention.ms=100000 nonsense=1"
    );
    let settings = node.view().topic_settings("p.a");
    assert_eq!(settings.retention_ms, 100_000);
    assert!(settings.cleanup_policy.compact && settings.cleanup_policy.delete);
}

#[test]
fn a_full_alteration_takes_the_rest_away() {
    let mut node = node();
    alter(
        &mut node,
        TOPIC,
        "p.a",
        &[(SET, "retention.ms", Some("1")), (SET, "segment.ms", Some("2"))],
    );
    let request = |set: &[(&str, &str)]| AlterConfigs {
        resource_type: TOPIC,
        resource_name: "p.a".to_owned(),
        configs: configs(set),
    };
    let requests = [request(&[("segment.ms", "3")])];
    let altered = alter_configs(&node.context(), &requests).remove(0).unwrap();
    node.commit(&altered.write);
    let set: Vec<_> = node
        .image
        .topic_overrides("p.a")
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(set, [("segment.ms".to_owned(), "3".to_owned())]);
    let altered = alter_configs(&node.context(), &[request(&[])]).remove(0).unwrap();
    node.commit(&altered.write);
    assert!(node.image.topic_overrides("p.a").is_empty());
    let twice = [request(&[]), request(&[])];
    for result in alter_configs(&node.context(), &twice) {
        assert_eq!(result, Err(AlterConfigsError::DuplicateResource));
    }
    let mut null = request(&[]);
    null.configs.push(("retention.ms".into(), None));
    let refused = alter_configs(&node.context(), &[null]).remove(0).unwrap_err();
    assert_eq!(refused.to_string(), "Null value not supported for : retention.ms");
}
