//! One producer.

use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::BatchHeader;

use super::ProducerState;
use crate::errors::SequenceError;
use crate::limits::PRODUCER_BATCHES_MAX;

/// What is kept of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchTrace {
    pub(crate) last_sequence: Sequence,
    pub(crate) offset_delta: i32,
    pub(crate) last_offset: Offset,
    pub(crate) timestamp: Timestamp,
}

/// A producer's epoch and its last batches in that epoch, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(super) epoch: ProducerEpoch,
    pub(super) coordinator_epoch: i32,
    pub(super) last_timestamp: Timestamp,
    pub(super) transaction_start: Option<Offset>,
    batches: [BatchTrace; PRODUCER_BATCHES_MAX],
    count: u8,
}

impl BatchTrace {
    const NONE: BatchTrace = BatchTrace {
        last_sequence: Sequence(-1),
        offset_delta: 0,
        last_offset: Offset(-1),
        timestamp: Timestamp::NONE,
    };

    pub(crate) fn first_offset(&self) -> Offset {
        Offset(self.last_offset.0.saturating_sub(i64::from(self.offset_delta)))
    }

    /// The sequence of the batch's first record, wrapped back below 0 to 2³¹−1.
    pub(crate) fn first_sequence(&self) -> Sequence {
        // Wrapping, because a damaged snapshot must not panic.
        let first = self.last_sequence.0.wrapping_sub(self.offset_delta);
        Sequence(if first < 0 { first.wrapping_add(i32::MAX).wrapping_add(1) } else { first })
    }
}

impl Default for Producer {
    fn default() -> Producer {
        Producer::new(ProducerEpoch::NONE)
    }
}

impl Producer {
    /// A producer of which only the epoch is known.
    pub(super) const fn new(epoch: ProducerEpoch) -> Producer {
        Producer {
            epoch,
            coordinator_epoch: -1,
            last_timestamp: Timestamp::NONE,
            transaction_start: None,
            batches: [BatchTrace::NONE; PRODUCER_BATCHES_MAX],
            count: 0,
        }
    }

    pub(super) fn batches(&self) -> &[BatchTrace] {
        &self.batches[..usize::from(self.count)]
    }

    /// The sequence of the last record; -1 if there is none in this epoch.
    pub(super) fn last_sequence(&self) -> Sequence {
        self.batches().last().map_or(Sequence(-1), |batch| batch.last_sequence)
    }

    /// The kept batch that has exactly the same epoch and sequences.
    pub(super) fn find_duplicate(&self, header: &BatchHeader) -> Option<&BatchTrace> {
        if header.producer_epoch() != self.epoch {
            return None;
        }
        let (first, last) = (header.base_sequence(), header.last_sequence());
        self.batches()
            .iter()
            .find(|batch| batch.first_sequence() == first && batch.last_sequence == last)
    }

    /// Whether the batch's epoch is not older than the one that was seen.
    pub(super) fn check_epoch(&self, header: &BatchHeader) -> Result<(), SequenceError> {
        let (producer_id, found) = (header.producer_id(), header.producer_epoch());
        let current = self.epoch;
        if found < current {
            return Err(SequenceError::InvalidEpoch { producer_id, found, current });
        }
        Ok(())
    }

    /// Whether a client's batch follows on.
    pub(super) fn check_sequence(&self, header: &BatchHeader) -> Result<(), SequenceError> {
        let (producer_id, found) = (header.producer_id(), header.base_sequence());
        let is_new_epoch = header.producer_epoch() != self.epoch;
        let last = if is_new_epoch { Sequence(-1) } else { self.last_sequence() };
        if self.epoch == ProducerEpoch::NONE || found == last.plus(1) {
            return Ok(());
        }
        Err(SequenceError::OutOfOrder { producer_id, found, last })
    }

    /// Whether the batch does not stand outside of the transaction that is open.
    pub(super) fn check_transaction(&self, header: &BatchHeader) -> Result<(), SequenceError> {
        match self.transaction_start {
            Some(first_offset) if !header.is_transactional() => {
                let producer_id = header.producer_id();
                Err(SequenceError::TransactionOpen { producer_id, first_offset })
            }
            _ => Ok(()),
        }
    }

    /// Takes in a batch of records; says whether a transaction begins with it.
    pub(super) fn note_data(&mut self, header: &BatchHeader) -> bool {
        self.enter(header.producer_epoch());
        self.last_timestamp = header.max_timestamp();
        self.push(BatchTrace {
            last_sequence: header.last_sequence(),
            offset_delta: header.last_offset_delta,
            last_offset: header.last_offset(),
            timestamp: header.max_timestamp(),
        });
        let begins = header.is_transactional() && self.transaction_start.is_none();
        if begins {
            self.transaction_start = Some(header.first_offset());
        }
        begins
    }

    /// Takes in a marker; returns where the transaction began that it ends. One that ends nothing still sets the epochs.
    pub(super) fn note_marker(
        &mut self,
        header: &BatchHeader,
        coordinator_epoch: i32,
    ) -> Option<Offset> {
        self.enter(header.producer_epoch());
        self.last_timestamp = header.max_timestamp();
        self.coordinator_epoch = coordinator_epoch;
        self.transaction_start.take()
    }

    /// A batch of this epoch comes; if it is another than before, what was before does not count any more.
    fn enter(&mut self, epoch: ProducerEpoch) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.count = 0;
        }
    }

    pub(super) fn push(&mut self, batch: BatchTrace) {
        if usize::from(self.count) == PRODUCER_BATCHES_MAX {
            self.batches.copy_within(1.., 0);
            self.count -= 1;
        }
        self.batches[usize::from(self.count)] = batch;
        self.count += 1;
    }

    pub(super) fn is_expired(&self, now: Timestamp, expiration_ms: i64) -> bool {
        self.transaction_start.is_none()
            && now.0.saturating_sub(self.last_timestamp.0) >= expiration_ms
    }

    pub(super) fn state(&self, producer_id: ProducerId) -> ProducerState {
        ProducerState {
            producer_id,
            producer_epoch: self.epoch,
            last_sequence: self.last_sequence(),
            last_offset: self.batches().last().map(|batch| batch.last_offset),
            last_timestamp: self.last_timestamp,
            coordinator_epoch: self.coordinator_epoch,
            current_transaction_start: self.transaction_start,
        }
    }
}
