//! Reading a metadata log that Apache Kafka 4.3.1 wrote: topics made, one of them deleted and made again, partitions
//! added, configs set and taken away, ACLs, quotas, a SCRAM credential, then a clean stop. Its snapshots are of offset 0
//! and of offset 43.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;
use vltava_import::{
    BROKER_RESOURCE, KafkaMetadata, MetadataLogError, TOPIC_RESOURCE, read_metadata,
};
use vltava_model::{LeaderEpoch, Offset, TopicId, TopicName};

const LOG: &str = "00000000000000000000.log";
const FIRST_SNAPSHOT: &str = "00000000000000000000-0000000000.checkpoint";
const LATER_SNAPSHOT: &str = "00000000000000000043-0000000001.checkpoint";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka-4.3.1").join(name)
}

/// A folder with some of the files.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        fs::copy(fixture(name), folder.path().join(name)).expect("a copy");
    }
    folder
}

fn check(metadata: &KafkaMetadata) {
    let name = |name: &str| TopicName::new(name).expect("a name");
    let names: Vec<&str> = metadata.topics.values().map(|topic| topic.name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let (id, orders) = metadata.topic(&name("orders")).expect("a topic");
    assert_eq!(id.to_string(), "L9Um1ofAQjC9kqgx69h__Q");
    assert_eq!(orders.partitions.len(), 4);
    let (id, again) = metadata.topic(&name("again")).expect("a topic");
    assert_eq!(id.to_string(), "VQbOzWbhQGGgRbRbA1L0-Q");
    assert_eq!(again.partitions.len(), 2);
    for partition in again.partitions.values() {
        assert_eq!(partition.replicas, [1]);
        // The stop took the leader away, which raised the epoch from 0.
        assert_eq!((partition.leader, partition.leader_epoch), (-1, LeaderEpoch(1)));
        assert!(partition.isr.is_empty() && partition.is_whole_on(1));
        assert_ne!(partition.directories, [TopicId::ZERO]);
    }
    let configs = |resource, name| metadata.configs_of(resource, name).collect::<Vec<_>>();
    let of_orders = [("max.message.bytes", "123456"), ("retention.ms", "-1")];
    assert_eq!(configs(TOPIC_RESOURCE, "orders"), of_orders);
    assert_eq!(configs(TOPIC_RESOURCE, "again"), [("retention.bytes", "7000000")]);
    let of_all = [("log.retention.ms", "7777777777"), ("min.insync.replicas", "1")];
    assert_eq!(configs(BROKER_RESOURCE, ""), of_all);
    assert_eq!(configs(BROKER_RESOURCE, "1"), [("message.max.bytes", "2000000")]);
    assert_eq!(metadata.next_producer_id, 1000);
    assert_eq!(metadata.features["metadata.version"], 30);
    assert_eq!(metadata.brokers, [1].into());
    let left = &metadata.left;
    assert_eq!((left.acls.len(), left.scram.len(), left.delegation_tokens), (1, 1, 0));
    assert_eq!(left.quotas, ["user=alice producer_byte_rate".to_owned()].into());
    assert!(left.unknown.is_empty());
}

#[test]
fn the_log_from_its_beginning() {
    for names in [&[FIRST_SNAPSHOT, LOG][..], &[LOG]] {
        let read = read_metadata(folder(names).path()).unwrap();
        check(&read.metadata);
        assert_eq!((read.end, read.torn_bytes), (Offset(52), 0));
    }
}

#[test]
fn the_latest_snapshot_and_what_follows() {
    let names = [FIRST_SNAPSHOT, LATER_SNAPSHOT, LOG];
    let read = read_metadata(folder(&names).path()).unwrap();
    check(&read.metadata);
    assert_eq!(read.end, Offset(52));
}

#[test]
fn a_torn_end_does_not_count() {
    let folder = folder(&[LOG]);
    let path = folder.path().join(LOG);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let read = read_metadata(folder.path()).unwrap();
    assert_eq!(read.end, Offset(51));
    assert!(read.torn_bytes > 0);
}

#[test]
fn what_is_missing_or_damaged_is_told() {
    let empty = read_metadata(folder(&[]).path()).unwrap_err();
    assert!(matches!(empty, MetadataLogError::Gap { missing: Offset(0), .. }), "{empty}");
    let later = folder(&[LOG]);
    let renamed = later.path().join("00000000000000000044.log");
    fs::rename(later.path().join(LOG), renamed).unwrap();
    let gap = read_metadata(later.path()).unwrap_err();
    assert!(matches!(gap, MetadataLogError::Gap { .. }), "{gap}");
    let snapshot = folder(&[LATER_SNAPSHOT]);
    let path = snapshot.path().join(LATER_SNAPSHOT);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let damaged = read_metadata(snapshot.path()).unwrap_err();
    assert!(matches!(damaged, MetadataLogError::Damaged { .. }), "{damaged}");
}

proptest! {
    /// Whatever bytes stand in a file, reading ends and does not panic.
    #[test]
    fn damage_is_survived(at in 0usize..1900, byte: u8, cut in 0usize..1900) {
        let folder = folder(&[LATER_SNAPSHOT]);
        let path = folder.path().join(LATER_SNAPSHOT);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut);
        fs::write(&path, bytes).unwrap();
        drop(read_metadata(folder.path()));
    }
}
