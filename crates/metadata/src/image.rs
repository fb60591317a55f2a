//! The metadata at one revision of the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;
use vltava_model::{BrokerId, LeaderEpoch, PartitionIndex, Timestamp, TopicId, TopicName};

use crate::keys::Key;
use crate::values::{self, ValueError};

/// All metadata. Cheap to clone: clones share every part until one of them changes it.
#[derive(Clone, Debug, Default)]
pub struct Image {
    revision: u64,
    cluster: Versioned<Option<Arc<str>>>,
    topics: Arc<BTreeMap<TopicName, Versioned<Arc<Topic>>>>,
    names: Arc<BTreeMap<TopicId, TopicName>>,
    topic_configs: Arc<BTreeMap<TopicName, Versioned<Overrides>>>,
    brokers: Arc<BTreeMap<BrokerId, Broker>>,
    broker_defaults: Versioned<Overrides>,
    producer_ids: Versioned<i64>,
}

/// A value with the revision that wrote it; 0 if it was never written, or deleted.
#[derive(Clone, Debug, Default)]
struct Versioned<T> {
    revision: u64,
    value: T,
}

/// What is kept about a broker.
#[derive(Clone, Debug, Default)]
struct Broker {
    configs: Versioned<Overrides>,
    generation: Versioned<u64>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Its id, which a topic of the same name made later does not share.
    pub id: TopicId,
    /// When it was made.
    pub created: Timestamp,
    /// Its partitions, by index. Never empty.
    pub partitions: Vec<Partition>,
}

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The brokers that are said to have it.
    pub replicas: Arc<[BrokerId]>,
    /// The broker that owns it.
    pub leader: BrokerId,
    /// The leader's generation when it became the leader; leader epochs count from here.
    pub generation: u64,
}

/// Configs that were set on a topic or broker, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides(Arc<BTreeMap<String, String>>);

/// One entry of the store as it became.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The key.
    pub key: &'a str,
    /// Its value; `None` if it was deleted.
    pub value: Option<&'a [u8]>,
    /// The revision that wrote or deleted it.
    pub revision: u64,
}

/// Why a change of the store did not change the image.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The key is none of ours. It may be passed over: a later version may have written it.
    #[error("the metadata store has an unknown key {key}")]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// The value is damaged.
    #[error("the metadata store has a bad value at key {key}")]
    BadValue {
        /// The key.
        key: String,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Image {
    /// The revision of the last change that was applied.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The cluster's id, once it has one.
    pub fn cluster_id(&self) -> Option<&str> {
        self.cluster.value.as_deref()
    }

    /// The topics in order of name.
    pub fn topics(&self) -> impl ExactSizeIterator<Item = &Arc<Topic>> {
        self.topics.values().map(|topic| &topic.value)
    }

    /// The topic of that name.
    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.topics.get(name).map(|topic| &topic.value)
    }

    /// The topic of that id.
    pub fn topic_by_id(&self, id: TopicId) -> Option<&Arc<Topic>> {
        self.topic(self.names.get(&id)?.as_str())
    }

    /// The topics whose name begins with `prefix`, in order of name.
    pub fn topics_with_prefix(&self, prefix: &str) -> impl Iterator<Item = &Arc<Topic>> {
        let from = (std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded);
        self.topics
            .range::<str, _>(from)
            .map(|(_, topic)| &topic.value)
            .take_while(move |topic| topic.name.as_str().starts_with(prefix))
    }

    /// The configs set on a topic.
    pub fn topic_overrides(&self, name: &str) -> Overrides {
        self.topic_configs.get(name).map(|configs| configs.value.clone()).unwrap_or_default()
    }

    /// The configs set for one broker.
    pub fn broker_overrides(&self, broker: BrokerId) -> Overrides {
        self.brokers.get(&broker).map(|broker| broker.configs.value.clone()).unwrap_or_default()
    }

    /// The configs set for all brokers.
    pub fn broker_default_overrides(&self) -> Overrides {
        self.broker_defaults.value.clone()
    }

    /// How often a broker has started; 0 if it never did.
    pub fn generation(&self, broker: BrokerId) -> u64 {
        self.brokers.get(&broker).map_or(0, |broker| broker.generation.value)
    }

    /// The leader epoch of a partition: how often its leader has started since it became the leader.
    pub fn leader_epoch(&self, partition: &Partition) -> LeaderEpoch {
        let starts = self.generation(partition.leader).saturating_sub(partition.generation);
        LeaderEpoch(i32::try_from(starts).unwrap_or(i32::MAX))
    }

    /// The first producer id that was not handed out.
    pub fn next_producer_id(&self) -> i64 {
        self.producer_ids.value
    }

    /// The revision at which a key was last written; 0 if it is not there.
    pub fn mod_revision(&self, key: &Key) -> u64 {
        match key {
            Key::Cluster => self.cluster.revision,
            Key::Topic(name) => self.topics.get(name).map_or(0, |topic| topic.revision),
            Key::TopicConfigs(name) => self.topic_configs.get(name).map_or(0, |c| c.revision),
            Key::BrokerDefaultConfigs => self.broker_defaults.revision,
            Key::BrokerConfigs(id) => self.brokers.get(id).map_or(0, |b| b.configs.revision),
            Key::Generation(id) => self.brokers.get(id).map_or(0, |b| b.generation.revision),
            Key::ProducerIds => self.producer_ids.revision,
        }
    }

    /// Applies one change. A change that is older than what the image has of its key is passed over; after an error the
    /// image is as it was.
    pub fn apply(&mut self, change: Change<'_>) -> Result<(), ApplyError> {
        let Some(key) = Key::parse(change.key) else {
            return Err(ApplyError::UnknownKey { key: change.key.to_owned() });
        };
        if change.revision >= self.mod_revision(&key) {
            let bad = |cause: ValueError| ApplyError::BadValue {
                key: change.key.to_owned(),
                cause: cause.into(),
            };
            self.set(key, change.value, change.revision).map_err(bad)?;
        }
        self.revision = self.revision.max(change.revision);
        Ok(())
    }

    fn set(&mut self, key: Key, value: Option<&[u8]>, revision: u64) -> Result<(), ValueError> {
        match key {
            Key::Cluster => {
                let id = value.map(values::read_cluster).transpose()?;
                self.cluster = Versioned::written(id.map(|id| Some(id.into())), revision);
            }
            Key::Topic(name) => match value {
                Some(value) => self.put_topic(values::read_topic(&name, value)?, revision),
                None => self.remove_topic(&name),
            },
            Key::TopicConfigs(name) => {
                let overrides = value.map(values::read_overrides).transpose()?;
                let configs = Arc::make_mut(&mut self.topic_configs);
                match overrides {
                    Some(value) => configs.insert(name, Versioned { revision, value }),
                    None => configs.remove(&name),
                };
            }
            Key::BrokerDefaultConfigs => {
                let overrides = value.map(values::read_overrides).transpose()?;
                self.broker_defaults = Versioned::written(overrides, revision);
            }
            Key::BrokerConfigs(id) => {
                let overrides = value.map(values::read_overrides).transpose()?;
                self.broker(id).configs = Versioned::written(overrides, revision);
            }
            Key::Generation(id) => {
                let generation = value.map(values::read_generation).transpose()?;
                self.broker(id).generation = Versioned::written(generation, revision);
            }
            Key::ProducerIds => {
                let next = value.map(values::read_producer_ids).transpose()?;
                self.producer_ids = Versioned::written(next, revision);
            }
        }
        Ok(())
    }

    fn put_topic(&mut self, topic: Topic, revision: u64) {
        if self.topic(topic.name.as_str()).is_none_or(|old| old.id != topic.id) {
            self.remove_topic(&topic.name);
            Arc::make_mut(&mut self.names).insert(topic.id, topic.name.clone());
        }
        let (name, value) = (topic.name.clone(), Arc::new(topic));
        Arc::make_mut(&mut self.topics).insert(name, Versioned { revision, value });
    }

    fn remove_topic(&mut self, name: &TopicName) {
        if !self.topics.contains_key(name) {
            return;
        }
        if let Some(old) = Arc::make_mut(&mut self.topics).remove(name) {
            Arc::make_mut(&mut self.names).remove(&old.value.id);
        }
    }

    fn broker(&mut self, id: BrokerId) -> &mut Broker {
        Arc::make_mut(&mut self.brokers).entry(id).or_default()
    }
}

impl<T: Default> Versioned<T> {
    /// A written value, or the state of a key that is not there.
    fn written(value: Option<T>, revision: u64) -> Versioned<T> {
        value.map_or_else(Versioned::default, |value| Versioned { revision, value })
    }
}

impl Topic {
    /// Partitions that a topic may have.
    pub const PARTITIONS_MAX: u32 = 1_000_000;

    /// A partition of the topic.
    pub fn partition(&self, index: PartitionIndex) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index.0).ok()?)
    }

    /// The number of partitions.
    pub fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.len()).expect("a topic has fewer partitions than i32 counts")
    }

    /// The number of replicas of its partitions.
    pub fn replication_factor(&self) -> i16 {
        let replicas = self.partitions.first().map_or(0, |partition| partition.replicas.len());
        i16::try_from(replicas).unwrap_or(i16::MAX)
    }

    /// The partitions with their indexes.
    pub fn indexed(&self) -> impl Iterator<Item = (PartitionIndex, &Partition)> {
        (0..).map(PartitionIndex).zip(&self.partitions)
    }
}

impl Overrides {
    /// The value that was set; `None` if none was.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and values in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn set(&mut self, name: &str, value: Option<String>) {
        let values = Arc::make_mut(&mut self.0);
        match value {
            Some(value) => values.insert(name.to_owned(), value),
            None => values.remove(name),
        };
    }
}

impl FromIterator<(String, String)> for Overrides {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(values: I) -> Overrides {
        Overrides(Arc::new(values.into_iter().collect()))
    }
}
