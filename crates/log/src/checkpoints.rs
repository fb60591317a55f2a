//! The small files at the top of the data folder.

use std::io;
use std::path::Path;

use vltava_model::{BrokerId, Offset, TopicPartition};

/// The name of the file with the recovery points.
pub const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// The name of the file with the log start offsets.
pub const LOG_START_OFFSETS: &str = "log-start-offset-checkpoint";
/// The name of the file with the high watermarks.
pub const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// The name of the file that is there after a clean shutdown, and only until the next start.
pub const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
/// The name of the file that says whose data folder it is.
pub const META_PROPERTIES: &str = "meta.properties";

/// Reads an offset checkpoint; empty if the file is not there. A damaged one is an error of kind `InvalidData`.
pub fn read_offsets(path: &Path) -> io::Result<Vec<(TopicPartition, Offset)>> {
    let _ = path;
    unimplemented!()
}

/// Replaces an offset checkpoint: by a temporary file, synced, renamed over it, and the folder synced.
pub fn write_offsets<'a>(
    path: &Path,
    entries: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
) -> io::Result<()> {
    let _ = (path, entries.into_iter());
    unimplemented!()
}

/// Whether the data folder was shut down cleanly. The file stays; [`remove_clean_shutdown`] takes it away.
pub fn was_clean_shutdown(data_dir: &Path) -> io::Result<bool> {
    let _ = data_dir;
    unimplemented!()
}

/// Says that all logs in the data folder were closed.
pub fn write_clean_shutdown(data_dir: &Path) -> io::Result<()> {
    let _ = data_dir;
    unimplemented!()
}

/// Takes the word back, durably, before anything is written.
pub fn remove_clean_shutdown(data_dir: &Path) -> io::Result<()> {
    let _ = data_dir;
    unimplemented!()
}

/// `meta.properties`: whose data folder it is.
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
    /// Reads the data folder's file; `None` if there is none.
    pub fn read(data_dir: &Path) -> io::Result<Option<MetaProperties>> {
        let _ = data_dir;
        unimplemented!()
    }

    /// Replaces the data folder's file.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let _ = data_dir;
        unimplemented!()
    }
}
