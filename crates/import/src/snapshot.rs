//! Writes a snapshot of Kafka's metadata log, from which a KRaft controller starts. Pure.
//!
//! ```text
//! batch  control record: snapshot header
//! batch  FeatureLevelRecord of metadata.version, then topics, partitions, configs, producer ids; several such batches
//! batch  control record: snapshot footer
//! ```

use vltava_metadata::{AdoptedCluster, AdoptedTopic};
use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId};
use vltava_protocol::{Message, Str, Writer};
use vltava_records::{BatchBuilder, Compression};

use crate::metadata::records::{
    ConfigRecord, FeatureLevelRecord, PartitionRecord, ProducerIdsRecord, SnapshotFooterRecord,
    SnapshotHeaderRecord, TopicRecord, encode, encode_plain,
};
use crate::metadata::{BROKER_RESOURCE, TOPIC_RESOURCE};

/// `metadata.version` 3.9-IV0: what Kafka 3.9 writes, and 4.0 to 4.3 read.
const METADATA_VERSION: i16 = 21;
/// With it PartitionRecords have directories.
const PARTITION_VERSION: i16 = 1;

/// The snapshot's epoch; the controller's first is higher.
pub(crate) const EPOCH: i32 = 1;

/// Records of one batch, which Kafka bounds at 8 MiB.
const BATCH_RECORDS: usize = 1_000;

const SNAPSHOT_HEADER: i16 = 3;
const SNAPSHOT_FOOTER: i16 = 4;

/// Topic configs that Kafka does not have.
const OURS: &[&str] = &["write.caching"];

/// The name of the file, and its content.
pub(crate) fn write(
    cluster: &AdoptedCluster,
    directory: TopicId,
    now: Timestamp,
) -> (String, Vec<u8>) {
    let records = records(cluster, directory);
    let mut file = File { bytes: Vec::new(), next: 0, now };
    let last_contained_log_timestamp = now.0;
    file.control(
        SNAPSHOT_HEADER,
        &SnapshotHeaderRecord { version: 0, last_contained_log_timestamp },
    );
    for batch in records.chunks(BATCH_RECORDS) {
        let mut builder = file.batch();
        batch.iter().for_each(|record| builder.push(now, None, Some(record), &[]));
        file.add(builder);
    }
    file.control(SNAPSHOT_FOOTER, &SnapshotFooterRecord { version: 0 });
    // It stands for a log that held just these records.
    (format!("{:020}-{EPOCH:010}.checkpoint", file.next), file.bytes)
}

struct File {
    bytes: Vec<u8>,
    next: i64,
    now: Timestamp,
}

impl File {
    fn batch(&self) -> BatchBuilder {
        BatchBuilder::new().at(Offset(self.next), LeaderEpoch(EPOCH))
    }

    fn add(&mut self, batch: BatchBuilder) {
        self.next += i64::try_from(batch.len()).expect("a batch counts its records in 32 bits");
        self.bytes.extend_from_slice(&batch.build(Compression::None));
    }

    fn control(&mut self, kind: i16, fields: &impl Message) {
        let mut key = [0; 4];
        key[2..].copy_from_slice(&kind.to_be_bytes());
        let mut builder = self.batch().control();
        builder.push(self.now, Some(&key), Some(&encode_plain(Writer::new(), 0, fields)), &[]);
        self.add(builder);
    }
}

fn records(cluster: &AdoptedCluster, directory: TopicId) -> Vec<Vec<u8>> {
    let feature =
        FeatureLevelRecord { name: "metadata.version".into(), feature_level: METADATA_VERSION };
    let mut records = vec![encode(12, 0, &feature)];
    for topic in &cluster.topics {
        add_topic(&mut records, cluster, topic, directory);
    }
    add_configs(&mut records, BROKER_RESOURCE, "", &cluster.broker_defaults);
    add_configs(
        &mut records,
        BROKER_RESOURCE,
        &cluster.broker.to_string(),
        &cluster.broker_configs,
    );
    let next_producer_id = cluster.next_producer_id;
    let ids = ProducerIdsRecord { broker_id: cluster.broker.0, broker_epoch: -1, next_producer_id };
    records.push(encode(15, 0, &ids));
    records
}

fn add_topic(
    records: &mut Vec<Vec<u8>>,
    cluster: &AdoptedCluster,
    topic: &AdoptedTopic,
    directory: TopicId,
) {
    let name = topic.name.as_str();
    records.push(encode(2, 0, &TopicRecord { name: name.into(), topic_id: topic.id }));
    for (partition_id, epoch) in (0..).zip(&topic.leader_epochs) {
        // Without a leader, as Kafka leaves a broker that stopped: it becomes the leader once it has registered.
        let partition = PartitionRecord {
            partition_id,
            topic_id: topic.id,
            replicas: vec![cluster.broker.0],
            isr: vec![cluster.broker.0],
            leader_epoch: epoch.0,
            partition_epoch: 0,
            directories: vec![directory],
            ..PartitionRecord::default()
        };
        records.push(encode(3, PARTITION_VERSION, &partition));
    }
    add_configs(records, TOPIC_RESOURCE, name, &topic.configs);
}

fn add_configs(
    records: &mut Vec<Vec<u8>>,
    resource_type: i8,
    resource: &str,
    configs: &[(String, String)],
) {
    for (name, value) in configs.iter().filter(|(name, _)| !OURS.contains(&name.as_str())) {
        let record = ConfigRecord {
            resource_type,
            resource_name: resource.into(),
            name: name.as_str().into(),
            value: Some(Str::from(value.as_str())),
        };
        records.push(encode(4, 0, &record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_metadata;
    use vltava_model::{BrokerId, TopicName};

    #[test]
    fn what_is_written_can_be_read() {
        let configs = vec![("retention.ms".to_owned(), "1".to_owned())];
        let ours = vec![("write.caching".to_owned(), "true".to_owned())];
        let topic = AdoptedTopic {
            name: TopicName::new("t").unwrap(),
            id: TopicId([7; 16]),
            created: Timestamp(5),
            leader_epochs: vec![LeaderEpoch(3); 1_500],
            configs: [configs.clone(), ours].concat(),
        };
        let cluster = AdoptedCluster {
            cluster_id: "c".to_owned(),
            broker: BrokerId(2),
            topics: vec![topic],
            broker_defaults: configs.clone(),
            broker_configs: configs,
            next_producer_id: 4_000,
        };
        let (name, bytes) = write(&cluster, TopicId([8; 16]), Timestamp(9));
        let folder = tempfile::tempdir().unwrap();
        std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(folder.path().join(&name))
            .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes))
            .unwrap();
        let read = read_metadata(folder.path()).unwrap();
        assert_eq!(name, format!("{:020}-0000000001.checkpoint", read.end.0));
        let topic = &read.metadata.topics[&TopicId([7; 16])];
        assert_eq!(topic.partitions.len(), 1_500);
        let partition = &topic.partitions[&1_499];
        assert_eq!((partition.leader, partition.leader_epoch), (-1, LeaderEpoch(3)));
        assert_eq!(partition.directories, [TopicId([8; 16])]);
        let of_topic: Vec<_> = read.metadata.configs_of(TOPIC_RESOURCE, "t").collect();
        assert_eq!(of_topic, [("retention.ms", "1")]);
        assert_eq!(read.metadata.configs_of(BROKER_RESOURCE, "2").count(), 1);
        assert_eq!(read.metadata.next_producer_id, 4_000);
    }
}
