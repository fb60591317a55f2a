//! What the data folder remembers of its partitions: the summary, and the offset checkpoints in Kafka's format.
//!
//! A start goes by the summary. Kafka's files are for Kafka and its tools, and for a folder that has no summary.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use vltava_log::OpenOptions;
use vltava_log::checkpoints::{
    CLEANED_OFFSETS, HIGH_WATERMARKS, LOG_START_OFFSETS, RECOVERY_POINTS, read_offsets, sync_all,
    was_clean_shutdown, write_offsets,
};
use vltava_model::{Offset, TopicPartition};

use super::Partitions;
use super::summary::{self, Summary};
use super::topic::{OpenTopic, State};

/// What the last run left about its partitions.
#[derive(Debug)]
pub(super) struct LastRun {
    /// Whether all logs were closed.
    pub(super) clean: bool,
    /// `None` where there is none to go by.
    pub(super) summary: Option<Summary>,
    /// Up to where compacted logs were cleaned.
    pub(super) cleaned: HashMap<TopicPartition, Offset>,
}

impl LastRun {
    pub(super) fn read(folder: &Path) -> LastRun {
        let clean = was_clean_shutdown(folder).unwrap_or(false);
        let (summary, cleaned) = (Summary::read(folder), offsets_in(folder, CLEANED_OFFSETS));
        LastRun { clean, summary, cleaned }
    }
}

impl Partitions {
    /// Tells the places what the last run left.
    pub(super) fn remember(&self, last: &LastRun) {
        match &last.summary {
            Some(summary) => summary.apply(|id| self.topics.read().by_id.get(&id).cloned()),
            None => self.remember_checkpoints(last),
        }
    }

    /// Without a summary nothing is known of a partition but what Kafka's files say.
    fn remember_checkpoints(&self, last: &LastRun) {
        let mut points = offsets_in(&self.folder, RECOVERY_POINTS);
        let starts = offsets_in(&self.folder, LOG_START_OFFSETS);
        // What was cleaned was synced, also by a Kafka that had no time to say so.
        for (id, cleaned) in &last.cleaned {
            let point = points.entry(id.clone()).or_insert(*cleaned);
            *point = (*point).max(*cleaned);
        }
        for topic in self.topics.read().by_name.values() {
            for (index, slot) in topic.indexed() {
                let id = topic.partition_id(index);
                let options = OpenOptions {
                    recovery_point: points.get(&id).copied().unwrap_or(Offset::ZERO),
                    clean_shutdown: last.clean,
                    log_start_offset: starts.get(&id).copied(),
                };
                *slot.lock() = State::Left(Box::new(options));
            }
        }
    }

    /// Writes what the next start goes by: where logs start and up to where they are synced. Blocks.
    pub fn write_checkpoints(&self) -> io::Result<()> {
        let _writing = self.checkpoints.lock();
        if self.closed_unsynced.swap(false, Ordering::SeqCst) {
            // What is said to be closed must be as it was closed.
            sync_all(&self.folder)
                .inspect_err(|_| self.closed_unsynced.store(true, Ordering::SeqCst))?;
        }
        let topics = self.topics();
        let parked = self.parked.lock().count();
        summary::write(&self.folder, &topics, parked)?;
        let left = offsets(&topics, |state| state.left());
        let starts = left.iter().filter_map(|(id, left)| {
            let start = left.log_start_offset.filter(|start| *start > Offset::ZERO);
            Some((id, start?))
        });
        write_offsets(&self.folder.join(LOG_START_OFFSETS), starts)?;
        let points = left.iter().map(|(id, left)| (id, left.recovery_point));
        write_offsets(&self.folder.join(RECOVERY_POINTS), points)?;
        self.write_cleaned_offsets()
    }

    /// Writes the high watermarks, which only a Kafka that takes the folder over reads. Blocks.
    pub(super) fn write_high_watermarks(&self) -> io::Result<()> {
        let marks = offsets(&self.topics(), |state| state.high_watermark());
        let path = self.folder.join(HIGH_WATERMARKS);
        write_offsets(&path, marks.iter().map(|(id, mark)| (id, *mark)))
    }

    /// Every topic, in order of name.
    pub(super) fn topics(&self) -> Vec<Arc<OpenTopic>> {
        let mut topics: Vec<_> = self.topics.read().by_name.values().cloned().collect();
        topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        topics
    }
}

/// An offset checkpoint. A damaged one is logged and counts as missing: then more is scanned, and records below a log
/// start offset that only the file knew are readable again.
fn offsets_in(folder: &Path, name: &str) -> HashMap<TopicPartition, Offset> {
    match read_offsets(&folder.join(name)) {
        Ok(offsets) => offsets.into_iter().collect(),
        Err(error) => {
            tracing::error!(file = name, %error, "an offset checkpoint cannot be read and is passed over");
            HashMap::new()
        }
    }
}

/// Something of each partition, where there is anything to say.
fn offsets<T>(
    topics: &[Arc<OpenTopic>],
    what: impl Fn(&State) -> Option<T>,
) -> Vec<(TopicPartition, T)> {
    let mut all = Vec::new();
    for topic in topics {
        for (index, slot) in topic.indexed() {
            let found = what(&slot.lock());
            all.extend(found.map(|found| (topic.partition_id(index), found)));
        }
    }
    all
}
