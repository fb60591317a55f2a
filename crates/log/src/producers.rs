//! What the log knows of its idempotent and transactional producers (KIP-98, KIP-360).
//!
//! For each producer the last five batches, by which a repeated one is recognised and answered as the first was, and
//! the sequence that must come next. The state is a function of the batches: it is loaded from the newest `.snapshot`
//! file and the headers of the batches behind it, and snapshots are made when a segment is closed and when the log is.

mod entry;
mod snapshot;

use std::collections::HashMap;

use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::BatchHeader;

use crate::errors::SequenceError;
use entry::Producer;

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

/// A producer that wrote to the log lately, as DescribeProducers shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerState {
    /// Its id.
    pub producer_id: ProducerId,
    /// Its latest epoch.
    pub producer_epoch: ProducerEpoch,
    /// The sequence of its last record; -1 for none in this epoch.
    pub last_sequence: Sequence,
    /// The largest timestamp of its last batch.
    pub last_timestamp: Timestamp,
    /// The epoch of the coordinator that wrote its last transaction marker; -1 for none.
    pub coordinator_epoch: i32,
    /// Where its open transaction began, if one is.
    pub current_transaction_start: Option<Offset>,
}

/// The producers of one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Producers {
    by_id: HashMap<ProducerId, Producer>,
}

impl Producers {
    /// What a client's batch is to the log: new, repeated, or refused.
    pub(crate) fn check(
        &self,
        header: &BatchHeader,
        log_start_offset: Offset,
    ) -> Result<ProducerCheck, SequenceError> {
        if !header.has_producer_id() {
            return Ok(ProducerCheck::New);
        }
        let producer_id = header.producer_id();
        // A producer that nobody remembers may begin anywhere: its records were deleted, or it was idle for too long.
        let Some(producer) = self.by_id.get(&producer_id) else { return Ok(ProducerCheck::New) };
        if let Some(batch) = producer.find_duplicate(header) {
            return Ok(ProducerCheck::Duplicate {
                base_offset: batch.first_offset(),
                last_offset: batch.last_offset,
                timestamp: batch.timestamp,
                log_start_offset,
            });
        }
        producer.check(header)?;
        Ok(ProducerCheck::New)
    }

    /// Takes in a batch that was appended.
    pub(crate) fn note(&mut self, header: &BatchHeader) {
        if header.has_producer_id() {
            self.by_id.entry(header.producer_id()).or_default().note(header);
        }
    }

    /// Forgets producers without an open transaction whose last batch is `expiration_ms` old.
    pub(crate) fn expire(&mut self, now: Timestamp, expiration_ms: i64) {
        self.by_id.retain(|_, producer| !producer.is_expired(now, expiration_ms));
        if self.by_id.is_empty() {
            self.by_id = HashMap::new();
        }
    }

    /// All of them.
    pub(crate) fn states(&self) -> Vec<ProducerState> {
        self.by_id.iter().map(|(id, producer)| producer.state(*id)).collect()
    }

    /// Where the oldest open transaction began.
    pub(crate) fn first_open_transaction(&self) -> Option<Offset> {
        self.by_id.values().filter_map(|producer| producer.transaction_start).min()
    }
}

#[cfg(test)]
mod tests;
