//! What a Kafka knew of its cluster: the state that the records of its metadata log come to. Pure.

pub(crate) mod records;

use std::collections::{BTreeMap, BTreeSet};

use vltava_model::{LeaderEpoch, Timestamp, TopicId, TopicName};

use self::records::{
    ClientQuotaRecord, ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord,
    TopicRecord,
};

/// The resource type of a topic's configs.
pub const TOPIC_RESOURCE: i8 = 2;
/// The resource type of a broker's configs; the empty name is all brokers.
pub const BROKER_RESOURCE: i8 = 4;

/// A leader that a change record leaves as it was.
const NO_CHANGE: i32 = -2;

/// The metadata of a Kafka cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KafkaMetadata {
    /// The topics.
    pub topics: BTreeMap<TopicId, KafkaTopic>,
    /// What is configured, by type and name of the resource.
    pub configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
    /// The first producer id that was not handed out to any broker.
    pub next_producer_id: i64,
    /// Feature levels, `metadata.version` among them.
    pub features: BTreeMap<String, i16>,
    /// The brokers that are registered.
    pub brokers: BTreeSet<i32>,
    /// What there is that Vltava does not keep.
    pub left: LeftOut,
    /// The state before an open transaction of the controller's (KIP-868).
    before: Option<Box<KafkaMetadata>>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq)]
pub struct KafkaTopic {
    /// Its name.
    pub name: String,
    /// When its record was written; in a snapshot, when that was taken.
    pub created: Timestamp,
    /// Its partitions.
    pub partitions: BTreeMap<i32, KafkaPartition>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaPartition {
    /// The brokers that have it.
    pub replicas: Vec<i32>,
    /// Those that have all of it.
    pub isr: Vec<i32>,
    /// Those that left when too few were in sync to go on, and have all of it (KIP-966).
    pub eligible: Vec<i32>,
    /// Who leads it; -1 for nobody, as in a cluster that is down.
    pub leader: i32,
    /// The leader's epoch.
    pub leader_epoch: LeaderEpoch,
    /// The log folder of each replica, by `directory.id`; empty before Kafka 3.7.
    pub directories: Vec<TopicId>,
}

/// What Vltava does not keep, so that it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// ACLs by id.
    pub acls: BTreeSet<TopicId>,
    /// SCRAM credentials by user and mechanism.
    pub scram: BTreeSet<(String, i8)>,
    /// Quotas by entity and key.
    pub quotas: BTreeSet<String>,
    /// Delegation tokens that were ever made or renewed.
    pub delegation_tokens: u64,
    /// Records of kinds that Kafka 4.3 does not have, by the kind's number.
    pub unknown: BTreeMap<u32, u64>,
}

impl KafkaMetadata {
    /// The topic of that name.
    pub fn topic(&self, name: &TopicName) -> Option<(TopicId, &KafkaTopic)> {
        let is_it = |(_, topic): &(&TopicId, &KafkaTopic)| topic.name == name.as_str();
        self.topics.iter().find(is_it).map(|(id, topic)| (*id, topic))
    }

    /// What is configured on a resource.
    pub fn configs_of(&self, resource: i8, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let configs = self.configs.get(&(resource, name.to_owned()));
        configs.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Applies one record, written at `timestamp`.
    pub(crate) fn apply(&mut self, record: MetadataRecord, timestamp: Timestamp) {
        match record {
            MetadataRecord::RegisterBroker(broker) => {
                self.brokers.insert(broker.broker_id);
            }
            MetadataRecord::UnregisterBroker(broker) => {
                self.brokers.remove(&broker.broker_id);
            }
            MetadataRecord::Topic(topic) => self.add_topic(&topic, timestamp),
            MetadataRecord::Partition(partition) => self.add_partition(partition),
            MetadataRecord::PartitionChange(change) => self.change_partition(change),
            MetadataRecord::RemoveTopic(removed) => self.remove_topic(removed.topic_id),
            MetadataRecord::Config(config) => self.configure(&config),
            MetadataRecord::ProducerIds(ids) => {
                self.next_producer_id = self.next_producer_id.max(ids.next_producer_id);
            }
            MetadataRecord::FeatureLevel(feature) => {
                self.features.insert(feature.name.as_str().to_owned(), feature.feature_level);
            }
            MetadataRecord::BeginTransaction => self.before = Some(Box::new(self.clone())),
            MetadataRecord::EndTransaction => self.before = None,
            MetadataRecord::AbortTransaction => self.abort_transaction(),
            MetadataRecord::Passing => {}
            other => self.left.note(other),
        }
    }

    /// Ends the log: a transaction that is still open is taken back, as the next controller would.
    pub(crate) fn finish(&mut self) {
        self.abort_transaction();
    }

    fn abort_transaction(&mut self) {
        if let Some(before) = self.before.take() {
            *self = *before;
        }
    }

    fn add_topic(&mut self, record: &TopicRecord, created: Timestamp) {
        let name = record.name.as_str().to_owned();
        let topic = KafkaTopic { name, created, partitions: BTreeMap::new() };
        self.topics.insert(record.topic_id, topic);
    }

    fn add_partition(&mut self, record: PartitionRecord) {
        let Some(topic) = self.topics.get_mut(&record.topic_id) else { return };
        let partition = KafkaPartition {
            replicas: record.replicas,
            isr: record.isr,
            eligible: record.eligible_leader_replicas.unwrap_or_default(),
            leader: record.leader,
            leader_epoch: LeaderEpoch(record.leader_epoch),
            directories: record.directories,
        };
        topic.partitions.insert(record.partition_id, partition);
    }

    /// As in Kafka, a change that names a leader raises the epoch, be it the same leader.
    fn change_partition(&mut self, change: PartitionChangeRecord) {
        let topic = self.topics.get_mut(&change.topic_id);
        let partition = topic.and_then(|topic| topic.partitions.get_mut(&change.partition_id));
        let Some(partition) = partition else { return };
        if let Some(isr) = change.isr {
            partition.isr = isr;
        }
        if let Some(eligible) = change.eligible_leader_replicas {
            partition.eligible = eligible;
        }
        if let Some(replicas) = change.replicas {
            partition.replicas = replicas;
        }
        if let Some(directories) = change.directories {
            partition.directories = directories;
        }
        if change.leader != NO_CHANGE {
            partition.leader = change.leader;
            partition.leader_epoch = LeaderEpoch(partition.leader_epoch.0.saturating_add(1));
        }
    }

    fn remove_topic(&mut self, id: TopicId) {
        if let Some(topic) = self.topics.remove(&id) {
            self.configs.remove(&(TOPIC_RESOURCE, topic.name));
        }
    }

    fn configure(&mut self, record: &ConfigRecord) {
        let resource = (record.resource_type, record.resource_name.as_str().to_owned());
        let name = record.name.as_str();
        match &record.value {
            Some(value) => {
                let configs = self.configs.entry(resource).or_default();
                configs.insert(name.to_owned(), value.as_str().to_owned());
            }
            None => {
                if let Some(configs) = self.configs.get_mut(&resource) {
                    configs.remove(name);
                }
            }
        }
    }
}

impl KafkaPartition {
    /// Whether a broker has every record that was acknowledged.
    pub fn is_whole_on(&self, broker: i32) -> bool {
        self.isr.contains(&broker) || self.eligible.contains(&broker) || self.replicas == [broker]
    }
}

impl LeftOut {
    fn note(&mut self, record: MetadataRecord) {
        match record {
            MetadataRecord::Acl(acl) => {
                self.acls.insert(acl.id);
            }
            MetadataRecord::RemoveAcl(acl) => {
                self.acls.remove(&acl.id);
            }
            MetadataRecord::Scram(user) => {
                self.scram.insert((user.name.as_str().to_owned(), user.mechanism));
            }
            MetadataRecord::RemoveScram(user) => {
                self.scram.remove(&(user.name.as_str().to_owned(), user.mechanism));
            }
            MetadataRecord::Quota(quota) => self.note_quota(&quota),
            MetadataRecord::DelegationToken => self.delegation_tokens += 1,
            MetadataRecord::Unknown(kind) => *self.unknown.entry(kind).or_default() += 1,
            _ => {}
        }
    }

    fn note_quota(&mut self, quota: &ClientQuotaRecord) {
        let mut text = String::new();
        for entity in &quota.entity {
            let name = entity.entity_name.as_ref().map_or("<default>", |name| name.as_str());
            text.push_str(&format!("{}={name} ", entity.entity_type.as_str()));
        }
        text.push_str(quota.key.as_str());
        if quota.remove {
            self.quotas.remove(&text);
        } else {
            self.quotas.insert(text);
        }
    }
}
