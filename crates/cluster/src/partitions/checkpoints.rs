//! The offset checkpoints in the data folder, in Kafka's format.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use vltava_log::checkpoints::{
    CLEANED_OFFSETS, HIGH_WATERMARKS, LOG_START_OFFSETS, RECOVERY_POINTS, read_offsets,
    was_clean_shutdown, write_offsets,
};
use vltava_model::{Offset, TopicName, TopicPartition};

use super::{OpenTopic, Partitions};

/// What the last run left about its partitions.
#[derive(Debug, Default)]
pub(super) struct LastRun {
    /// Whether all logs were closed: nothing needs to be scanned.
    pub(super) clean: bool,
    pub(super) recovery_points: HashMap<TopicPartition, Offset>,
    pub(super) log_starts: HashMap<TopicPartition, Offset>,
    /// Up to where compacted logs were cleaned.
    pub(super) cleaned: HashMap<TopicPartition, Offset>,
}

impl LastRun {
    /// Forgets a topic, of whose name there may be another one later.
    pub(super) fn forget(&mut self, topic: &TopicName) {
        self.recovery_points.retain(|id, _| id.topic != *topic);
        self.log_starts.retain(|id, _| id.topic != *topic);
        self.cleaned.retain(|id, _| id.topic != *topic);
    }

    /// Reads the files. A damaged one is logged and counts as missing: then more is scanned, and records below a log
    /// start offset that only the file knew are readable again.
    pub(super) fn read(folder: &Path) -> LastRun {
        let offsets = |name: &str| match read_offsets(&folder.join(name)) {
            Ok(offsets) => offsets.into_iter().collect(),
            Err(error) => {
                tracing::error!(file = name, %error, "an offset checkpoint cannot be read and is passed over");
                HashMap::new()
            }
        };
        let mut recovery_points: HashMap<TopicPartition, Offset> = offsets(RECOVERY_POINTS);
        let cleaned: HashMap<TopicPartition, Offset> = offsets(CLEANED_OFFSETS);
        // What was cleaned was synced, also by a Kafka that had no time to say so.
        for (id, cleaned) in &cleaned {
            let point = recovery_points.entry(id.clone()).or_insert(*cleaned);
            *point = (*point).max(*cleaned);
        }
        LastRun {
            clean: was_clean_shutdown(folder).unwrap_or(false),
            recovery_points,
            log_starts: offsets(LOG_START_OFFSETS),
            cleaned,
        }
    }
}

impl Partitions {
    /// Writes where logs start and up to where they are synced. Blocks.
    pub fn write_checkpoints(&self) -> io::Result<()> {
        let _writing = self.checkpoints.lock();
        let (all, failed) = (self.all(), self.failed());
        let last = self.last.lock();
        let starts = all.iter().filter_map(|partition| {
            let start = partition.log_start_offset();
            (start > Offset::ZERO).then(|| (partition.id(), start))
        });
        let kept = failed.iter().filter_map(|id| Some((id, *last.log_starts.get(id)?)));
        write_offsets(&self.folder.join(LOG_START_OFFSETS), starts.chain(kept))?;
        let points = all.iter().map(|partition| (partition.id(), partition.recovery_point()));
        let kept = failed.iter().filter_map(|id| Some((id, *last.recovery_points.get(id)?)));
        write_offsets(&self.folder.join(RECOVERY_POINTS), points.chain(kept))?;
        self.write_cleaned_offsets()
    }

    /// The partitions that could not be opened: what the last run left about them still holds.
    fn failed(&self) -> Vec<TopicPartition> {
        let topics = self.topics.read();
        let id = |topic: &OpenTopic, index| TopicPartition::new(topic.name.clone(), index);
        let failed = |topic: &Arc<OpenTopic>| -> Vec<TopicPartition> {
            topic.failed().map(|index| id(topic, index)).collect()
        };
        topics.by_name.values().flat_map(failed).collect()
    }

    /// Writes the high watermarks, which only a Kafka that takes the folder over reads. Blocks.
    pub(super) fn write_high_watermarks(&self) -> io::Result<()> {
        let all = self.all();
        let marks = all.iter().map(|partition| (partition.id(), partition.high_watermark()));
        write_offsets(&self.folder.join(HIGH_WATERMARKS), marks)
    }
}
