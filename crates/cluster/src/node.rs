//! One broker's node: everything below the protocol, opened together and closed together.

mod topics;

pub use topics::{CreateError, OffsetsTopicError};

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use thiserror::Error;
use vltava_coordination::Store;
use vltava_log::checkpoints::{self, MetaProperties};
use vltava_metadata::{BrokerProperties, Image, Key, Write, cluster_value, generation_value};
use vltava_model::{BrokerId, TopicId, TopicPartition};
use vltava_partition::Partition;
use vltava_runtime::{Clock, Tasks, random_bytes};
use vltava_wal::{Broker, Recovered, Wal};

use crate::catalog::{Catalog, CatalogError};
use crate::data_folder::DataFolder;
use crate::groups::{Groups, OFFSETS_TOPIC};
use crate::partitions::{Opened, Partitions, RecoverError, Recovery};
use crate::producer_ids::ProducerIds;
use crate::settings::group_config;

/// What a node is made of.
pub struct NodeSpec {
    /// Where it keeps everything.
    pub folder: DataFolder,
    /// `node.id`.
    pub broker: BrokerId,
    /// The properties that it was started with.
    pub properties: Arc<BrokerProperties>,
    /// The coordination store.
    pub store: Arc<dyn Store>,
    /// Opens the write-ahead log once the node knows its epoch.
    pub open_wal: OpenWal,
    /// The time of day.
    pub clock: Clock,
}

/// Opens a write-ahead log for a broker of some epoch.
pub type OpenWal =
    Box<dyn FnOnce(Broker) -> Result<(Wal, Recovered), vltava_wal::OpenError> + Send>;

/// A node at work.
pub struct Node {
    folder: DataFolder,
    broker: BrokerId,
    clock: Clock,
    tasks: Tasks,
    catalog: Arc<Catalog>,
    partitions: Arc<Partitions>,
    groups: Groups,
    producer_ids: ProducerIds,
    cluster_id: String,
    directory_id: TopicId,
    start: StartReport,
    /// Held while the topics of the broker's own are made.
    making_offsets_topic: tokio::sync::Mutex<()>,
    stopped: Mutex<bool>,
}

/// What a start found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartReport {
    /// Topics.
    pub topics: usize,
    /// Partitions that are there; most of them are opened when somebody asks for them.
    pub partitions: usize,
    /// Partitions that could not be opened; each was logged.
    pub failed_partitions: usize,
    /// Bytes of batches in all segments, as far as they are known.
    pub bytes: u64,
    /// Whether the last run ended by itself; true for a new folder.
    pub clean: bool,
    /// Batches that only the write-ahead log had.
    pub replayed_batches: usize,
}

/// Why a node did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data folder belongs to another node.
    #[error(
        "{folder} belongs to node.id {found}, and this broker has node.id {expected}; give it the folder of its own, or set -o node.id={found}"
    )]
    OtherNode {
        /// The folder.
        folder: String,
        /// This broker.
        expected: BrokerId,
        /// The id in `meta.properties`.
        found: BrokerId,
    },
    /// There are partitions, or a write-ahead log, and the metadata knows nothing: it was lost, or the folder is Kafka's.
    #[error(
        "{folder} holds {example} and no metadata; if the folder is Apache Kafka's, take it over with vltava import, or give Vltava one of its own; else put metadata.redb back"
    )]
    MetadataLost {
        /// The folder.
        folder: String,
        /// One of the partitions, or a file of the write-ahead log.
        example: String,
    },
    /// The file system refused.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The metadata cannot be read or written.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The partitions cannot be brought back.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

impl Node {
    /// Opens everything and recovers what the last run left.
    pub async fn start(spec: NodeSpec) -> Result<Arc<Node>, StartError> {
        let NodeSpec { folder, broker, properties, store, open_wal, clock } = spec;
        let tasks = Tasks::new();
        let meta = read_meta(folder.path(), broker)?;
        let catalog = Catalog::open(store, broker, properties, clock.clone()).await?;
        let catalog = Arc::new(catalog);
        check_metadata(folder.path(), &catalog.image())?;
        let cluster_id = begin_generation(&catalog, broker, meta.as_ref()).await?;
        let directory_id = write_meta(folder.path(), broker, &cluster_id, meta)?;
        let opened = recover(&catalog, &folder, broker, open_wal, &clock, &tasks).await?;
        let Opened { partitions, clean, replayed_batches, count, failed_count, bytes } = opened;
        let image = catalog.image();
        let start = StartReport {
            topics: image.topics().len(),
            partitions: count,
            failed_partitions: failed_count,
            bytes,
            clean,
            replayed_batches,
        };
        let view = catalog.view(&image);
        let groups = Groups::new(group_config(&view), clock.clone(), tasks.clone());
        let interval = |name| Duration::from_millis(u64::try_from(view.number(name)).unwrap_or(1));
        partitions.keep_house(interval("log.retention.check.interval.ms"));
        partitions.expire_producers_every(interval("producer.id.expiration.check.interval.ms"));
        partitions.clean_in_background(Arc::clone(&catalog));
        let producer_ids = ProducerIds::new(Arc::clone(&catalog));
        let node = Node {
            folder,
            broker,
            clock,
            tasks,
            catalog,
            partitions,
            groups,
            producer_ids,
            cluster_id,
            directory_id,
            start,
            making_offsets_topic: tokio::sync::Mutex::new(()),
            stopped: Mutex::new(false),
        };
        node.serve_groups();
        Ok(Arc::new(node))
    }

    /// Ends the groups, writes all that is in memory and closes the data folder's files. To be called when no requests
    /// come any more. Returns whether the next start has nothing to recover.
    pub async fn stop(self: &Arc<Self>) -> bool {
        self.tasks.stop_and_wait().await;
        let node = Arc::clone(self);
        let close = Tasks::new().spawn_blocking(move || {
            let mut stopped = node.stopped.lock();
            if std::mem::replace(&mut *stopped, true) {
                return false;
            }
            let clean = node.partitions.close();
            clean && checkpoints::write_clean_shutdown(node.folder.path()).is_ok()
        });
        close.await.unwrap_or(false)
    }

    /// `node.id`.
    pub fn broker_id(&self) -> BrokerId {
        self.broker
    }

    /// The cluster's id, in Kafka's base64 form.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The data folder's id, in Kafka's base64 form.
    pub fn directory_id(&self) -> TopicId {
        self.directory_id
    }

    /// The data folder.
    pub fn data_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The time of day.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The metadata.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The partitions.
    pub fn partitions(&self) -> &Partitions {
        &self.partitions
    }

    /// The groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Producer ids.
    pub fn producer_ids(&self) -> &ProducerIds {
        &self.producer_ids
    }

    /// What the start found.
    pub fn start_report(&self) -> &StartReport {
        &self.start
    }

    /// Lets the groups know of the partitions of `__consumer_offsets`, if there are any.
    fn serve_groups(&self) {
        let image = self.catalog.image();
        let Some(topic) = image.topic(OFFSETS_TOPIC) else { return };
        let partition = |(index, _)| self.partitions.by_name(OFFSETS_TOPIC, index).ok();
        let partitions: Vec<Option<Arc<Partition>>> = topic.indexed().map(partition).collect();
        self.groups.serve(&partitions);
    }
}

fn read_meta(folder: &Path, broker: BrokerId) -> Result<Option<MetaProperties>, StartError> {
    let action = "read meta.properties in the data folder";
    let meta = MetaProperties::read(folder).map_err(|source| StartError::Io { action, source })?;
    match &meta {
        Some(found) if found.node_id != broker => Err(StartError::OtherNode {
            folder: folder.display().to_string(),
            expected: broker,
            found: found.node_id,
        }),
        _ => Ok(meta),
    }
}

/// Refuses a folder that was in use before, by what lies in it, and whose metadata is new. A topic that was never written to
/// has no folder; but whoever made it had a write-ahead log.
fn check_metadata(folder: &Path, image: &Image) -> Result<(), StartError> {
    if image.cluster_id().is_some() {
        return Ok(());
    }
    let action = "list the data folder";
    let io = |source| StartError::Io { action, source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let name = entry.map_err(io)?.file_name().to_string_lossy().into_owned();
        if TopicPartition::parse(&name).is_some() || name.ends_with(".wal") {
            let folder = folder.display().to_string();
            return Err(StartError::MetadataLost { folder, example: name });
        }
    }
    Ok(())
}

/// Counts this start, on which the leader epochs rest, and gives the cluster its id if it has none.
async fn begin_generation(
    catalog: &Catalog,
    broker: BrokerId,
    meta: Option<&MetaProperties>,
) -> Result<String, CatalogError> {
    let fresh = match meta {
        Some(meta) => meta.cluster_id.clone(),
        None => TopicId(random_bytes()).to_string(),
    };
    catalog
        .change(|image| {
            let mut write = Write::default();
            if image.cluster_id().is_none() {
                write.replace(image, &Key::Cluster, cluster_value(&fresh));
            }
            let generation = generation_value(image.generation(broker) + 1);
            write.replace(image, &Key::Generation(broker), generation);
            write
        })
        .await?;
    Ok(catalog.image().cluster_id().unwrap_or(&fresh).to_owned())
}

/// Writes `meta.properties` if it is missing; returns the folder's id.
fn write_meta(
    folder: &Path,
    broker: BrokerId,
    cluster_id: &str,
    meta: Option<MetaProperties>,
) -> Result<TopicId, StartError> {
    let known = meta.and_then(|meta| meta.directory_id);
    if let Some(id) = known.as_deref().and_then(TopicId::parse) {
        return Ok(id);
    }
    let id = TopicId(random_bytes());
    let meta = MetaProperties {
        cluster_id: cluster_id.to_owned(),
        node_id: broker,
        directory_id: Some(id.to_string()),
    };
    let action = "write meta.properties in the data folder";
    meta.write(folder).map_err(|source| StartError::Io { action, source })?;
    Ok(id)
}

async fn recover(
    catalog: &Arc<Catalog>,
    folder: &DataFolder,
    broker: BrokerId,
    open_wal: OpenWal,
    clock: &Clock,
    tasks: &Tasks,
) -> Result<Opened, StartError> {
    let image = catalog.image();
    let epoch = i64::try_from(image.generation(broker)).unwrap_or(i64::MAX);
    let (wal, recovered) = open_wal(Broker { id: broker, epoch }).map_err(RecoverError::from)?;
    let recovery = Recovery {
        folder: folder.path().to_owned(),
        broker,
        properties: Arc::clone(catalog.properties()),
        wal: Arc::new(wal),
        recovered,
        clock: clock.clone(),
        tasks: tasks.clone(),
    };
    let work = tasks.spawn_blocking(move || Partitions::recover(recovery, &image));
    let opened = work.await.map_err(|lost| StartError::Io {
        action: "recover the partitions",
        source: std::io::Error::other(lost),
    })?;
    Ok(opened?)
}
