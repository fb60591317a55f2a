//! An image to plan on, and the commits of what was planned.

use vltava_metadata::{
    BrokerProperties, Change, ConfigView, Expected, Image, Key, NewTopic, Operation, PlanContext,
    Write, create_topics, generation_value,
};
use vltava_model::{BrokerId, Timestamp, TopicId};

/// A store of one node: the image, and what it is planned with.
pub(crate) struct Node {
    pub(crate) image: Image,
    pub(crate) properties: BrokerProperties,
    pub(crate) brokers: Vec<BrokerId>,
}

impl Node {
    /// One broker, number 1, started for the third time.
    pub(crate) fn new() -> Node {
        Node::with(&[], &[1])
    }

    pub(crate) fn with(properties: &[(&str, &str)], brokers: &[i32]) -> Node {
        let properties = BrokerProperties::new(properties.iter().copied()).unwrap();
        let brokers: Vec<_> = brokers.iter().copied().map(BrokerId).collect();
        let mut node = Node { image: Image::default(), properties, brokers };
        for broker in node.brokers.clone() {
            node.set(&Key::Generation(broker), &generation_value(3));
        }
        node
    }

    pub(crate) fn context(&self) -> PlanContext<'_> {
        PlanContext { view: self.view(), brokers: &self.brokers, now: Timestamp(1_000) }
    }

    pub(crate) fn view(&self) -> ConfigView<'_> {
        let (image, properties) = (&self.image, &self.properties);
        ConfigView { image, broker: self.brokers[0], properties }
    }

    /// Writes one key.
    pub(crate) fn set(&mut self, key: &Key, value: &[u8]) {
        let (key, revision) = (key.to_string(), self.image.revision() + 1);
        self.image.apply(Change { key: &key, value: Some(value), revision }).unwrap();
    }

    /// Commits a write as the store would: its expectations must hold.
    pub(crate) fn commit(&mut self, write: &Write) {
        for compare in &write.compares {
            let found = self.image.mod_revision(&Key::parse(&compare.key).unwrap());
            let expected = match compare.expected {
                Expected::Absent => 0,
                Expected::ModRevision(revision) => revision,
            };
            assert_eq!(found, expected, "{}", compare.key);
        }
        let revision = self.image.revision() + 1;
        for operation in &write.operations {
            let (key, value) = match operation {
                Operation::Put { key, value } => (key, Some(value.as_slice())),
                Operation::Delete { key } => (key, None),
            };
            self.image.apply(Change { key, value, revision }).unwrap();
        }
    }

    /// Creates a topic that must be created.
    pub(crate) fn create(&mut self, topic: NewTopic) {
        let created = create_topics(&self.context(), &[topic]).unwrap().remove(0).unwrap();
        self.commit(&created.write);
    }
}

/// A topic of one partition, and one replica.
pub(crate) fn topic(name: &str) -> NewTopic {
    let mut id = [0; 16];
    for (index, byte) in name.bytes().enumerate() {
        id[index % 16] ^= byte.wrapping_mul(31);
    }
    let (partitions, replication_factor) = (1, 1);
    let (assignments, configs) = (Vec::new(), Vec::new());
    let (name, id) = (name.to_owned(), TopicId(id));
    NewTopic { name, id, partitions, replication_factor, assignments, configs }
}

pub(crate) fn configs(set: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    set.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
}
