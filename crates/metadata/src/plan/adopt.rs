//! Taking over the metadata of a cluster that was another program's until now.

use std::sync::Arc;

use vltava_model::{BrokerId, LeaderEpoch, Timestamp, TopicId, TopicName};

use crate::image::{Overrides, Partition, Topic};
use crate::keys::Key;
use crate::values::{
    cluster_value, generation_value, overrides_value, producer_ids_value, topic_value,
};
use crate::write::Write;

/// A cluster as it was left, of which one broker becomes this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedCluster {
    /// The cluster's id.
    pub cluster_id: String,
    /// The broker that goes on, and leads all from here on.
    pub broker: BrokerId,
    /// The topics.
    pub topics: Vec<AdoptedTopic>,
    /// Configs set for all brokers.
    pub broker_defaults: Vec<(String, String)>,
    /// Configs set for the broker.
    pub broker_configs: Vec<(String, String)>,
    /// The first producer id that was surely not handed out.
    pub next_producer_id: i64,
}

/// A topic as it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedTopic {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub id: TopicId,
    /// When it was made, as far as is known.
    pub created: Timestamp,
    /// The highest leader epoch that clients may know, by partition; -1 for none. Never empty.
    pub leader_epochs: Vec<LeaderEpoch>,
    /// The configs set on it.
    pub configs: Vec<(String, String)>,
}

/// The writes that bring the cluster into an empty store, to be committed in this order: the cluster's id comes last.
///
/// Epochs count from the generation that a partition remembers, so that of the first start becomes one more than
/// that given, partition by partition.
pub fn adopt(cluster: &AdoptedCluster) -> Vec<Write> {
    let epochs = cluster.topics.iter().flat_map(|topic| &topic.leader_epochs);
    let newest = epochs.map(|epoch| after(*epoch)).max().unwrap_or(0);
    let mut writes: Vec<Write> =
        cluster.topics.iter().map(|topic| adopt_topic(cluster.broker, topic, newest)).collect();
    let mut write = Write::default();
    for (key, configs) in [
        (Key::BrokerDefaultConfigs, &cluster.broker_defaults),
        (Key::BrokerConfigs(cluster.broker), &cluster.broker_configs),
    ] {
        if !configs.is_empty() {
            put(&mut write, &key, overrides_value(&overrides(configs)));
        }
    }
    put(&mut write, &Key::ProducerIds, producer_ids_value(cluster.next_producer_id));
    put(&mut write, &Key::Generation(cluster.broker), generation_value(newest));
    put(&mut write, &Key::Cluster, cluster_value(&cluster.cluster_id));
    writes.push(write);
    writes
}

fn adopt_topic(broker: BrokerId, topic: &AdoptedTopic, newest: u64) -> Write {
    let replicas: Arc<[BrokerId]> = Arc::new([broker]);
    // The first start makes the generation `newest + 1`, and with it the epoch `after(epoch)`.
    let partition = |epoch: &LeaderEpoch| Partition {
        replicas: Arc::clone(&replicas),
        leader: broker,
        generation: newest + 1 - after(*epoch),
    };
    let stored = Topic {
        name: topic.name.clone(),
        id: topic.id,
        created: topic.created,
        partitions: topic.leader_epochs.iter().map(partition).collect(),
    };
    let mut write = Write::default();
    put(&mut write, &Key::Topic(topic.name.clone()), topic_value(&stored));
    if !topic.configs.is_empty() {
        let key = Key::TopicConfigs(topic.name.clone());
        put(&mut write, &key, overrides_value(&overrides(&topic.configs)));
    }
    write
}

/// The epoch that follows, as a generation counts.
fn after(epoch: LeaderEpoch) -> u64 {
    u64::try_from(i64::from(epoch.0) + 1).unwrap_or(0)
}

fn overrides(configs: &[(String, String)]) -> Overrides {
    configs.iter().cloned().collect()
}

fn put(write: &mut Write, key: &Key, value: Vec<u8>) {
    let key = key.to_string();
    write.expect(key.clone(), 0);
    write.put(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Change, Image};
    use crate::write::Operation;

    fn image(writes: &[Write]) -> Image {
        let mut image = Image::default();
        for (write, revision) in writes.iter().zip(1..) {
            for operation in &write.operations {
                let Operation::Put { key, value } = operation else { panic!("only puts") };
                image.apply(Change { key, value: Some(value), revision }).unwrap();
            }
        }
        image
    }

    #[test]
    fn epochs_go_on_above_those_that_were() {
        let configs = |name: &str| vec![(name.to_owned(), "7".to_owned())];
        let topic = |name: &str, epochs: &[i32]| AdoptedTopic {
            name: TopicName::new(name).unwrap(),
            id: TopicId([u8::try_from(name.len()).unwrap(); 16]),
            created: Timestamp(5),
            leader_epochs: epochs.iter().copied().map(LeaderEpoch).collect(),
            configs: configs("retention.ms"),
        };
        let cluster = AdoptedCluster {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
            broker: BrokerId(3),
            topics: vec![topic("a", &[0, 41, 7]), topic("bb", &[-1]), topic("ccc", &[41])],
            broker_defaults: configs("log.retention.ms"),
            broker_configs: configs("message.max.bytes"),
            next_producer_id: 3000,
        };
        let mut image = image(&adopt(&cluster));
        assert_eq!(image.cluster_id(), Some("MkU3OEVBNTcwNTJENDM2Qg"));
        assert_eq!(image.next_producer_id(), 3000);
        assert_eq!(image.topic_overrides("a").get("retention.ms"), Some("7"));
        assert_eq!(image.broker_default_overrides().get("log.retention.ms"), Some("7"));
        assert_eq!(image.broker_overrides(BrokerId(3)).get("message.max.bytes"), Some("7"));
        let key = Key::Generation(BrokerId(3)).to_string();
        for (start, added) in [(1, 0), (2, 1)] {
            let value = generation_value(42 + start);
            image.apply(Change { key: &key, value: Some(&value), revision: 9 + start }).unwrap();
            let epochs = |name: &str| -> Vec<i32> {
                let topic = image.topic(name).unwrap();
                topic.partitions.iter().map(|p| image.leader_epoch(p).0).collect()
            };
            assert_eq!(epochs("a"), [1 + added, 42 + added, 8 + added]);
            assert_eq!(epochs("bb"), [added]);
            assert_eq!(epochs("ccc"), [42 + added]);
        }
    }
}
