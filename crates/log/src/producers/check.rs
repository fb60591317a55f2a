//! What is checked before a producer's batch, or a marker, is appended.

use vltava_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use vltava_records::{BatchHeader, EndTransactionMarker};

use super::entry::Producer;
use super::{Producers, Verification};
use crate::errors::SequenceError;

/// What a producer's batch is to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerCheck {
    /// Not there yet: append it.
    New,
    /// One of the producer's last five: it was appended before, answer as then.
    Duplicate {
        /// Of the batch as appended.
        base_offset: Offset,
        /// Of the batch as appended.
        last_offset: Offset,
        /// The batch's largest timestamp.
        timestamp: Timestamp,
        /// As it is now.
        log_start_offset: Offset,
    },
}

/// How a batch of records is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCheck {
    /// Whether it must follow on in the sequence: a client's. What a coordinator writes in a producer's name has none.
    pub sequences: bool,
    /// What speaks for a transactional batch that is the first of its transaction.
    pub verification: Verification,
}

/// A marker that is to be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTransaction {
    /// Whose transaction ends.
    pub producer_id: ProducerId,
    /// With which epoch.
    pub producer_epoch: ProducerEpoch,
    /// How, and by which coordinator.
    pub marker: EndTransactionMarker,
    /// Whether the coordinator bumped the epoch for the marker, as it does since `transaction.version` 2 (KIP-890): it must
    /// then be larger than that of the records.
    pub epoch_bumped: bool,
}

impl Producers {
    /// What a batch of records is to the log: new, repeated, or refused.
    pub(crate) fn check(
        &self,
        header: &BatchHeader,
        log_start_offset: Offset,
        how: BatchCheck,
    ) -> Result<ProducerCheck, SequenceError> {
        const UNKNOWN: Producer = Producer::new(ProducerEpoch::NONE);
        if !header.has_producer_id() {
            return Ok(ProducerCheck::New);
        }
        let producer_id = header.producer_id();
        // A producer that nobody remembers may begin anywhere: its records were deleted, or it was idle for too long.
        let producer = self.by_id.get(&producer_id).unwrap_or(&UNKNOWN);
        if how.sequences
            && let Some(batch) = producer.find_duplicate(header)
        {
            return Ok(ProducerCheck::Duplicate {
                base_offset: batch.first_offset(),
                last_offset: batch.last_offset,
                timestamp: batch.timestamp,
                log_start_offset,
            });
        }
        producer.check_epoch(header)?;
        if header.is_transactional() && !self.is_ongoing(producer_id, header.producer_epoch()) {
            self.verifications.check(producer_id, how.verification)?;
        }
        if how.sequences {
            self.verifications.check_sequence(header, producer)?;
            producer.check_sequence(header)?;
        }
        producer.check_transaction(header)?;
        Ok(ProducerCheck::New)
    }

    /// Whether a marker may be appended. One that comes late must not end a transaction that began after the one it is
    /// for: its epoch tells.
    pub(crate) fn check_marker(&self, end: &EndTransaction) -> Result<(), SequenceError> {
        let &EndTransaction { producer_id, producer_epoch, marker, epoch_bumped } = end;
        let Some(producer) = self.by_id.get(&producer_id) else { return Ok(()) };
        let current = producer.epoch;
        let is_older = match epoch_bumped {
            false => producer_epoch < current,
            true => producer_epoch <= current && !is_repeated(producer, producer_epoch),
        };
        if is_older {
            let found = producer_epoch;
            return Err(SequenceError::InvalidEpoch { producer_id, found, current });
        }
        if producer.coordinator_epoch > marker.coordinator_epoch {
            let (found, current) = (marker.coordinator_epoch, producer.coordinator_epoch);
            return Err(SequenceError::CoordinatorFenced { producer_id, found, current });
        }
        Ok(())
    }
}

/// A marker with a bumped epoch that was written already, as its coordinator does not know: the transaction is over, or
/// the epoch could not be bumped any more.
fn is_repeated(producer: &Producer, marker_epoch: ProducerEpoch) -> bool {
    let is_over = producer.transaction_start.is_none() || marker_epoch.0 == i16::MAX;
    marker_epoch == producer.epoch && is_over
}
