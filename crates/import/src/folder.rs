//! What lies in one of Kafka's log folders.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use vltava_log::checkpoints::{self, LOG_START_OFFSETS, META_PROPERTIES, RECOVERY_POINTS};
use vltava_log::read_topic_id;
use vltava_model::{BrokerId, LeaderEpoch, Offset, TopicId, TopicPartition};

use crate::metadata_log::METADATA_FOLDER;

/// What all formats begin with: offset (8 bytes), length (4), CRC or epoch (4), magic (1).
const HEAD_BYTES: usize = 17;

/// One of `log.dirs`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFolder {
    /// Where it is.
    pub path: PathBuf,
    /// `cluster.id` in its `meta.properties`.
    pub cluster_id: String,
    /// `node.id`.
    pub node_id: BrokerId,
    /// `directory.id`; `None` before Kafka 3.7.
    pub directory_id: Option<TopicId>,
    /// Whether the broker closed its logs.
    pub clean: bool,
    /// Whether the metadata log is here.
    pub has_metadata: bool,
    /// The partitions.
    pub partitions: Vec<PartitionFolder>,
    /// Folders that are no partitions.
    pub left_alone: Vec<(String, LeftAlone)>,
    /// Up to where each log is known to be on disk.
    pub recovery_points: HashMap<TopicPartition, Offset>,
    /// Where logs begin, if not with their first segment.
    pub log_starts: HashMap<TopicPartition, Offset>,
}

/// A partition's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionFolder {
    /// The partition, by the folder's name.
    pub id: TopicPartition,
    /// The topic, by `partition.metadata`; `None` where Kafka had no topic ids yet.
    pub topic_id: Option<TopicId>,
    /// The newest epoch of `leader-epoch-checkpoint`.
    pub latest_epoch: Option<LeaderEpoch>,
    /// The size of all files, in bytes.
    pub bytes: u64,
    /// The segments that begin with a batch of magic 0 or 1, oldest first, by file name without `.log`.
    pub old_segments: Vec<String>,
    /// Where the log begins without its old segments.
    pub new_start: Offset,
}

/// Why a folder is no partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftAlone {
    /// It was being moved to another log folder, which had not finished: the partition itself is where it was.
    Future,
    /// Its topic was deleted.
    Deleted,
    /// Kafka set it aside: it belonged to no topic.
    Stray,
    /// Its name is no partition's.
    Other,
}

/// Why a folder cannot be taken over.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The file system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no `meta.properties`.
    #[error(
        "{path} has no meta.properties, so it is not one of Kafka's log folders; give what log.dirs in its server.properties says"
    )]
    NotKafkas {
        /// The folder.
        path: PathBuf,
    },
    /// A Kafka that kept its metadata in ZooKeeper.
    #[error(
        "{path} is of a Kafka with ZooKeeper; move it to KRaft first (Kafka 3.9 can, see its documentation under ZooKeeper to KRaft migration), then import it"
    )]
    ZooKeeper {
        /// The folder.
        path: PathBuf,
    },
}

impl LogFolder {
    /// Reads the folder. Of segments only the first bytes are read.
    pub fn read(path: &Path) -> Result<LogFolder, FolderError> {
        let io = |source| FolderError::Io { path: path.to_owned(), source };
        let meta = read_meta(path)?;
        let offsets = |name| -> Result<HashMap<TopicPartition, Offset>, FolderError> {
            let file = path.join(name);
            match checkpoints::read_offsets(&file) {
                Ok(offsets) => Ok(offsets.into_iter().collect()),
                // A damaged one is as good as none: more is checked at the first start.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(HashMap::new()),
                Err(source) => Err(FolderError::Io { path: file, source }),
            }
        };
        let mut folder = LogFolder {
            path: path.to_owned(),
            cluster_id: meta.cluster_id,
            node_id: meta.node_id,
            directory_id: meta.directory_id.as_deref().and_then(TopicId::parse),
            clean: checkpoints::was_clean_shutdown(path).map_err(io)?,
            has_metadata: false,
            partitions: Vec::new(),
            left_alone: Vec::new(),
            recovery_points: offsets(RECOVERY_POINTS)?,
            log_starts: offsets(LOG_START_OFFSETS)?,
        };
        for entry in fs::read_dir(path).map_err(io)? {
            let entry = entry.map_err(io)?;
            if entry.file_type().map_err(io)?.is_dir() {
                folder.add(&entry.path())?;
            }
        }
        folder.partitions.sort_by(|one, other| one.id.cmp(&other.id));
        folder.left_alone.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(folder)
    }

    fn add(&mut self, path: &Path) -> Result<(), FolderError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == METADATA_FOLDER {
            self.has_metadata = true;
        } else if let Some(id) = TopicPartition::parse(&name) {
            self.partitions.push(PartitionFolder::read(path, id)?);
        } else {
            let reason = match name.rsplit_once('-') {
                Some((_, "future")) => LeftAlone::Future,
                Some((_, "delete")) => LeftAlone::Deleted,
                Some((_, "stray")) => LeftAlone::Stray,
                _ => LeftAlone::Other,
            };
            self.left_alone.push((name, reason));
        }
        Ok(())
    }
}

/// What `meta.properties` says, or what kind of folder it is not.
fn read_meta(path: &Path) -> Result<checkpoints::MetaProperties, FolderError> {
    let file = path.join(META_PROPERTIES);
    match checkpoints::MetaProperties::read(path) {
        Ok(Some(meta)) => Ok(meta),
        Ok(None) => Err(FolderError::NotKafkas { path: path.to_owned() }),
        Err(source) => {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let is_zookeepers = |line: &str| line.replace(' ', "").starts_with("broker.id=");
            if text.lines().any(is_zookeepers) {
                return Err(FolderError::ZooKeeper { path: path.to_owned() });
            }
            Err(FolderError::Io { path: file, source })
        }
    }
}

impl PartitionFolder {
    fn read(path: &Path, id: TopicPartition) -> Result<PartitionFolder, FolderError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Io { path, source }
        };
        let mut partition = PartitionFolder {
            id,
            topic_id: read_topic_id(path).map_err(io(path))?,
            latest_epoch: latest_epoch(path),
            bytes: 0,
            old_segments: Vec::new(),
            new_start: Offset::ZERO,
        };
        let mut new: Vec<Offset> = Vec::new();
        for entry in fs::read_dir(path).map_err(io(path))? {
            let entry = entry.map_err(io(path))?;
            let file = entry.path();
            partition.bytes += entry.metadata().map_err(io(&file))?.len();
            let name = entry.file_name();
            let base = name.to_str().and_then(|name| name.strip_suffix(".log"));
            let Some(base) = base else { continue };
            if is_old(&file).map_err(io(&file))? {
                partition.old_segments.push(base.to_owned());
            } else {
                new.extend(base.parse().ok().map(Offset));
            }
        }
        partition.old_segments.sort();
        if let Some(last) = partition.old_segments.last() {
            let last = path.join(format!("{last}.log"));
            let end = || end_of_old(&last).map_err(io(&last));
            partition.new_start = new.into_iter().min().map_or_else(end, Ok)?;
        }
        Ok(partition)
    }
}

/// Whether a segment begins with a batch of before Kafka 0.11. Kafka went from old to new within a log, never back.
fn is_old(segment: &Path) -> io::Result<bool> {
    let mut head = [0; HEAD_BYTES];
    match File::open(segment)?.read_exact_at(&mut head, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        // A file that was preallocated is zeros.
        read => read.map(|()| head[8..12] != [0; 4] && head[16] < 2),
    }
}

/// The offset behind the last message of an old segment: each begins with its offset and its length, which compressed
/// ones have of the last message in them.
fn end_of_old(segment: &Path) -> io::Result<Offset> {
    let mut file = BufReader::new(File::open(segment)?);
    let (mut end, mut head) = (0, [0; 12]);
    loop {
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Offset(end)),
            read => read?,
        }
        let (offset, length) = head.split_at(8);
        let offset = i64::from_be_bytes(offset.try_into().expect("8 bytes"));
        let length = i32::from_be_bytes(length.try_into().expect("4 bytes"));
        if length <= 0 || offset < end {
            return Ok(Offset(end));
        }
        end = offset.saturating_add(1);
        file.seek_relative(i64::from(length))?;
    }
}

/// The newest epoch in `leader-epoch-checkpoint`; `None` if there is none, or the file is damaged.
fn latest_epoch(partition: &Path) -> Option<LeaderEpoch> {
    let text = fs::read_to_string(partition.join("leader-epoch-checkpoint")).ok()?;
    let epochs = text.lines().skip(2).filter_map(|line| line.split_once(' '));
    epochs.filter_map(|(epoch, _)| epoch.parse().ok().map(LeaderEpoch)).max()
}
