//! `cleaner-offset-checkpoint`: up to where each compacted log was cleaned.

use std::collections::HashMap;
use std::io;

use vltava_log::checkpoints::{CLEANED_OFFSETS, write_offsets};
use vltava_model::{Offset, TopicName, TopicPartition};
use vltava_partition::Partition;

use super::Cleaning;
use crate::partitions::Partitions;

impl Cleaning {
    /// Begins with what the last run left.
    pub(in crate::partitions) fn set_offsets(&self, offsets: HashMap<TopicPartition, Offset>) {
        self.state.lock().offsets = offsets;
    }

    /// Forgets a topic, of whose name there may be another one later.
    pub(in crate::partitions) fn forget(&self, topic: &TopicName) {
        let mut state = self.state.lock();
        let before = state.offsets.len();
        state.offsets.retain(|id, _| id.topic != *topic);
        state.is_changed |= state.offsets.len() < before;
    }
}

impl Partitions {
    /// Writes the file if it is out of date. Blocks. To be called with the checkpoints' lock held.
    pub(in crate::partitions) fn write_cleaned_offsets(&self) -> io::Result<()> {
        let offsets = {
            let mut state = self.cleaning.state.lock();
            if !std::mem::take(&mut state.is_changed) {
                return Ok(());
            }
            state.offsets.clone()
        };
        let lines = offsets.iter().map(|(id, offset)| (id, *offset));
        write_offsets(&self.folder.join(CLEANED_OFFSETS), lines)
            .inspect_err(|_error| self.cleaning.state.lock().is_changed = true)
    }

    /// Notes how far a log is clean, in the file, too. Should that fail, a start cleans again what is clean.
    pub(super) fn set_cleaned(&self, partition: &Partition, end: Offset) {
        {
            let mut state = self.cleaning.state.lock();
            // It may have been deleted while the cleaning ended.
            if partition.log_end_offset() < end {
                return;
            }
            state.offsets.insert(partition.id().clone(), end);
            state.is_changed = true;
        }
        let _writing = self.checkpoints.lock();
        if let Err(error) = self.write_cleaned_offsets() {
            tracing::warn!(%error, "cannot write the cleaner's offset checkpoint");
        }
    }
}
