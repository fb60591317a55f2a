//! What the log knows of its idempotent and transactional producers (KIP-98, KIP-360, KIP-890).
//!
//! For each producer the last five batches, by which a repeated one is recognised and answered as the first was, the
//! sequence that must come next, and where its open transaction began. The state is a function of the batches: it is
//! loaded from the newest `.snapshot` file and the batches behind it, and snapshots are made when a segment is closed and
//! when the log is. Only verifications, which a client's retry begins anew, are nowhere but in memory.

mod check;
mod entry;
mod last;
mod snapshot;
mod verification;

use std::collections::{BTreeMap, HashMap};

use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{BatchHeader, EndTransactionMarker, TransactionResult};

use crate::log::LogPosition;
use crate::transactions::AbortedTransaction;
use entry::Producer;
use verification::Verifications;

pub use check::{BatchCheck, EndTransaction, ProducerCheck};
pub use last::LastRecords;
pub use verification::{Verification, VerificationGuard};

/// A producer that wrote to the log lately, as DescribeProducers shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerState {
    /// Its id.
    pub producer_id: ProducerId,
    /// Its latest epoch.
    pub producer_epoch: ProducerEpoch,
    /// The sequence of its last record; -1 for none in this epoch.
    pub last_sequence: Sequence,
    /// The offset of its last record; `None` if there is none in this epoch. The batch with it is kept by compaction.
    pub last_offset: Option<Offset>,
    /// The largest timestamp of its last batch or marker.
    pub last_timestamp: Timestamp,
    /// The epoch of the coordinator that wrote its last transaction marker; -1 for none.
    pub coordinator_epoch: i32,
    /// Where its open transaction began, if one is.
    pub current_transaction_start: Option<Offset>,
}

/// A transaction whose marker was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedTransaction {
    /// Whose it was.
    pub producer_id: ProducerId,
    /// Its first record in the partition.
    pub first_offset: Offset,
    /// Where that record's batch lies, if it was appended in this run.
    pub begun_at: Option<LogPosition>,
    /// Its marker.
    pub last_offset: Offset,
    /// Where the first of the other transactions began that are still open; behind the marker, if none is.
    pub last_stable_offset: Offset,
    /// How it ended.
    pub result: TransactionResult,
}

impl CompletedTransaction {
    /// What goes to the transaction index: `None` if it was committed.
    pub(crate) fn aborted(&self) -> Option<AbortedTransaction> {
        let &CompletedTransaction { producer_id, first_offset, last_offset, .. } = self;
        let last_stable_offset = self.last_stable_offset;
        (self.result == TransactionResult::Abort).then_some(AbortedTransaction {
            producer_id,
            first_offset,
            last_offset,
            last_stable_offset,
        })
    }
}

/// The producers of one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Producers {
    by_id: HashMap<ProducerId, Producer>,
    /// Where the batches lie with which the open transactions begin, by their first offset; `None` until somebody asks, if
    /// it was read from disk.
    ongoing: BTreeMap<Offset, Option<LogPosition>>,
    verifications: Verifications,
}

impl Producers {
    /// Takes in a batch that was appended at `at`, if that is known. A control batch comes with its `marker`; one without
    /// (of a transaction that was compacted away) changes nothing. Returns the transaction that ends with it.
    pub(crate) fn note(
        &mut self,
        header: &BatchHeader,
        marker: Option<EndTransactionMarker>,
        at: Option<LogPosition>,
    ) -> Option<CompletedTransaction> {
        if !header.has_producer_id() {
            return None;
        }
        if header.is_transactional() {
            self.verifications.end(header);
        }
        let producer_id = header.producer_id();
        if header.is_control() {
            let marker = marker?;
            let producer = self.by_id.entry(producer_id).or_default();
            let first_offset = producer.note_marker(header, marker.coordinator_epoch)?;
            return Some(self.complete(header, marker.result, first_offset));
        }
        if self.by_id.entry(producer_id).or_default().note_data(header) {
            self.ongoing.insert(header.first_offset(), at);
        }
        None
    }

    fn complete(
        &mut self,
        marker: &BatchHeader,
        result: TransactionResult,
        first_offset: Offset,
    ) -> CompletedTransaction {
        let producer_id = marker.producer_id();
        let begun_at = self.ongoing.remove(&first_offset).flatten();
        // A producer has one open transaction, which was this one: all that are left are others'.
        let next = self.ongoing.keys().next().copied();
        CompletedTransaction {
            producer_id,
            first_offset,
            begun_at,
            last_offset: marker.first_offset(),
            last_stable_offset: next.unwrap_or(marker.next_offset()),
            result,
        }
    }

    /// Forgets producers without an open transaction whose last batch is `expiration_ms` old, and verifications of that
    /// age.
    pub(crate) fn expire(&mut self, now: Timestamp, expiration_ms: i64) {
        self.verifications.expire(now, expiration_ms);
        self.by_id.retain(|_, producer| !producer.is_expired(now, expiration_ms));
        if self.by_id.is_empty() {
            self.by_id = HashMap::new();
        }
    }

    /// All of them, by id.
    pub(crate) fn states(&self) -> Vec<ProducerState> {
        let mut states: Vec<_> =
            self.by_id.iter().map(|(id, producer)| producer.state(*id)).collect();
        states.sort_unstable_by_key(|state| state.producer_id);
        states
    }

    /// Where the oldest open transaction began, and where that lies if it is known.
    pub(crate) fn first_undecided(&self) -> Option<(Offset, Option<LogPosition>)> {
        self.ongoing.first_key_value().map(|(offset, at)| (*offset, *at))
    }

    /// Keeps where the transaction lies that began at `first_offset`.
    pub(crate) fn set_place(&mut self, first_offset: Offset, at: LogPosition) {
        if let Some(place) = self.ongoing.get_mut(&first_offset) {
            *place = Some(at);
        }
    }

    /// Whether the producer has a transaction open in this very epoch.
    fn is_ongoing(&self, producer_id: ProducerId, epoch: ProducerEpoch) -> bool {
        let producer = self.by_id.get(&producer_id);
        producer.is_some_and(|it| it.transaction_start.is_some() && it.epoch == epoch)
    }
}

#[cfg(test)]
mod tests;
