//! A node over a folder and a store that outlive it.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tempfile::TempDir;
use vltava_cluster::{DataFolder, Node, NodeSpec};
use vltava_coordination::MemoryStore;
use vltava_metadata::{BrokerProperties, DeleteTopic, NewTopic};
use vltava_model::{BrokerId, Offset, PartitionIndex, Timestamp};
use vltava_partition::{AppendError, AppendLimits, Isolation, Origin, Partition};
use vltava_records::{BatchBuilder, Compression, batches};
use vltava_runtime::{Clock, Tasks};
use vltava_wal::{Faults, FaultySink, FileSink, Wal, WalConfig};

/// What outlives a node.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    store: MemoryStore,
    properties: Vec<(&'static str, &'static str)>,
    pub(crate) queued_bytes_max: usize,
    /// What goes wrong with the write-ahead log of the last node.
    pub(crate) faults: Faults,
}

impl Bench {
    pub(crate) fn new(properties: &[(&'static str, &'static str)]) -> Bench {
        let store = MemoryStore::new(&Tasks::new());
        let folder = tempfile::tempdir().unwrap();
        let (properties, faults) = (properties.to_vec(), Faults::new());
        Bench { folder, store, properties, queued_bytes_max: 256 << 10, faults }
    }

    /// Starts a node.
    pub(crate) async fn start(&mut self) -> Arc<Node> {
        let wal = WalConfig {
            file_bytes: 256 << 10,
            queued_bytes_max: self.queued_bytes_max,
            checkpoint_bytes: 512 << 10,
            bytes_max: 2 << 20,
            ..WalConfig::new(self.folder.path())
        };
        self.faults = Faults::new();
        let faults = self.faults.clone();
        let spec = NodeSpec {
            folder: DataFolder::open(self.folder.path()).unwrap(),
            broker: BrokerId(1),
            properties: Arc::new(BrokerProperties::new(self.properties.iter().copied()).unwrap()),
            store: Arc::new(self.store.clone()),
            open_wal: Box::new(move |broker| {
                let (sink, recovered) = FileSink::open(&wal, broker)?;
                let sink = Box::new(FaultySink::new(sink, faults));
                Ok((Wal::start(sink, &recovered, &wal, broker), recovered))
            }),
            clock: Clock::system(),
        };
        Node::start(spec).await.unwrap()
    }

    /// The folder as it is now, with the same metadata: what a node finds that starts after this one was killed.
    pub(crate) fn after_a_kill(&self) -> Bench {
        // Files of the write-ahead log may get other names meanwhile: then once more.
        loop {
            let killed = self.elsewhere();
            let before = self.names("");
            if copy(self.folder.path(), killed.folder.path()).is_ok() && self.names("") == before {
                return killed;
            }
        }
    }

    /// Another folder with the same metadata.
    pub(crate) fn elsewhere(&self) -> Bench {
        let (store, properties) = (self.store.clone(), self.properties.clone());
        let (folder, faults) = (tempfile::tempdir().unwrap(), Faults::new());
        Bench { folder, store, properties, queued_bytes_max: self.queued_bytes_max, faults }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files and folders whose names begin so.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    /// Takes from a partition's segment what was not synced, as a power cut may.
    pub(crate) fn lose_segment(&self, partition: &str) {
        self.cut_segment_to(partition, 0);
    }

    /// The same where so many bytes were synced.
    pub(crate) fn cut_segment_to(&self, partition: &str, bytes: u64) {
        let path = self.path(partition).join("00000000000000000000.log");
        fs::File::options().write(true).open(path).unwrap().set_len(bytes).unwrap();
    }

    /// Takes a few bytes from the end of it.
    pub(crate) fn cut_segment(&self, partition: &str) {
        let path = self.path(partition).join("00000000000000000000.log");
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 5).unwrap();
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

pub(crate) async fn create(node: &Node, name: &str) {
    create_with(node, name, 1).await;
}

pub(crate) async fn create_with(node: &Node, name: &str, partitions: i32) {
    let topic = NewTopic {
        name: name.to_owned(),
        partitions,
        replication_factor: 1,
        ..NewTopic::default()
    };
    for result in node.create_topics(vec![topic], false).await.unwrap() {
        result.unwrap();
    }
}

pub(crate) async fn delete(node: &Node, name: &str) {
    let topic = DeleteTopic { name: Some(name.to_owned()), ..DeleteTopic::default() };
    for result in node.delete_topics(&[topic]).await.unwrap() {
        result.unwrap();
    }
}

pub(crate) fn partition(node: &Node, topic: &str) -> Arc<Partition> {
    node.partitions().by_name(topic, PartitionIndex(0)).unwrap()
}

fn batch(value: &str) -> Bytes {
    let mut builder = BatchBuilder::new();
    builder.push(Timestamp(1_700_000_000_000), None, Some(value.as_bytes()), &[]);
    builder.build(Compression::None)
}

/// Appends a record and waits until it is durable; returns its offset.
pub(crate) async fn produce(node: &Node, topic: &str, value: &str) -> Result<i64, AppendError> {
    let partition = partition(node, topic);
    let limits = AppendLimits::default();
    let appended = partition.append(batch(value), Origin::Client, &limits).await?;
    partition.wait_durable(&appended).await?;
    Ok(appended.base_offset.0)
}

/// The offsets and values of all records.
pub(crate) fn values(node: &Node, topic: &str) -> Vec<(i64, String)> {
    let partition = partition(node, topic);
    let mut found = Vec::new();
    let mut next = partition.log_start_offset();
    while next < partition.high_watermark() {
        let read = partition.read(next, 1 << 20, true, Isolation::ReadUncommitted).unwrap();
        let slice = read.records.unwrap();
        let mut bytes = vec![0; slice.length];
        slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
        for batch in batches(bytes.into()).map_while(Result::ok) {
            for record in batch.records().unwrap().map(Result::unwrap) {
                let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                found.push((record.offset.0, value));
                next = Offset(record.offset.0 + 1);
            }
        }
    }
    found
}

/// What [`values`] finds after `count` records `0`, `1`, … were produced.
pub(crate) fn counted(count: i64) -> Vec<(i64, String)> {
    (0..count).map(|n| (n, n.to_string())).collect()
}

pub(crate) async fn produce_counted(node: &Node, topic: &str, range: std::ops::Range<i64>) {
    for n in range {
        assert_eq!(produce(node, topic, &n.to_string()).await.unwrap(), n);
    }
}
