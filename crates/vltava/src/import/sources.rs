//! Which folders an import is about.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use vltava_import::{LogFolder, METADATA_FOLDER};

use crate::cli::ImportArgs;
use crate::settings::read_properties;

/// What is to be read.
pub(super) struct Sources {
    /// The log folders, each once, by their absolute paths.
    pub(super) folders: Vec<PathBuf>,
    metadata_log_dir: Option<PathBuf>,
    /// `node.id` of the property file.
    node_id: Option<String>,
}

impl Sources {
    /// From the command line, and from Kafka's own property file.
    pub(super) fn of(args: &ImportArgs) -> Result<Sources> {
        let properties: BTreeMap<String, String> = match &args.config {
            Some(path) => read_properties(path)?.into_iter().collect(),
            None => BTreeMap::new(),
        };
        let get = |name: &str| properties.get(name).map(|value| value.trim());
        let listed = get("log.dirs").or(get("log.dir")).unwrap_or_default();
        let listed = listed.split(',').map(str::trim).filter(|dir| !dir.is_empty());
        let given = match args.log_dirs.is_empty() {
            true => listed.map(PathBuf::from).collect(),
            false => args.log_dirs.clone(),
        };
        if given.is_empty() {
            bail!(
                "say where Kafka's data is: --log-dirs DIR[,DIR…], or --config with its server.properties"
            );
        }
        let mut folders = Vec::new();
        for folder in given {
            let folder = absolute(&folder)?;
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        let metadata = args.metadata_log_dir.clone();
        let metadata = metadata.or_else(|| get("metadata.log.dir").map(PathBuf::from));
        Ok(Sources {
            folders,
            metadata_log_dir: metadata.map(|path| absolute(&path)).transpose()?,
            node_id: get("node.id").or(get("broker.id")).map(str::to_owned),
        })
    }

    /// The data folder: the first log folder unless said otherwise.
    pub(super) fn target(&self, args: &ImportArgs) -> Result<PathBuf> {
        let Some(target) = &args.to else {
            if args.copy {
                bail!("say where to copy to: --to DIR");
            }
            return Ok(self.folders[0].clone());
        };
        if !args.dry_run {
            fs::create_dir_all(target)
                .with_context(|| format!("cannot make {}", target.display()))?;
        }
        let target = if target.exists() { absolute(target)? } else { target.clone() };
        if args.copy && self.folders.contains(&target) {
            bail!(
                "{} is one of Kafka's folders: choose another one to copy to, or leave --copy out",
                target.display()
            );
        }
        Ok(target)
    }

    /// The folder of the metadata log.
    pub(super) fn metadata_folder(&self, folders: &[LogFolder]) -> Result<PathBuf> {
        if let Some(dir) = &self.metadata_log_dir {
            let folder = dir.join(METADATA_FOLDER);
            if !folder.is_dir() {
                bail!("there is no {METADATA_FOLDER} in {}", dir.display());
            }
            return Ok(folder);
        }
        let with = folders.iter().find(|folder| folder.has_metadata);
        let with = with.map(|folder| folder.path.join(METADATA_FOLDER));
        with.context(
            "none of the folders has __cluster_metadata-0, without which nothing is known of the topics; give --metadata-log-dir, as metadata.log.dir in server.properties says",
        )
    }

    /// Refuses a property file of another broker.
    pub(super) fn check_node(&self, folders: &[LogFolder]) -> Result<()> {
        let (Some(expected), Some(folder)) = (&self.node_id, folders.first()) else {
            return Ok(());
        };
        if *expected != folder.node_id.to_string() {
            bail!(
                "{} belongs to node.id {}, and the property file is of node.id {expected}; give the file and the folders of one broker",
                folder.path.display(),
                folder.node_id
            );
        }
        Ok(())
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("cannot use {}", path.display()))
}
