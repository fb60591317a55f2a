//! Which batches belong to transactions that were aborted, and which markers nobody needs any more.

use std::collections::{BTreeMap, HashMap, HashSet};

use vltava_model::{Offset, ProducerId};
use vltava_records::{BatchError, BatchHeader, EndTransactionMarker, RecordRef, TransactionResult};

use super::error::CleanError;
use super::plan::CleaningView;
use crate::log::Log;
use crate::transactions::AbortedTransaction;

/// Follows the transactions while the batches of a log are read in their order.
#[derive(Debug, Default)]
pub(super) struct CleanedTransactions {
    /// Aborted transactions that begin further on, by first offset.
    ahead: BTreeMap<(Offset, ProducerId), AbortedTransaction>,
    /// Those that the reading is in, and whether a batch of theirs was seen.
    aborted: HashMap<ProducerId, (AbortedTransaction, bool)>,
    /// Producers of which batches were seen since their last marker, in a transaction that was not aborted.
    committed: HashSet<ProducerId>,
    /// Aborted transactions of which something is left, as their markers were read.
    kept: Vec<AbortedTransaction>,
}

impl CleanedTransactions {
    /// Takes in the aborted transactions that concern the batches to be read next. What is known already may come again.
    pub(super) fn add(&mut self, transactions: impl IntoIterator<Item = AbortedTransaction>) {
        let key = |one: &AbortedTransaction| (one.first_offset, one.producer_id);
        self.ahead.extend(transactions.into_iter().map(|one| (key(&one), one)));
    }

    /// A batch of records comes. True if its transaction was aborted.
    pub(super) fn on_batch(&mut self, header: &BatchHeader) -> bool {
        self.enter_up_to(header.last_offset());
        if !header.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&header.producer_id()) {
            Some((_, seen)) => {
                *seen = true;
                true
            }
            None => {
                self.committed.insert(header.producer_id());
                false
            }
        }
    }

    /// A control batch comes, with its record, if it still has one. True if nothing is left of its
    /// transaction, so that it may go.
    pub(super) fn on_control_batch(
        &mut self,
        header: &BatchHeader,
        record: Option<RecordRef<'_>>,
    ) -> Result<bool, BatchError> {
        self.enter_up_to(header.last_offset());
        let producer_id = header.producer_id();
        let Some(record) = record else { return Ok(true) };
        let marker = EndTransactionMarker::parse(record.key.unwrap_or_default(), record.value)?;
        let Some(marker) = marker else { return Ok(false) };
        Ok(match marker.result {
            TransactionResult::Abort => match self.aborted.remove(&producer_id) {
                Some((transaction, true)) => {
                    self.kept.push(transaction);
                    false
                }
                _ => true,
            },
            TransactionResult::Commit => !self.committed.remove(&producer_id),
        })
    }

    /// The aborted transactions whose markers were read since the last call: the new segment's `.txnindex`.
    pub(super) fn take_kept(&mut self) -> Vec<AbortedTransaction> {
        std::mem::take(&mut self.kept)
    }

    fn enter_up_to(&mut self, offset: Offset) {
        while let Some(next) = self.ahead.first_entry().filter(|next| next.key().0 <= offset) {
            let next = next.remove();
            self.aborted.entry(next.producer_id).or_insert((next, false));
        }
    }
}

impl CleaningView {
    /// The aborted transactions with records between `start` and `end`, by the `.txnindex` files from the segment with
    /// `start` on. Does I/O.
    pub(super) fn aborted_between(
        &self,
        start: Offset,
        end: Offset,
    ) -> Result<Vec<AbortedTransaction>, CleanError> {
        let found = Log::aborted_transactions(&self.segments, start, end);
        found.map_err(CleanError::io("read the transaction indexes of", &self.dir))
    }
}
