//! The way back: a folder from which Apache Kafka starts, copied from a data folder of ours that was stopped.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;
use vltava_log::checkpoints::{
    self, CLEAN_SHUTDOWN, HIGH_WATERMARKS, LOG_START_OFFSETS, META_PROPERTIES, MetaProperties,
    RECOVERY_POINTS,
};
use vltava_metadata::AdoptedCluster;
use vltava_model::{PartitionIndex, Timestamp, TopicId, TopicPartition};

use crate::copy::{self, CopyError, Progress};
use crate::journal::sync_folder;
use crate::metadata_log::METADATA_FOLDER;
use crate::plan::TakenPartition;
use crate::snapshot;

/// An export.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// Our data folder.
    pub data: &'a Path,
    /// Kafka's log folder to be, which is there and empty.
    pub target: &'a Path,
    /// The metadata, with the leader epochs of the last run.
    pub cluster: &'a AdoptedCluster,
    /// The data folder's `directory.id`.
    pub directory: TopicId,
}

/// Why an export stopped. The data folder is as it was.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The last stop was not clean.
    #[error(
        "{folder} was not closed by a clean stop, so that records may be in the write-ahead log only: start vltava serve on it, stop it with SIGTERM, and run this again",
        folder = .folder.display()
    )]
    NotClean {
        /// The data folder.
        folder: PathBuf,
    },
    /// See [`CopyError`].
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The file system refused.
    #[error("cannot write {path}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Export<'_> {
    /// Copies the partitions, then writes what makes a Kafka folder of them; `meta.properties` last, without which no
    /// Kafka starts. Can be repeated.
    pub fn run(
        &self,
        now: Timestamp,
        mut progress: impl FnMut(Progress),
    ) -> Result<(), ExportError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::Io { path, source }
        };
        if !checkpoints::was_clean_shutdown(self.data).map_err(at(self.data))? {
            return Err(ExportError::NotClean { folder: self.data.to_owned() });
        }
        let mut done = Progress::default();
        for id in self.partitions() {
            let from = self.data.to_owned();
            let taken = TakenPartition { id, from, bytes: 0, left_segments: Vec::new() };
            copy::partition(&taken, self.target, |bytes| {
                done.bytes += bytes;
                progress(done);
            })?;
            done.partitions += 1;
        }
        for name in [RECOVERY_POINTS, LOG_START_OFFSETS, HIGH_WATERMARKS, CLEAN_SHUTDOWN] {
            let from = self.data.join(name);
            if from.exists() {
                let to = self.target.join(name);
                fs::copy(&from, &to).map_err(at(&to))?;
            }
        }
        let folder = self.target.join(METADATA_FOLDER);
        self.write_metadata(&folder, now).map_err(at(&folder))?;
        let meta = MetaProperties {
            cluster_id: self.cluster.cluster_id.clone(),
            node_id: self.cluster.broker,
            directory_id: Some(self.directory.to_string()),
        };
        meta.write(self.target).map_err(at(&self.target.join(META_PROPERTIES)))
    }

    /// The partitions that there are; Kafka makes those that are not.
    fn partitions(&self) -> Vec<TopicPartition> {
        let topics = self.cluster.topics.iter();
        let all = topics.flat_map(|topic| {
            let indexes = (0..).take(topic.leader_epochs.len()).map(PartitionIndex);
            indexes.map(|index| TopicPartition::new(topic.name.clone(), index))
        });
        all.filter(|id| self.data.join(id.to_string()).is_dir()).collect()
    }

    fn write_metadata(&self, folder: &Path, now: Timestamp) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let (name, bytes) = snapshot::write(self.cluster, self.directory, now);
        let mut file = File::create(folder.join(name))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        sync_folder(folder)?;
        sync_folder(self.target)
    }
}
