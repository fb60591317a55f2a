//! Records of the write-ahead log that belong to a partition which cannot be opened.
//!
//! The write-ahead log is used again once its records are in segments. Those of a partition that cannot be opened (its
//! folder is not readable, say) move to a file `parked-<topic id>-<partition>` beside the partitions' folders: batches as
//! they stand in a segment, one behind the other. The start that can open the partition replays and removes it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{Offset, PartitionIndex, TopicId};
use vltava_partition::Partition;
use vltava_records::headers;
use vltava_wal::RecoveredEntry;

fn path(folder: &Path, topic: TopicId, partition: PartitionIndex) -> PathBuf {
    folder.join(format!("parked-{topic}-{partition}"))
}

/// Adds an entry to its partition's file, durably.
pub(super) fn park(folder: &Path, entry: &RecoveredEntry) -> io::Result<()> {
    let path = path(folder, entry.topic_id, entry.partition);
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    file.write_all(&entry.batches)?;
    file.sync_all()?;
    File::open(folder)?.sync_all()
}

/// Gives a partition back what was parked for it. The file goes once [`forget`] is called.
pub(super) fn replay(folder: &Path, partition: &Arc<Partition>, index: PartitionIndex) -> bool {
    let path = path(folder, partition.topic_id(), index);
    let bytes = match fs::read(&path) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return true,
        Err(error) => {
            tracing::error!(file = %path.display(), %error, "cannot read the records parked for a partition");
            return false;
        }
    };
    let mut offsets = headers(&bytes).map_while(Result::ok).map(|(header, _)| header);
    let Some(first) = offsets.next() else { return true };
    let last = offsets.last().unwrap_or(first);
    let entry = RecoveredEntry {
        topic_id: partition.topic_id(),
        partition: index,
        first_offset: first.first_offset(),
        last_offset: last.last_offset().max(Offset::ZERO),
        batches: bytes.clone(),
    };
    match partition.replay(&entry) {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(file = %path.display(), %error, "cannot replay the records parked for a partition");
            false
        }
    }
}

/// Removes the file of a partition that has all of it.
pub(super) fn forget(folder: &Path, topic: TopicId, partition: PartitionIndex) {
    let path = path(folder, topic, partition);
    match fs::remove_file(&path) {
        Ok(()) => {
            tracing::info!(file = %path.display(), "replayed the records parked for a partition");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "cannot remove replayed records");
        }
    }
}
