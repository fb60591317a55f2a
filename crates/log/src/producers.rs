//! What the log knows of its idempotent and transactional producers.

use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

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
