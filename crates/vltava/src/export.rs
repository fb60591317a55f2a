//! `vltava export`: a copy of our data folder from which Apache Kafka starts.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use vltava_cluster::DataFolder;
use vltava_coordination::load;
use vltava_import::Export;
use vltava_log::checkpoints::MetaProperties;
use vltava_metadata::{AdoptedCluster, AdoptedTopic, Change, Image, Key, Overrides};
use vltava_model::{BrokerId, TopicId};
use vltava_runtime::Clock;

use crate::cli::ExportArgs;
use crate::import::store;
use crate::serve::{STORE_FILE, announce, human_bytes};

/// Exports a data folder.
pub(crate) fn run(args: &ExportArgs) -> Result<()> {
    let data = fs::canonicalize(&args.data)
        .with_context(|| format!("cannot use {}", args.data.display()))?;
    let _lock = DataFolder::open(&data)?;
    let meta = MetaProperties::read(&data)?
        .with_context(|| format!("{} has no meta.properties", data.display()))?;
    let directory = meta.directory_id.as_deref().and_then(TopicId::parse);
    let directory =
        directory.context("meta.properties has no directory.id; start the broker once")?;
    check_target(&data, &args.to)?;
    let cluster = cluster(&image(&data)?, meta.node_id)
        .with_context(|| format!("{} is no data folder of Vltava's", data.display()))?;
    let export = Export { data: &data, target: &args.to, cluster: &cluster, directory };
    let mut copied = 0;
    export.run(Clock::system().now(), |progress| copied = progress.bytes)?;
    let (id, to) = (cluster.broker, fs::canonicalize(&args.to)?);
    let (to, size) = (to.display(), human_bytes(copied));
    announce(&format!(
        "exported {size} to {to}. Start Kafka (3.9 to 4.3) on it without formatting it, with in its server.properties:\n  process.roles=broker,controller\n  node.id={id}\n  controller.quorum.voters={id}@localhost:9093\n  log.dirs={to}\n"
    ));
    Ok(())
}

/// Makes Kafka's folder; refuses one in which something else is.
fn check_target(data: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
    if fs::canonicalize(target)? == data || target.join("meta.properties").exists() {
        bail!(
            "{} is in use as a log folder already; choose another one with --to",
            target.display()
        );
    }
    Ok(())
}

fn image(data: &Path) -> Result<Image> {
    let path = data.join(STORE_FILE);
    if !path.exists() {
        bail!("{} has no {STORE_FILE}, so it is no data folder of Vltava's", data.display());
    }
    let (entries, _) = store::with_store(&path, async |store| Ok(load(store, Key::PREFIX).await?))?;
    let mut image = Image::default();
    for entry in &entries {
        let revision = entry.mod_revision.0;
        image.apply(Change { key: &entry.key, value: Some(&entry.value), revision })?;
    }
    Ok(image)
}

/// The metadata in the form in which clusters are handed over.
fn cluster(image: &Image, broker: BrokerId) -> Option<AdoptedCluster> {
    let configs = |overrides: Overrides| -> Vec<(String, String)> {
        overrides.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let topic = |topic: &std::sync::Arc<vltava_metadata::Topic>| AdoptedTopic {
        name: topic.name.clone(),
        id: topic.id,
        created: topic.created,
        leader_epochs: topic.partitions.iter().map(|p| image.leader_epoch(p)).collect(),
        configs: configs(image.topic_overrides(topic.name.as_str())),
    };
    Some(AdoptedCluster {
        cluster_id: image.cluster_id()?.to_owned(),
        broker,
        topics: image.topics().map(topic).collect(),
        broker_defaults: configs(image.broker_default_overrides()),
        broker_configs: configs(image.broker_overrides(broker)),
        next_producer_id: image.next_producer_id(),
    })
}
