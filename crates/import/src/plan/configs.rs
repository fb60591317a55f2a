//! Which configs are taken over.

use vltava_metadata::{broker_config, topic_config};
use vltava_model::BrokerId;

use super::Note;
use crate::metadata::{BROKER_RESOURCE, KafkaMetadata, TOPIC_RESOURCE};

/// A topic's configs. Those of older Kafkas that 4.3 does not have (`message.format.version`) are noted.
pub(super) fn of_topic(
    metadata: &KafkaMetadata,
    topic: &str,
    notes: &mut Vec<Note>,
) -> Vec<(String, String)> {
    let known = |name: &str| topic_config(name).is_some();
    let resource = format!("topic {topic}");
    taken(metadata.configs_of(TOPIC_RESOURCE, topic), known, &resource, notes)
}

/// The dynamic configs of a broker; of all brokers by the empty name.
pub(super) fn of_broker(
    metadata: &KafkaMetadata,
    broker: &str,
    notes: &mut Vec<Note>,
) -> Vec<(String, String)> {
    let known = |name: &str| broker_config(name).is_some() || name.starts_with("listener.name.");
    let resource =
        if broker.is_empty() { "all brokers".to_owned() } else { format!("broker {broker}") };
    taken(metadata.configs_of(BROKER_RESOURCE, broker), known, &resource, notes)
}

fn taken<'a>(
    configs: impl Iterator<Item = (&'a str, &'a str)>,
    known: impl Fn(&str) -> bool,
    resource: &str,
    notes: &mut Vec<Note>,
) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    for (name, value) in configs {
        if known(name) {
            taken.push((name.to_owned(), value.to_owned()));
        } else {
            let (resource, config) = (resource.to_owned(), format!("{name}={value}"));
            notes.push(Note::UnknownConfig { resource, config });
        }
    }
    taken
}

/// Notes the configs of whatever is neither a topic nor this broker.
pub(super) fn note_others(metadata: &KafkaMetadata, node: BrokerId, notes: &mut Vec<Note>) {
    for ((kind, name), configs) in &metadata.configs {
        let own = name.is_empty() || *name == node.to_string();
        let resource = match *kind {
            TOPIC_RESOURCE => continue,
            BROKER_RESOURCE if own => continue,
            BROKER_RESOURCE => format!("broker {name}"),
            16 => format!("client metrics {name}"),
            32 => format!("group {name}"),
            other => format!("resource {name} of type {other}"),
        };
        if !configs.is_empty() {
            let configs = configs.keys().cloned().collect();
            notes.push(Note::OtherConfigs { resource, configs });
        }
    }
}
