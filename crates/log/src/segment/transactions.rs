//! The segment's aborted transactions, in its transaction index.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use parking_lot::MutexGuard;
use vltava_model::Offset;
use vltava_records::{BatchHeader, EndTransactionMarker};

use super::Segment;
use crate::files::Durability;
use crate::index::OffsetEntry;
use crate::limits::SCAN_BUFFER_BYTES;
use crate::log::marker_of;
use crate::names::{self, Kind};
use crate::transactions::{AbortedTransaction, TransactionIndex};
use crate::walk::{Placed, Walk};

/// Transactions.
impl Segment {
    /// Adds to `found` the aborted transactions whose markers lie in this segment, that end at `from` or later and begin
    /// before `upto`. True if none behind this segment can matter: the search ends.
    ///
    /// Does no I/O where no transaction was aborted.
    pub fn aborted_between(
        &self,
        from: Offset,
        upto: Offset,
        found: &mut Vec<AbortedTransaction>,
    ) -> io::Result<bool> {
        let index = self.open_transactions()?;
        let mut is_complete = false;
        index.for_each_from(
            || self.open_either(Kind::TransactionIndex),
            from,
            |entry| {
                if entry.first_offset < upto {
                    found.push(*entry);
                }
                is_complete = entry.last_stable_offset >= upto;
                !is_complete
            },
        )?;
        Ok(is_complete)
    }

    /// All aborted transactions whose markers lie in this segment, in the order of their markers.
    pub fn aborted(&self) -> io::Result<Vec<AbortedTransaction>> {
        let mut all = Vec::new();
        self.aborted_between(self.base_offset, Offset(i64::MAX), &mut all)?;
        Ok(all)
    }

    /// Shows the batches of producers from the one with `from` on, with the marker where it is one. Stops at a damaged one,
    /// as reads do.
    pub(crate) fn for_each_produced(
        &self,
        from: Offset,
        mut show: impl FnMut(&BatchHeader, Option<EndTransactionMarker>),
    ) -> io::Result<()> {
        let Some(first) = self.find(from, self.size_bytes())? else { return Ok(()) };
        let file = self.file()?;
        let mut walk = Walk::new(&file, first.position, self.size_bytes(), SCAN_BUFFER_BYTES);
        while let Some(placed) = walk.next()? {
            if placed.header.has_producer_id() {
                show(&placed.header, self.marker_at(&walk, &placed)?);
            }
        }
        Ok(())
    }

    /// The marker of the batch that `walk` gave last, if it is one.
    pub(crate) fn marker_at(
        &self,
        walk: &Walk<'_>,
        placed: &Placed,
    ) -> io::Result<Option<EndTransactionMarker>> {
        if !placed.header.is_control() || !placed.header.has_producer_id() {
            return Ok(None);
        }
        Ok(marker_of(Ok(walk.copy(placed)?), self))
    }

    /// An offset behind all that lies before `position`, from the index: where the first batch ends that it knows at
    /// `position` or later. `None` if it knows none.
    pub fn offset_beyond(&self, position: u64) -> io::Result<Option<Offset>> {
        let Ok(position) = u32::try_from(position) else { return Ok(None) };
        let beyond = |entry: &OffsetEntry| entry.position >= position;
        let path = self.path(Kind::OffsetIndex);
        let found = self.open_state()?.offsets.first_where(&path, beyond)?;
        Ok(found.map(|entry| self.absolute(entry.relative_offset)))
    }

    /// Adds an aborted transaction. After an error it is kept in memory, and written with the next flush.
    pub(crate) fn push_aborted(&self, entry: AbortedTransaction) -> io::Result<()> {
        self.open_transactions()?.push(&self.path(Kind::TransactionIndex), entry)
    }

    /// Writes what is in memory only, and returns the file to be synced, if there is one.
    pub(crate) fn transactions_file(&self) -> io::Result<Option<File>> {
        let path = self.path(Kind::TransactionIndex);
        let mut index = self.transactions.lock();
        index.write(&path)?;
        index.file(&path)
    }

    /// Drops the transactions that end at `offset` or later.
    pub(super) fn truncate_transactions(&self, offset: Offset) -> io::Result<()> {
        let mut index = self.open_transactions()?;
        index.truncate(&self.path(Kind::TransactionIndex), offset)
    }

    /// Takes other transactions in place of those that are there, without a file if there are none. After an error they are
    /// kept in memory, and written with the next flush.
    pub(crate) fn replace_transactions(
        &self,
        entries: Vec<AbortedTransaction>,
        durability: Durability,
    ) -> io::Result<()> {
        let path = self.path(Kind::TransactionIndex);
        self.transactions.lock().replace(&path, entries, durability)
    }

    /// Says whether there is a file, and checks it. `InvalidData` if it must be made anew.
    pub(crate) fn check_transactions(&self, has_file: bool) -> io::Result<()> {
        if has_file {
            return self.open_transactions().map(drop);
        }
        *self.transactions.lock() = TransactionIndex::empty();
        Ok(())
    }

    fn open_transactions(&self) -> io::Result<MutexGuard<'_, TransactionIndex>> {
        let mut index = self.transactions.lock();
        self.check_not_retired()?;
        if !index.is_open() {
            index.open(&self.either_path(Kind::TransactionIndex), self.base_offset)?;
        }
        Ok(index)
    }

    /// A file of the segment, which may have been deleted since it was found.
    fn open_either(&self, kind: Kind) -> io::Result<File> {
        File::open(self.either_path(kind))
    }

    fn either_path(&self, kind: Kind) -> PathBuf {
        let path = self.path(kind);
        let deleted = names::path_with(&self.dir, self.base_offset, kind, names::DELETED);
        if !path.exists() && deleted.exists() { deleted } else { path }
    }
}
