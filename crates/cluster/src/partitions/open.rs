//! Opening partitions, each when it is first asked for.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::runtime::{Handle, RuntimeFlavor};
use vltava_log::{Log, OpenError, OpenOptions};
use vltava_metadata::{ConfigView, Image};
use vltava_model::{Offset, PartitionIndex, TopicId, TopicPartition};
use vltava_partition::{Partition, PartitionSpec, TopicSettings};

use super::topic::{OpenTopic, State};
use super::{LookupError, Partitions};
use crate::settings::topic_settings;

impl Partitions {
    /// The settings that a topic's partitions have by `image`.
    pub(super) fn settings_of(&self, image: &Image, topic: &str) -> TopicSettings {
        let view = ConfigView { image, broker: self.broker, properties: &self.properties };
        topic_settings(&view.topic_settings(topic), view.number("producer.id.expiration.ms"))
    }

    /// Opens a partition and starts it, unless somebody else just did. Blocks for some file accesses; after a stop that was
    /// not clean for a look at the end of the log.
    pub(super) fn open_now(
        &self,
        topic: &OpenTopic,
        index: PartitionIndex,
    ) -> Result<Arc<Partition>, LookupError> {
        let slot = topic.slot(index).ok_or(LookupError::UnknownPartition)?;
        blocking(|| {
            let mut state = slot.lock();
            if let Some(open) = state.opened()? {
                return Ok(open);
            }
            let partition = self.open_slot(topic, index, &mut state)?;
            if let Err(error) = partition.start() {
                tracing::error!(partition = %partition.id(), error = %Chain(&error), "cannot start the partition; it is not served until the next start");
                self.give_up(topic.id, index, &mut state);
                return Err(LookupError::Storage);
            }
            Ok(partition)
        })
    }

    /// Opens a partition that is not open, without starting it. A failure is logged, and stays in the place.
    pub(super) fn open_slot(
        &self,
        topic: &OpenTopic,
        index: PartitionIndex,
        state: &mut State,
    ) -> Result<Arc<Partition>, LookupError> {
        let spec = PartitionSpec {
            id: topic.partition_id(index),
            topic_id: topic.id,
            leader_epoch: topic.leader_epoch(index),
            settings: topic.settings(),
            wal: Arc::clone(&self.wal),
            clock: self.clock.clone(),
        };
        let log = match self.open_log(&spec, state) {
            Err(OpenError::OtherTopic { found, .. }) => {
                self.set_aside(&spec.id, &found.to_string());
                self.open_log(&spec, &State::Unused)
            }
            opened => opened,
        };
        match log {
            Ok(log) => {
                let partition = Partition::open(log, spec);
                self.open.lock().insert((topic.id, index), Arc::clone(&partition));
                *state = State::Open { partition: Arc::clone(&partition), used: true };
                Ok(partition)
            }
            Err(error) => {
                tracing::error!(partition = %spec.id, error = %Chain(&error), "cannot open the partition; it is not served until the next start");
                self.give_up(topic.id, index, state);
                Err(LookupError::Storage)
            }
        }
    }

    /// The partition is not served until the next start.
    pub(super) fn give_up(&self, topic: TopicId, index: PartitionIndex, state: &mut State) {
        self.open.lock().remove(&(topic, index));
        *state = State::Failed(state.left().map(Box::new));
        self.failures.fetch_add(1, Ordering::SeqCst);
    }

    fn open_log(&self, spec: &PartitionSpec, state: &State) -> Result<Log, OpenError> {
        let folder = self.folder.join(spec.id.to_string());
        let (config, now) = (spec.settings.log.clone(), self.clock.now());
        let unknown = OpenOptions {
            recovery_point: Offset::ZERO,
            clean_shutdown: false,
            log_start_offset: None,
        };
        let there = folder.exists();
        match state {
            State::Closed(closed) => Log::open_closed(&folder, spec.topic_id, config, closed, now),
            State::Left(left) if there => Log::open(&folder, spec.topic_id, config, **left, now),
            // Where there is no folder, the checkpoints speak of a topic of the same name that was deleted.
            _ if there => Log::open(&folder, spec.topic_id, config, unknown, now),
            _ => Ok(Log::unmade(&folder, spec.topic_id, config, now)),
        }
    }

    /// Renames a partition's folder that belongs to no topic, as Kafka does: the topic was deleted and the broker
    /// stopped before the folder was, or somebody put it there.
    pub(super) fn set_aside(&self, id: &TopicPartition, topic_id: &str) {
        let stray = format!("{id}.{topic_id}-stray");
        tracing::warn!(partition = %id, topic_id, renamed_to = %stray, "a partition's folder belongs to no topic; remove it if it is not needed");
        if let Err(error) = fs::rename(self.folder.join(id.to_string()), self.folder.join(stray)) {
            tracing::error!(partition = %id, %error, "cannot rename the folder of a partition that belongs to no topic");
        }
    }
}

/// Lets the other tasks of this thread go elsewhere while `work` blocks.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}

/// Prints an error with its causes.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
