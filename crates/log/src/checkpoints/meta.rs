//! `meta.properties`: whose data folder it is. A Java properties file:
//!
//! ```text
//! #
//! #Sat Nov 22 15:30:00 UTC 2025
//! cluster.id=MkU3OEVBNTcwNTJENDM2Qg
//! directory.id=6zDKHlrRT2GVzY1d5ldsJQ
//! node.id=1
//! version=1
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use vltava_model::BrokerId;

use crate::files::{self, Durability, invalid};

/// The name of the file.
pub const META_PROPERTIES: &str = "meta.properties";

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    /// `cluster.id`: 22 characters of base64.
    pub cluster_id: String,
    /// `node.id`.
    pub node_id: BrokerId,
    /// `directory.id`: 22 characters of base64; `None` in folders made before Kafka 3.7.
    pub directory_id: Option<String>,
}

impl MetaProperties {
    /// Reads the data folder's file; `None` if there is none. A damaged one is an error of kind `InvalidData`.
    pub fn read(data_dir: &Path) -> io::Result<Option<MetaProperties>> {
        let path = data_dir.join(META_PROPERTIES);
        let Some(content) = files::read_if_there(&path)? else { return Ok(None) };
        let damaged = |what: &str| invalid(format!("{}: {what}", path.display()));
        let text = std::str::from_utf8(&content).map_err(|_not_text| damaged("not a text"))?;
        let mut properties: BTreeMap<&str, String> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with(['#', '!']))
            .filter_map(|line| line.split_once('='))
            // Java escapes some characters of values; of those that ids have, it escapes none but may escape `=`.
            .map(|(key, value)| (key.trim(), value.trim().replace('\\', "")))
            .collect();
        if properties.get("version").is_none_or(|version| version != "1") {
            return Err(damaged("the version is not 1"));
        }
        let node_id = properties.get("node.id").and_then(|id| id.parse().ok());
        let node_id = node_id.ok_or_else(|| damaged("no node.id"))?;
        let cluster_id = properties.remove("cluster.id").ok_or_else(|| damaged("no cluster.id"))?;
        let directory_id = properties.remove("directory.id");
        Ok(Some(MetaProperties { cluster_id, node_id: BrokerId(node_id), directory_id }))
    }

    /// Replaces the data folder's file.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let mut text = format!("cluster.id={}\n", self.cluster_id);
        if let Some(directory_id) = &self.directory_id {
            text.push_str(&format!("directory.id={directory_id}\n"));
        }
        text.push_str(&format!("node.id={}\nversion=1\n", self.node_id));
        files::replace(&data_dir.join(META_PROPERTIES), text.as_bytes(), Durability::Synced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kafkas() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(MetaProperties::read(dir.path()).unwrap(), None);
        let meta = MetaProperties {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
            node_id: BrokerId(1),
            directory_id: Some("6zDKHlrRT2GVzY1d5ldsJQ".to_owned()),
        };
        meta.write(dir.path()).unwrap();
        assert_eq!(MetaProperties::read(dir.path()).unwrap(), Some(meta.clone()));
        let path = dir.path().join(META_PROPERTIES);
        let kafkas = "#\n#Sat Nov 22 15:30:00 UTC 2025\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\n\
            directory.id=6zDKHlrRT2GVzY1d5ldsJQ\nnode.id=1\nversion=1\n";
        std::fs::write(&path, kafkas).unwrap();
        assert_eq!(MetaProperties::read(dir.path()).unwrap(), Some(meta));
        for damaged in ["", "version=0\n", "version=1\ncluster.id=x\n", "version=1\nnode.id=1\n"] {
            std::fs::write(&path, damaged).unwrap();
            let error = MetaProperties::read(dir.path()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{damaged:?}");
        }
    }
}
