//! Producers' batches and transactions: what is checked before they are appended, and what the transaction coordinator
//! needs of a partition.

use std::sync::Arc;

use bytes::Bytes;
use vltava_log::{
    BatchCheck, CompletedTransaction, EndTransaction, ProducerCheck, Verification,
    VerificationGuard,
};
use vltava_records::{Batch, BatchHeader};

use super::append::{AppendLimits, Appended, Attempt, Origin};
use super::{Open, Partition};
use crate::settings::TimestampType;
use crate::{AppendError, LookupError, TopicSettings};

/// How an append's producer is checked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// Not at all: a coordinator's own records.
    None,
    /// By its state in the log.
    Batch(BatchCheck),
    /// It is a marker.
    Marker(EndTransaction),
}

impl Check {
    /// What a batch of `origin` must keep to. A coordinator that writes in a producer's name numbers nothing.
    pub(super) fn of(origin: Origin, verification: Verification) -> Check {
        Check::Batch(BatchCheck { sequences: origin == Origin::Client, verification })
    }
}

/// Transactions.
impl Partition {
    /// Begins to verify that a transactional batch's transaction is known to its coordinator (KIP-890), or joins the
    /// verification that runs. `None` if its transaction is open here: the batch needs no verification.
    ///
    /// `supports_epoch_bump` says that the client bumps its epoch with each transaction (Produce since version 12).
    pub fn begin_verification(
        &self,
        batch: &BatchHeader,
        supports_epoch_bump: bool,
    ) -> Result<Option<VerificationGuard>, AppendError> {
        let now = self.clock.now();
        let mut state = self.lock_open()?;
        Ok(state.log.begin_verification(batch, supports_epoch_bump, now)?)
    }

    /// [`Partition::append`] for batches of transactions. The first one of a transaction must be verified: see
    /// [`Partition::begin_verification`]; where that gave `None`, [`Verification::Missing`] will do.
    pub async fn append_transactional(
        self: &Arc<Self>,
        records: Bytes,
        origin: Origin,
        limits: &AppendLimits,
        verification: Verification,
    ) -> Result<Appended, AppendError> {
        let settings = self.settings();
        let batches = match origin {
            Origin::Client => vec![self.check_client(records, &settings, limits).await?],
            Origin::Coordinator => self.check_coordinator(records, &settings).await?,
        };
        self.append_valid(&batches, Check::of(origin, verification)).await
    }

    /// Appends the marker that ends a producer's transaction. It is in the segment (page cache) at the end; the
    /// transaction counts as ended once [`Partition::wait_durable`] returns.
    pub async fn append_marker(
        self: &Arc<Self>,
        end: &EndTransaction,
    ) -> Result<Appended, AppendError> {
        let now = self.clock.now();
        let bytes = end.marker.build(end.producer_id, end.producer_epoch, now);
        let batch = [Batch::single(bytes)?];
        self.append_valid(&batch, Check::Marker(*end)).await
    }

    /// The answer to a batch that is there already. If it is not durable yet, `acks=all` has to wait for it as its first
    /// sender does: the last entry of this partition in the WAL stands for it, since entries become durable in order.
    pub(super) fn check_producers(
        &self,
        state: &Open,
        settings: &TopicSettings,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Appended>, AppendError> {
        let how = match &attempt.check {
            Check::None => return Ok(None),
            Check::Batch(how) => *how,
            Check::Marker(end) => {
                state.log.check_marker(end)?;
                return Ok(None);
            }
        };
        for batch in attempt.batches {
            let ProducerCheck::Duplicate { base_offset, last_offset, timestamp, log_start_offset } =
                state.log.check_producer(&batch.header, how)?
            else {
                continue;
            };
            let is_durable = last_offset < self.tail.high_watermark().offset;
            let log_append_time = match settings.message_timestamp_type {
                TimestampType::LogAppendTime => Some(timestamp),
                TimestampType::CreateTime => None,
            };
            return Ok(Some(Appended {
                base_offset,
                last_offset,
                log_append_time,
                log_start_offset,
                duplicate: true,
                lsn: state.last_lsn.filter(|_| !is_durable),
            }));
        }
        Ok(None)
    }

    /// Tells the tail what an append has opened and ended. Before the tail hears of the append itself, so that the last
    /// stable offset never passes a transaction.
    pub(super) fn note_transactions(
        &self,
        state: &mut Open,
        completed: &[CompletedTransaction],
    ) -> Result<(), AppendError> {
        let undecided = state.log.first_undecided();
        let undecided = undecided.map_err(|cause| self.fail("read a transaction of it", &cause))?;
        self.tail.transactions(undecided, completed);
        Ok(())
    }

    /// The log start offset may have moved past where an open transaction begins.
    pub(super) fn refresh_undecided(&self, state: &mut Open) -> Result<(), LookupError> {
        if self.tail.is_settled() {
            return Ok(());
        }
        let undecided = state.log.first_undecided();
        let undecided = undecided.map_err(|cause| self.fail("read a transaction of it", &cause))?;
        self.tail.transactions(undecided, &[]);
        Ok(())
    }
}
