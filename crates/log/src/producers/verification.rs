//! Verifications (KIP-890): before the first batch of a transaction is appended, the transaction coordinator is asked
//! whether the partition belongs to it.
//!
//! [`Log::begin_verification`](crate::Log::begin_verification) gives a guard, the coordinator is asked, and if it says yes,
//! the batch is appended with the guard. A marker, or a batch, that was appended meanwhile has ended the verification, and
//! the guard is worth nothing any more: so a late answer cannot open a transaction that the coordinator has just ended, and
//! which nobody would end again. Once the transaction is open, its batches need no guard.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::BatchHeader;

use super::Producers;
use super::entry::Producer;
use crate::errors::SequenceError;

/// Stands for one verification, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationGuard(u64);

/// What speaks for a transactional batch whose transaction is not open here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Nothing: it is refused.
    Missing,
    /// The coordinator knows of it.
    Verified(VerificationGuard),
    /// Nobody asks: `transaction.partition.verification.enable` is false.
    Off,
}

/// Those of one log that were begun and not ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Verifications {
    by_id: BTreeMap<ProducerId, Pending>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    guard: VerificationGuard,
    since: Timestamp,
    epoch: ProducerEpoch,
    /// The smallest that came in this epoch. Were a later batch appended first, this one could never be.
    lowest_sequence: Sequence,
    supports_epoch_bump: bool,
}

impl VerificationGuard {
    fn new() -> VerificationGuard {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        VerificationGuard(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Producers {
    /// Begins a verification, or joins the one that runs; `None` if the batch needs none, since its transaction is open.
    pub(crate) fn begin_verification(
        &mut self,
        header: &BatchHeader,
        supports_epoch_bump: bool,
        now: Timestamp,
    ) -> Result<Option<VerificationGuard>, SequenceError> {
        let (producer_id, epoch) = (header.producer_id(), header.producer_epoch());
        if let Some(producer) = self.by_id.get(&producer_id) {
            producer.check_epoch(header)?;
        }
        if self.is_ongoing(producer_id, epoch) {
            return Ok(None);
        }
        let sequence = header.base_sequence();
        let pending = self.verifications.by_id.entry(producer_id).or_insert_with(|| Pending {
            guard: VerificationGuard::new(),
            since: now,
            epoch,
            lowest_sequence: sequence,
            supports_epoch_bump,
        });
        if epoch > pending.epoch {
            (pending.epoch, pending.lowest_sequence) = (epoch, sequence);
        } else if epoch == pending.epoch {
            pending.lowest_sequence = pending.lowest_sequence.min(sequence);
        }
        Ok(Some(pending.guard))
    }
}

impl Verifications {
    /// Whether the guard is that of the producer's verification.
    pub(super) fn check(
        &self,
        producer_id: ProducerId,
        verification: Verification,
    ) -> Result<(), SequenceError> {
        let is_verified = match verification {
            Verification::Missing => false,
            Verification::Verified(guard) => {
                self.by_id.get(&producer_id).is_some_and(|pending| pending.guard == guard)
            }
            Verification::Off => true,
        };
        if is_verified { Ok(()) } else { Err(SequenceError::NotVerified { producer_id }) }
    }

    /// What a running verification says about a batch's sequence.
    pub(super) fn check_sequence(
        &self,
        header: &BatchHeader,
        producer: &Producer,
    ) -> Result<(), SequenceError> {
        let producer_id = header.producer_id();
        let Some(pending) = self.by_id.get(&producer_id) else { return Ok(()) };
        let found = header.base_sequence();
        // Who bumps its epoch with every transaction has no state only at the very beginning of one.
        let begins_late =
            pending.supports_epoch_bump && found.0 != 0 && producer.batches().is_empty();
        if begins_late || found > pending.lowest_sequence {
            let last = if begins_late { Sequence(-1) } else { pending.lowest_sequence };
            return Err(SequenceError::OutOfOrder { producer_id, found, last });
        }
        Ok(())
    }

    /// A transactional batch or a marker was appended: the verification is over. Not so if it is for the transaction after
    /// the one that the marker ends, which has begun under the bumped epoch.
    pub(super) fn end(&mut self, header: &BatchHeader) {
        let producer_id = header.producer_id();
        let Some(pending) = self.by_id.get(&producer_id) else { return };
        let is_for_the_next = pending.supports_epoch_bump
            && header.is_control()
            && header.producer_epoch() == pending.epoch;
        if !is_for_the_next {
            self.by_id.remove(&producer_id);
        }
    }

    /// Drops those that are `expiration_ms` old.
    pub(super) fn expire(&mut self, now: Timestamp, expiration_ms: i64) {
        self.by_id.retain(|_, pending| now.0.saturating_sub(pending.since.0) < expiration_ms);
    }
}
