//! Topic configs and broker properties that are changed while the broker runs have their effect on the next append, or on
//! the next round of retention.

use std::path::{Path, PathBuf};

use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use vltava_records::{Batch, Compression, batches};

use crate::client::{Client, batch};
use crate::process::{Broker, until};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// Sets a config; deletes it without a value.
fn set(client: &mut Client, resource: (i8, &str), name: &str, value: Option<&str>) {
    let config = AlterableConfig {
        name: name.into(),
        config_operation: i8::from(value.is_none()),
        value: value.map(Into::into),
    };
    let resource = AlterConfigsResource {
        resource_type: resource.0,
        resource_name: resource.1.into(),
        configs: vec![config],
    };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let answer = client.call(1, &request);
    assert_eq!(answer.responses[0].error_code, 0, "{answer:?}");
}

/// The segments of a topic, in order.
fn segments(folder: &Path, topic: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder.join(format!("{topic}-0"))).expect("a folder");
    let mut logs: Vec<PathBuf> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "log"))
        .collect();
    logs.sort();
    logs
}

fn fill(client: &mut Client, topic: &str, count: usize) {
    for _ in 0..count {
        let answer = client.produce(topic, 0, batch(&["a value"])).expect("an answer");
        assert_eq!(answer.error_code, 0);
    }
}

/// How often the broker looks for segments that have to go.
const OFTEN: &str = "log.retention.check.interval.ms=20";

#[test]
fn segment_bytes_count_from_the_next_append() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &[OFTEN]);
    let mut client = broker.client();
    client.create_topic("t", 1);
    fill(&mut client, "t", 10);
    assert_eq!(segments(folder.path(), "t").len(), 1);
    set(&mut client, (TOPIC, "t"), "internal.segment.bytes", Some("300"));
    fill(&mut client, "t", 1);
    assert_eq!(segments(folder.path(), "t").len(), 2, "the next append finds it full");
    fill(&mut client, "t", 30);
    let many = segments(folder.path(), "t").len();
    assert!(many > 8, "{many}");
    set(&mut client, (TOPIC, "t"), "internal.segment.bytes", None);
    fill(&mut client, "t", 30);
    assert_eq!(segments(folder.path(), "t").len(), many);
    set(&mut client, (TOPIC, "t"), "segment.ms", Some("1"));
    until("a segment is too old", || {
        fill(&mut client, "t", 1);
        segments(folder.path(), "t").len() > many
    });
}

#[test]
fn retention_is_looked_up_in_each_round() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &[OFTEN]);
    let mut client = broker.client();
    let small = [("internal.segment.bytes", "300")];
    for topic in ["by-bytes", "by-ms", "never"] {
        client.create_topic_with(topic, 1, &small);
        fill(&mut client, topic, 30);
    }
    let never = ("cleanup.policy", "");
    set(&mut client, (TOPIC, "never"), never.0, Some(never.1));
    let before = segments(folder.path(), "never");
    assert!(before.len() > 8);
    set(&mut client, (TOPIC, "by-bytes"), "retention.bytes", Some("1000"));
    until("about 1,000 bytes are left", || {
        let left = segments(folder.path(), "by-bytes");
        let bytes: u64 = left.iter().map(|path| path.metadata().map_or(0, |m| m.len())).sum();
        (1000..1400).contains(&bytes)
    });
    let kept = |path: &Path| path.with_extension("log.deleted").exists();
    assert!(kept(&folder.path().join("by-bytes-0/00000000000000000000.log")), "for a minute");
    // The default of all topics, for all brokers.
    set(&mut client, (BROKER, ""), "log.segment.delete.delay.ms", Some("0"));
    set(&mut client, (BROKER, ""), "log.retention.ms", Some("1"));
    until("the active segment goes, too, when it is old", || {
        segments(folder.path(), "by-ms").len() == 1
            && segments(folder.path(), "by-ms")[0].ends_with("00000000000000000030.log")
    });
    until("nothing waits to be removed", || {
        let mut files = std::fs::read_dir(folder.path().join("by-ms-0")).unwrap();
        !files.any(|file| file.unwrap().path().to_string_lossy().contains(".deleted"))
    });
    assert_eq!(segments(folder.path(), "never"), before, "an empty policy keeps all");
    fill(&mut client, "by-ms", 1);
}

/// The codecs of the batches in a topic's first segment.
fn codecs(folder: &Path, topic: &str) -> Vec<Compression> {
    let bytes = std::fs::read(&segments(folder, topic)[0]).expect("the segment is there");
    let codec = |batch: Batch| batch.header.compression().expect("a known one");
    batches(bytes.into()).map(|batch| codec(batch.expect("a batch"))).collect()
}

#[test]
fn compression_follows_topic_broker_all_brokers_and_file() {
    use Compression::{Gzip, Lz4, None as Plain, Snappy, Zstd};
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &["compression.type=gzip"]);
    let mut client = broker.client();
    client.create_topic("t", 1);
    fill(&mut client, "t", 1);
    let name = "compression.type";
    for (resource, value) in [
        ((BROKER, ""), Some("lz4")),
        ((BROKER, "1"), Some("zstd")),
        ((TOPIC, "t"), Some("snappy")),
        ((TOPIC, "t"), Some("producer")),
        ((TOPIC, "t"), None),
        ((BROKER, "1"), None),
        ((BROKER, ""), None),
    ] {
        set(&mut client, resource, name, value);
        fill(&mut client, "t", 1);
    }
    assert_eq!(codecs(folder.path(), "t"), [Gzip, Lz4, Zstd, Snappy, Plain, Zstd, Lz4, Gzip]);
}
