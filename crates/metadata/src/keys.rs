//! The keys of the store.
//!
//! ```text
//! /vltava/cluster                     the cluster's id
//! /vltava/topics/<topic name>         id, time of creation and partitions of a topic
//! /vltava/configs/topics/<topic name> the configs set on a topic
//! /vltava/configs/brokers/default     the configs set for all brokers
//! /vltava/configs/brokers/<broker id> the configs set for one broker
//! /vltava/generations/<broker id>     how often a broker has started; leader epochs count from it
//! /vltava/producer-ids                the first producer id that was not handed out
//! ```
//!
//! Topic names are legal in a key as they are. Values are JSON objects: see [`crate::values`].

use std::fmt;

use vltava_model::{BrokerId, TopicName};

/// A key of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The cluster's id.
    Cluster,
    /// A topic and its partitions.
    Topic(TopicName),
    /// The configs set on a topic.
    TopicConfigs(TopicName),
    /// The configs set for all brokers.
    BrokerDefaultConfigs,
    /// The configs set for one broker.
    BrokerConfigs(BrokerId),
    /// How often a broker has started.
    Generation(BrokerId),
    /// The first producer id that was not handed out.
    ProducerIds,
}

const CLUSTER: &str = "cluster";
const TOPICS: &str = "topics/";
const TOPIC_CONFIGS: &str = "configs/topics/";
const BROKER_CONFIGS: &str = "configs/brokers/";
const DEFAULT: &str = "default";
const GENERATIONS: &str = "generations/";
const PRODUCER_IDS: &str = "producer-ids";

impl Key {
    /// What every key begins with.
    pub const PREFIX: &str = "/vltava/";

    /// Reads a key; `None` if it is none of ours.
    pub fn parse(text: &str) -> Option<Key> {
        let rest = text.strip_prefix(Key::PREFIX)?;
        let topic = |name: &str| TopicName::new(name).ok();
        match rest {
            CLUSTER => return Some(Key::Cluster),
            PRODUCER_IDS => return Some(Key::ProducerIds),
            _ => {}
        }
        if let Some(name) = rest.strip_prefix(TOPICS) {
            topic(name).map(Key::Topic)
        } else if let Some(name) = rest.strip_prefix(TOPIC_CONFIGS) {
            topic(name).map(Key::TopicConfigs)
        } else if let Some(DEFAULT) = rest.strip_prefix(BROKER_CONFIGS) {
            Some(Key::BrokerDefaultConfigs)
        } else if let Some(id) = rest.strip_prefix(BROKER_CONFIGS) {
            broker(id).map(Key::BrokerConfigs)
        } else {
            broker(rest.strip_prefix(GENERATIONS)?).map(Key::Generation)
        }
    }
}

/// A broker id in the one way that we write it, so that no two keys mean the same.
fn broker(text: &str) -> Option<BrokerId> {
    let id: i32 = text.parse().ok()?;
    (id >= 0 && id.to_string() == text).then_some(BrokerId(id))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Key::PREFIX)?;
        match self {
            Key::Cluster => f.write_str(CLUSTER),
            Key::Topic(name) => write!(f, "{TOPICS}{name}"),
            Key::TopicConfigs(name) => write!(f, "{TOPIC_CONFIGS}{name}"),
            Key::BrokerDefaultConfigs => write!(f, "{BROKER_CONFIGS}{DEFAULT}"),
            Key::BrokerConfigs(id) => write!(f, "{BROKER_CONFIGS}{id}"),
            Key::Generation(id) => write!(f, "{GENERATIONS}{id}"),
            Key::ProducerIds => f.write_str(PRODUCER_IDS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_as_they_are_written() {
        let name = TopicName::new("a.b_c-1").unwrap();
        let cases = [
            (Key::Cluster, "/vltava/cluster"),
            (Key::Topic(name.clone()), "/vltava/topics/a.b_c-1"),
            (Key::TopicConfigs(name), "/vltava/configs/topics/a.b_c-1"),
            (Key::BrokerDefaultConfigs, "/vltava/configs/brokers/default"),
            (Key::BrokerConfigs(BrokerId(7)), "/vltava/configs/brokers/7"),
            (Key::Generation(BrokerId(0)), "/vltava/generations/0"),
            (Key::ProducerIds, "/vltava/producer-ids"),
        ];
        for (key, text) in cases {
            assert_eq!(key.to_string(), text);
            assert_eq!(Key::parse(text), Some(key));
        }
    }

    #[test]
    fn other_keys_are_none() {
        for text in [
            "",
            "/vltava/",
            "/other/cluster",
            "/vltava/topics/",
            "/vltava/topics/a/b",
            "/vltava/configs/brokers/07",
            "/vltava/configs/brokers/-1",
            "/vltava/generations/default",
            "/vltava/producer-ids/1",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
