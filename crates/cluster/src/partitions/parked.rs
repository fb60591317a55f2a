//! Records of the write-ahead log that belong to a partition which has failed.
//!
//! The write-ahead log is used again once its records are in segments. Those of a partition that cannot be opened (its
//! folder is not readable, say), or that fails at work, move to a file `parked-<topic id>-<partition>.<n>` beside the
//! partitions' folders: batches as they stand in a segment, one behind the other. Each time there is something to park
//! it is another file, under a name of its own until it is whole, so that none is ever torn. The start that can open the
//! partition replays and removes them; what the log has of them already is passed over.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use vltava_model::{Offset, PartitionIndex, TopicId};
use vltava_partition::{Partition, Replayed};
use vltava_records::headers;
use vltava_wal::{Recovered, RecoveredEntry};

const PREFIX: &str = "parked-";
/// Stands behind the name of a file that is not whole.
const PART: &str = ".part";

/// A partition, beyond its topic's name.
pub(super) type Key = (TopicId, PartitionIndex);

/// The numbers of the files that are there, by partition.
#[derive(Debug, Default)]
pub(super) struct Parked(HashMap<Key, BTreeSet<u64>>);

/// Why records could not be parked. The write-ahead log must keep them.
#[derive(Debug, Error)]
pub(super) enum ParkError {
    /// The file system refused.
    #[error("cannot write the records of a partition that failed to a file of their own")]
    Io(#[from] io::Error),
    /// They could not be read.
    #[error(transparent)]
    Wal(#[from] vltava_wal::OpenError),
}

impl Parked {
    /// Looks what is there. Removes what is not whole, which the write-ahead log still has.
    pub(super) fn list(folder: &Path) -> io::Result<Parked> {
        let mut parked = Parked::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            if let Some((key, number)) = parse(name) {
                parked.0.entry(key).or_default().insert(number);
            } else if name.strip_suffix(PART).and_then(parse).is_some() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(parked)
    }

    /// The partitions of which something is parked.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.0.keys().copied().collect()
    }

    /// How many files there are.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Adds what is in the write-ahead log of the partitions `whose`, durably.
    pub(super) fn add(
        &mut self,
        folder: &Path,
        recovered: Recovered,
        whose: &HashSet<Key>,
    ) -> Result<(), ParkError> {
        let mut begun = HashSet::new();
        for chunk in recovered {
            for entry in chunk?.entries {
                let key = (entry.topic_id, entry.partition);
                if whose.contains(&key) {
                    let part = part(&self.next_path(folder, key));
                    let mut options = OpenOptions::new();
                    // What a broken-off attempt left is overwritten.
                    let is_first = begun.insert(key);
                    options.create(true).write(true).truncate(is_first).append(!is_first);
                    options.open(part)?.write_all(&entry.batches)?;
                }
            }
        }
        for key in begun {
            let path = self.next_path(folder, key);
            File::open(part(&path))?.sync_all()?;
            fs::rename(part(&path), &path)?;
            tracing::warn!(file = %path.display(), "parked the records that the write-ahead log has of a partition which failed");
            let number = self.next_number(key);
            self.0.entry(key).or_default().insert(number);
        }
        Ok(File::open(folder)?.sync_all()?)
    }

    /// Gives a partition back what was parked for it, and returns how many batches it did not have. The files go once
    /// [`Parked::forget`] is called. `None` if it did not work, which was logged.
    pub(super) fn replay(&self, folder: &Path, partition: &Arc<Partition>) -> Option<usize> {
        let key = (partition.topic_id(), partition.id().partition);
        let mut batches = 0;
        for number in self.0.get(&key).into_iter().flatten() {
            let path = path(folder, key, *number);
            let bytes = fs::read(&path);
            let bytes = bytes.inspect_err(|error| {
                tracing::error!(file = %path.display(), %error, "cannot read the records parked for a partition");
            });
            let Some(entry) = entry(key, bytes.ok()?.into()) else { continue };
            match partition.replay(&entry) {
                Ok(Replayed::Skipped) => {}
                Ok(Replayed::Appended(count)) => batches += count,
                Err(error) => {
                    tracing::error!(file = %path.display(), %error, "cannot replay the records parked for a partition");
                    return None;
                }
            }
        }
        Some(batches)
    }

    /// Removes the files of partitions that have all of it, or are no more.
    pub(super) fn forget(&mut self, folder: &Path, done: impl Fn(Key) -> bool) {
        self.0.retain(|key, numbers| {
            if !done(*key) {
                return true;
            }
            numbers.retain(|number| {
                let path = path(folder, *key, *number);
                match fs::remove_file(&path) {
                    Ok(()) => {
                        tracing::info!(file = %path.display(), "removed the records parked for a partition, which has them or was deleted");
                        false
                    }
                    Err(error) => {
                        tracing::warn!(file = %path.display(), %error, "cannot remove replayed records");
                        true
                    }
                }
            });
            !numbers.is_empty()
        });
    }

    fn next_number(&self, key: Key) -> u64 {
        self.0.get(&key).and_then(BTreeSet::last).map_or(0, |last| last + 1)
    }

    fn next_path(&self, folder: &Path, key: Key) -> PathBuf {
        path(folder, key, self.next_number(key))
    }
}

fn path(folder: &Path, (topic, partition): Key, number: u64) -> PathBuf {
    folder.join(format!("{PREFIX}{topic}-{partition}.{number}"))
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PART);
    name.into()
}

fn parse(name: &str) -> Option<(Key, u64)> {
    let (partition, number) = name.strip_prefix(PREFIX)?.rsplit_once('.')?;
    let (topic, index) = partition.rsplit_once('-')?;
    let key = (TopicId::parse(topic)?, PartitionIndex(index.parse().ok()?));
    Some((key, number.parse().ok()?))
}

/// `None` if there is no batch.
fn entry((topic_id, partition): Key, batches: Bytes) -> Option<RecoveredEntry> {
    let mut offsets = headers(&batches).map_while(Result::ok).map(|(header, _)| header);
    let first = offsets.next()?;
    let last = offsets.last().unwrap_or(first);
    Some(RecoveredEntry {
        topic_id,
        partition,
        first_offset: first.first_offset(),
        last_offset: last.last_offset().max(Offset::ZERO),
        batches: batches.clone(),
    })
}
