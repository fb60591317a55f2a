//! Opening logs.

use std::fs;
use std::sync::Arc;

use vltava_log::{Log, OpenError, OpenOptions};
use vltava_metadata::{ConfigView, Image, Topic};
use vltava_model::{Offset, PartitionIndex, TopicPartition};
use vltava_partition::{Partition, PartitionSpec, TopicSettings};

use super::checkpoints::LastRun;
use super::{OpenTopic, Partitions, Slot};
use crate::settings::topic_settings;

impl Partitions {
    /// The settings that a topic's partitions have by `image`.
    pub(super) fn settings_of(&self, image: &Image, topic: &str) -> TopicSettings {
        let view = ConfigView { image, broker: self.broker, properties: &self.properties };
        topic_settings(&view.topic_settings(topic), view.number("producer.id.expiration.ms"))
    }

    /// Opens the partitions of a topic that are not among `open` yet; blocks. What cannot be opened is logged and
    /// leaves a failed slot.
    pub(super) fn open_topic(
        &self,
        image: &Image,
        topic: &Topic,
        open: &[Slot],
        last: &LastRun,
    ) -> OpenTopic {
        let settings = self.settings_of(image, topic.name.as_str());
        let mut partitions = open.to_vec();
        for (index, partition) in topic.indexed().skip(open.len()) {
            let spec = PartitionSpec {
                id: TopicPartition::new(topic.name.clone(), index),
                topic_id: topic.id,
                leader_epoch: image.leader_epoch(partition),
                settings: settings.clone(),
                wal: Arc::clone(&self.wal),
                clock: self.clock.clone(),
            };
            partitions.push(self.open_partition(spec, last));
        }
        OpenTopic { name: topic.name.clone(), id: topic.id, partitions }
    }

    fn open_partition(&self, spec: PartitionSpec, last: &LastRun) -> Slot {
        let id = spec.id.clone();
        let log = match self.open_log(&spec, last) {
            Err(OpenError::OtherTopic { found, .. }) => {
                self.set_aside(&id, &found.to_string());
                self.open_log(&spec, last)
            }
            opened => opened,
        };
        match log {
            Ok(log) => Slot::Open(Partition::open(log, spec)),
            Err(error) => {
                tracing::error!(partition = %id, error = %Chain(&error), "cannot open the partition; it is not served until the next start");
                Slot::Failed
            }
        }
    }

    fn open_log(&self, spec: &PartitionSpec, last: &LastRun) -> Result<Log, OpenError> {
        let folder = self.folder.join(spec.id.to_string());
        // Where there is no folder, the checkpoints speak of a topic of the same name that was deleted.
        let nothing = LastRun::default();
        let last = if folder.exists() { last } else { &nothing };
        let options = OpenOptions {
            recovery_point: last.recovery_points.get(&spec.id).copied().unwrap_or(Offset::ZERO),
            clean_shutdown: last.clean,
            log_start_offset: last.log_starts.get(&spec.id).copied(),
        };
        Log::open(&folder, spec.topic_id, spec.settings.log.clone(), options, self.clock.now())
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

impl OpenTopic {
    /// A topic of which no more is open than `open`.
    pub(super) fn failing(topic: &Topic, open: &[Slot]) -> OpenTopic {
        let mut partitions = open.to_vec();
        partitions.resize(topic.partitions.len(), Slot::Failed);
        OpenTopic { name: topic.name.clone(), id: topic.id, partitions }
    }

    /// The partitions that could not be opened.
    pub(super) fn failed(&self) -> impl Iterator<Item = PartitionIndex> {
        self.indexed().filter(|(_, slot)| matches!(slot, Slot::Failed)).map(|(index, _)| index)
    }

    /// The partitions with their indexes.
    pub(super) fn indexed(&self) -> impl Iterator<Item = (PartitionIndex, &Slot)> {
        (0..).map(PartitionIndex).zip(&self.partitions)
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
