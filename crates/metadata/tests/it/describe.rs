//! What is described, line by line against Apache Kafka 4.3.1 with the same properties.

use std::fmt::Write as _;

use vltava_metadata::{
    ConfigChange, ConfigEntry, ConfigSource, IncrementalAlterConfigs, Key, create_topics,
    incremental_alter_configs, topic_configs,
};

use crate::support::{Node, configs, topic};

/// The topics that both make.
const SET: &[(&str, &str)] = &[
    ("cleanup.policy", " delete, compact"),
    ("retention.ms", "+5"),
    ("min.cleanable.dirty.ratio", "1"),
    ("compression.type", "zstd"),
    ("preallocate", "TRUE"),
    ("leader.replication.throttled.replicas", "1:1,2:2"),
];

fn node(properties: &str) -> Node {
    let lines = properties.lines().filter_map(|line| line.split_once('='));
    let properties: Vec<_> = lines.map(|(name, value)| (name, value.trim())).collect();
    let mut node = Node::with(&properties, &[1]);
    // Kafka's own doing, where it is formatted with eligible leader replicas.
    node.set(&Key::BrokerDefaultConfigs, br#"{"min.insync.replicas":"1"}"#);
    node
}

fn alter(node: &mut Node, broker: &str, set: &[(&str, &str)]) {
    let changes = set.iter().map(|(name, value)| ConfigChange {
        name: (*name).to_owned(),
        operation: 0,
        value: Some((*value).to_owned()),
    });
    let request = IncrementalAlterConfigs {
        resource_type: 4,
        resource_name: broker.to_owned(),
        changes: changes.collect(),
    };
    let altered = incremental_alter_configs(&node.context(), &[request]).remove(0).unwrap();
    node.commit(&altered.write);
}

/// All that is described, in the form of the files; our own configs are left out.
fn described(node: &mut Node, change: impl Fn(&mut Node)) -> String {
    let mut text = String::new();
    for (name, set) in [("plain", &[][..]), ("set", SET)] {
        let mut request = topic(name);
        request.configs = configs(set);
        let created = create_topics(&node.context(), &[request]).unwrap().remove(0).unwrap();
        writeln!(text, "# CREATED {name}").unwrap();
        for entry in &created.configs {
            write_line(&mut text, entry, false);
        }
        node.commit(&created.write);
    }
    change(node);
    for name in ["plain", "set"] {
        writeln!(text, "# TOPIC {name}").unwrap();
        for entry in node.view().describe_topic(&node.image.topic_overrides(name)) {
            write_line(&mut text, &entry, true);
        }
    }
    for (name, entries) in
        [("1", node.view().describe_broker()), ("", node.view().describe_broker_defaults())]
    {
        writeln!(text, "# BROKER {name}").unwrap();
        for entry in entries {
            write_line(&mut text, &entry, true);
        }
    }
    text
}

fn write_line(text: &mut String, entry: &ConfigEntry, whole: bool) {
    if entry.name == "write.caching" {
        return;
    }
    let none = "\\N".to_owned();
    write!(text, "{}={}", entry.name, entry.value.as_ref().unwrap_or(&none)).unwrap();
    if whole {
        write!(text, "\t{}", entry.value_type.map_or("UNKNOWN", |value_type| value_type.name()))
            .unwrap();
    }
    write!(text, "\t{}", source(entry.source)).unwrap();
    text.push_str(if entry.sensitive { "\tsensitive" } else { "\t-" });
    text.push_str(if entry.read_only { "\tread-only" } else { "\t-" });
    for synonym in &entry.synonyms {
        let value = synonym.value.as_ref().unwrap_or(&none);
        write!(text, "\t{} {}={value}", source(synonym.source), synonym.name).unwrap();
    }
    text.push('\n');
}

fn source(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::Topic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
    }
}

fn same(ours: &str, kafkas: &str) {
    let (ours, kafkas): (Vec<_>, Vec<_>) = (ours.lines().collect(), kafkas.lines().collect());
    let missing: Vec<_> = kafkas.iter().filter(|line| !ours.contains(line)).collect();
    let added: Vec<_> = ours.iter().filter(|line| !kafkas.contains(line)).collect();
    assert!(missing.is_empty() && added.is_empty(), "missing {missing:#?}\nadded {added:#?}");
    assert_eq!(ours, kafkas);
}

#[test]
fn with_stock_properties() {
    let mut node = node(include_str!("kafka/stock.properties"));
    same(&described(&mut node, |_| {}), include_str!("kafka/stock.tsv"));
}

#[test]
fn with_changed_properties() {
    let mut node = node(include_str!("kafka/changed.properties"));
    let change = |node: &mut Node| {
        alter(
            node,
            "1",
            &[
                ("log.retention.ms", "100000"),
                ("log.cleanup.policy", "compact"),
                ("listener.name.plaintext.ssl.keystore.password", "secret"),
                ("nonsense", "x"),
            ],
        );
        alter(
            node,
            "",
            &[
                ("log.retention.ms", "200000"),
                ("log.segment.bytes", "1048577"),
                ("leader.replication.throttled.rate", "1000"),
                ("log.flush.interval.ms", "77"),
            ],
        );
    };
    same(&described(&mut node, change), include_str!("kafka/changed.tsv"));
}

#[test]
fn our_own_config_follows_its_property() {
    let node = Node::with(&[("write.caching", "true")], &[1]);
    assert!(node.view().topic_settings("any").write_caching);
    let entries = node.view().describe_topic(&node.image.topic_overrides("any"));
    let entry = entries.iter().find(|entry| entry.name == "write.caching").unwrap();
    assert_eq!((entry.value.as_deref(), entry.source), (Some("true"), ConfigSource::StaticBroker));
    assert_eq!(entries.len(), topic_configs().len());
}
