//! A topic with the places of its partitions.
//!
//! A place knows what its partition is like, and opens it when somebody asks for it. A partition that nobody uses is some
//! dozens of bytes here, and nothing else: no file, no task, no lock that anyone waits for.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use vltava_log::{ClosedLog, OpenOptions};
use vltava_metadata::{Image, Topic};
use vltava_model::{LeaderEpoch, Offset, PartitionIndex, TopicId, TopicName, TopicPartition};
use vltava_partition::{Partition, TopicSettings};

use super::LookupError;

/// A topic of the image. Replaced as a whole when it grows.
pub(super) struct OpenTopic {
    pub(super) name: TopicName,
    pub(super) id: TopicId,
    settings: Arc<Mutex<TopicSettings>>,
    /// From which partition on which leader epoch holds.
    epochs: Vec<(PartitionIndex, LeaderEpoch)>,
    /// The partitions in order: a piece for each time that the topic grew.
    pieces: Vec<Arc<[Slot]>>,
}

/// The place of a partition.
pub(super) struct Slot(Mutex<State>);

/// What is known of a partition, and whether it is open.
pub(super) enum State {
    /// Nothing was ever written to it, as far as is known.
    Unused,
    /// It was closed, and is as this says.
    Closed(Box<ClosedLog>),
    /// A run that was killed left it; opening it recovers it.
    Left(Box<OpenOptions>),
    /// It is open; `used` since the last time that somebody looked for unused ones.
    Open { partition: Arc<Partition>, used: bool },
    /// It could not be opened: the cause was logged. What the last run left about it still holds.
    Failed(Option<Box<OpenOptions>>),
    /// The topic was deleted.
    Gone,
}

impl OpenTopic {
    /// The topic as `image` has it. Its first partitions are those of `known`, the others unused.
    pub(super) fn new(
        image: &Image,
        topic: &Topic,
        settings: TopicSettings,
        known: Option<&OpenTopic>,
    ) -> OpenTopic {
        let mut pieces = known.map(|known| known.pieces.clone()).unwrap_or_default();
        let count: usize = pieces.iter().map(|piece| piece.len()).sum();
        let new = topic.partitions.len().saturating_sub(count);
        pieces.push((0..new).map(|_| Slot(Mutex::new(State::Unused))).collect());
        let mut epochs: Vec<(PartitionIndex, LeaderEpoch)> = Vec::new();
        for (index, partition) in topic.indexed() {
            let epoch = image.leader_epoch(partition);
            if epochs.last().is_none_or(|(_, last)| *last != epoch) {
                epochs.push((index, epoch));
            }
        }
        let settings = match known {
            Some(known) => Arc::clone(&known.settings),
            None => Arc::new(Mutex::new(settings)),
        };
        OpenTopic { name: topic.name.clone(), id: topic.id, settings, epochs, pieces }
    }

    /// How many partitions it has.
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// The settings that its partitions have.
    pub(super) fn settings(&self) -> TopicSettings {
        self.settings.lock().clone()
    }

    /// Changes the settings of partitions that are opened from now on.
    pub(super) fn set_settings(&self, settings: TopicSettings) {
        *self.settings.lock() = settings;
    }

    /// The name of one of its partitions.
    pub(super) fn partition_id(&self, index: PartitionIndex) -> TopicPartition {
        TopicPartition::new(self.name.clone(), index)
    }

    /// The epoch under which this broker leads a partition.
    pub(super) fn leader_epoch(&self, index: PartitionIndex) -> LeaderEpoch {
        let after = self.epochs.partition_point(|(first, _)| *first <= index);
        after.checked_sub(1).map_or(LeaderEpoch(0), |at| self.epochs[at].1)
    }

    /// The place of a partition.
    pub(super) fn slot(&self, index: PartitionIndex) -> Option<&Slot> {
        let mut at = usize::try_from(index.0).ok()?;
        for piece in &self.pieces {
            match piece.get(at) {
                Some(slot) => return Some(slot),
                None => at -= piece.len(),
            }
        }
        None
    }

    /// The places with their indexes.
    pub(super) fn indexed(&self) -> impl Iterator<Item = (PartitionIndex, &Slot)> {
        (0..).map(PartitionIndex).zip(self.pieces.iter().flat_map(|piece| piece.iter()))
    }

    /// The partition if it is open; `None` if it is to be opened.
    pub(super) fn opened(
        &self,
        index: PartitionIndex,
    ) -> Result<Option<Arc<Partition>>, LookupError> {
        self.slot(index).ok_or(LookupError::UnknownPartition)?.lock().opened()
    }
}

impl Slot {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl State {
    /// The partition if it is open, which is noted as a use; `None` if it is to be opened.
    pub(super) fn opened(&mut self) -> Result<Option<Arc<Partition>>, LookupError> {
        match self {
            State::Open { partition, used } => {
                *used = true;
                Ok(Some(Arc::clone(partition)))
            }
            State::Failed(_) => Err(LookupError::Storage),
            State::Gone => Err(LookupError::UnknownPartition),
            State::Unused | State::Closed(_) | State::Left(_) => Ok(None),
        }
    }

    /// What the next start has to know if it finds the partition as it is now; `None` for nothing.
    pub(super) fn left(&self) -> Option<OpenOptions> {
        match self {
            State::Unused | State::Gone => None,
            State::Closed(closed) => Some(OpenOptions {
                recovery_point: closed.end.offset,
                clean_shutdown: false,
                log_start_offset: Some(closed.log_start_offset),
            }),
            State::Left(left) => Some(**left),
            State::Failed(left) => left.as_deref().copied(),
            State::Open { partition, .. } => Some(OpenOptions {
                recovery_point: partition.recovery_point(),
                clean_shutdown: false,
                log_start_offset: Some(partition.log_start_offset()),
            }),
        }
    }

    /// Bytes of batches, as far as is known.
    pub(super) fn size_bytes(&self) -> u64 {
        match self {
            State::Closed(closed) => closed.size_bytes,
            State::Open { partition, .. } => partition.size_bytes(),
            State::Unused | State::Left(_) | State::Failed(_) | State::Gone => 0,
        }
    }

    /// The high watermark, as far as is known.
    pub(super) fn high_watermark(&self) -> Option<Offset> {
        match self {
            State::Closed(closed) => Some(closed.end.offset),
            State::Open { partition, .. } => Some(partition.high_watermark()),
            State::Unused | State::Left(_) | State::Failed(_) | State::Gone => None,
        }
    }
}
