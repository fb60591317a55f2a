//! Producers and transactions, as a log shows them.

use std::io;
use std::sync::Arc;

use tracing::{error, warn};
use vltava_model::{Offset, Timestamp};
use vltava_records::{Batch, BatchHeader, EndTransactionMarker, StampedBatch};

use super::{Log, LogPosition};
use crate::errors::SequenceError;
use crate::files::Durability;
use crate::names::Kind;
use crate::producers::{
    BatchCheck, CompletedTransaction, EndTransaction, ProducerCheck, ProducerState,
    VerificationGuard,
};
use crate::segment::Segment;
use crate::transactions::AbortedTransaction;

/// Producers.
impl Log {
    /// What a batch of records is to its producer's state. Batches without a producer id are always new.
    pub fn check_producer(
        &self,
        header: &BatchHeader,
        how: BatchCheck,
    ) -> Result<ProducerCheck, SequenceError> {
        self.producers.check(header, self.log_start_offset, how)
    }

    /// Whether a marker may be appended.
    pub fn check_marker(&self, end: &EndTransaction) -> Result<(), SequenceError> {
        self.producers.check_marker(end)
    }

    /// Begins to verify that a transactional batch's transaction is known to its coordinator, or joins the verification
    /// that runs; `None` if its transaction is open here, and nobody need be asked. The guard goes with the append as
    /// [`Verification::Verified`](crate::Verification::Verified).
    ///
    /// `supports_epoch_bump` says that the client bumps its epoch with each transaction (KIP-890, Produce since version 12).
    pub fn begin_verification(
        &mut self,
        header: &BatchHeader,
        supports_epoch_bump: bool,
        now: Timestamp,
    ) -> Result<Option<VerificationGuard>, SequenceError> {
        self.producers.begin_verification(header, supports_epoch_bump, now)
    }

    /// The producers known, by id.
    pub fn active_producers(&self) -> Vec<ProducerState> {
        self.producers.states()
    }

    /// Forgets producers whose last batch is older than `producer.id.expiration.ms`. Kafka does this every ten minutes
    /// and not at each append: timestamps are the clients', and may all be old.
    pub fn expire_producers(&mut self, now: Timestamp) {
        self.producers.expire(now, self.config.producer_id_expiration_ms);
    }
}

/// Transactions.
impl Log {
    /// Where the oldest transaction begins that is neither committed nor aborted, and never below the log start offset;
    /// `None` if there is none. Does I/O once for a transaction that was read from disk.
    pub fn first_undecided(&mut self) -> io::Result<Option<LogPosition>> {
        let Some((offset, at)) = self.producers.first_undecided() else { return Ok(None) };
        match at {
            Some(at) if offset >= self.log_start_offset => Ok(Some(at)),
            _ => {
                let at = self.position_of(offset.max(self.log_start_offset))?;
                let at = LogPosition { offset: offset.max(self.log_start_offset), ..at };
                self.producers.set_place(offset, at);
                Ok(Some(at))
            }
        }
    }

    /// The aborted transactions that a reader of `from` (inclusive) to `upto` (exclusive) must know, where `segments` are
    /// the log's from that with `from` on, for searches outside of the lock. Does I/O.
    pub fn aborted_transactions(
        segments: &[Arc<Segment>],
        from: Offset,
        upto: Offset,
    ) -> io::Result<Vec<AbortedTransaction>> {
        let mut found = Vec::new();
        let after = segments.partition_point(|segment| segment.base_offset() <= from);
        for segment in &segments[after.saturating_sub(1)..] {
            if segment.aborted_between(from, upto, &mut found)? {
                break;
            }
        }
        Ok(found)
    }

    /// Takes an appended batch into the producers' state, and an aborted transaction into the active segment's index.
    pub(super) fn note_producer(
        &mut self,
        batch: &StampedBatch,
        header: &BatchHeader,
        at: LogPosition,
    ) -> Option<CompletedTransaction> {
        if !header.has_producer_id() {
            return None;
        }
        let marker = match header.is_control() {
            true => marker_of(Batch::single(batch.to_bytes()), self.active()),
            false => None,
        };
        let completed = self.producers.note(header, marker, Some(at))?;
        if let Some(aborted) = completed.aborted()
            && let Err(error) = self.active().push_aborted(aborted)
        {
            let segment = self.active().path(Kind::Log);
            warn!(segment = %segment.display(), %error, "cannot write to the transaction index yet");
        }
        Some(completed)
    }

    /// Looks at the transaction indexes; those that are damaged are made anew. `has_file` says for which segments there is
    /// one.
    pub(super) fn check_transactions(
        &mut self,
        has_file: impl Fn(Offset) -> bool,
        now: Timestamp,
    ) -> io::Result<()> {
        for segment in self.segments.clone() {
            match segment.check_transactions(has_file(segment.base_offset())) {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let path = segment.path(Kind::TransactionIndex);
                    warn!(path = %path.display(), %error, "damaged transaction index, making it anew");
                    self.rebuild_transactions(&segment, now)?;
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Reads a segment's aborted transactions from its batches again.
    fn rebuild_transactions(&mut self, segment: &Segment, now: Timestamp) -> io::Result<()> {
        let base = segment.base_offset();
        let mut producers = self.producers_at(base, now)?;
        let mut aborted = Vec::new();
        let noted = segment.for_each_produced(base, |header, marker| {
            let completed = producers.note(header, marker, None);
            aborted.extend(completed.and_then(|completed| completed.aborted()));
        });
        match noted {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let path = segment.path(Kind::Log);
                error!(segment = %path.display(), %error, "damaged batch, some aborted transactions are not known");
            }
            result => result?,
        }
        segment.replace_transactions(aborted, Durability::Synced)
    }
}

/// The marker in a control batch, which lies in `segment`.
pub(crate) fn marker_of(
    batch: Result<Batch, vltava_records::BatchError>,
    segment: &Segment,
) -> Option<EndTransactionMarker> {
    match batch.and_then(|batch| EndTransactionMarker::of(&batch)) {
        Ok(marker) => marker,
        Err(error) => {
            let segment = segment.path(Kind::Log);
            error!(segment = %segment.display(), %error, "a control batch that cannot be read");
            None
        }
    }
}
