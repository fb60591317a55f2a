//! The offset checkpoints in the data folder, in Kafka's format.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use vltava_log::checkpoints::{
    HIGH_WATERMARKS, LOG_START_OFFSETS, RECOVERY_POINTS, read_offsets, was_clean_shutdown,
    write_offsets,
};
use vltava_model::{Offset, TopicPartition};

use super::Partitions;

/// What the last run left about its partitions.
#[derive(Debug, Default)]
pub(super) struct LastRun {
    /// Whether all logs were closed: nothing needs to be scanned.
    pub(super) clean: bool,
    pub(super) recovery_points: HashMap<TopicPartition, Offset>,
    pub(super) log_starts: HashMap<TopicPartition, Offset>,
}

impl LastRun {
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
        LastRun {
            clean: was_clean_shutdown(folder).unwrap_or(false),
            recovery_points: offsets(RECOVERY_POINTS),
            log_starts: offsets(LOG_START_OFFSETS),
        }
    }
}

impl Partitions {
    /// Writes where logs start and up to where they are synced. Blocks.
    pub fn write_checkpoints(&self) -> io::Result<()> {
        let _writing = self.checkpoints.lock();
        let all = self.all();
        let starts = all.iter().filter_map(|partition| {
            let start = partition.log_start_offset();
            (start > Offset::ZERO).then(|| (partition.id(), start))
        });
        write_offsets(&self.folder.join(LOG_START_OFFSETS), starts)?;
        let points = all.iter().map(|partition| (partition.id(), partition.recovery_point()));
        write_offsets(&self.folder.join(RECOVERY_POINTS), points)
    }

    /// Writes the high watermarks, which only a Kafka that takes the folder over reads. Blocks.
    pub(super) fn write_high_watermarks(&self) -> io::Result<()> {
        let all = self.all();
        let marks = all.iter().map(|partition| (partition.id(), partition.high_watermark()));
        write_offsets(&self.folder.join(HIGH_WATERMARKS), marks)
    }
}
