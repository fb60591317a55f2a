//! `<base offset>.txnindex`: the aborted transactions whose markers lie in a segment, as Kafka writes it.
//!
//! ```text
//!  0  i16  version, 0
//!  2  i64  producer id
//! 10  i64  first offset of the transaction, which may lie in an earlier segment
//! 18  i64  last offset: that of the marker
//! 26  i64  the last stable offset once the marker was appended
//! ```
//! Entries are 34 bytes, big-endian, and lie in the order of their markers. A segment without aborted transactions has no
//! such file. Where the last stable offset of an entry is at or behind the end of what is read, no transaction that
//! matters ended later: a search need not go on.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Buf;
use vltava_model::{Offset, ProducerId};

use crate::files::{self, Durability, invalid, remove_if_there};
use crate::limits::ABORTED_ENTRIES_AT_ONCE;

const VERSION: i16 = 0;
const ENTRY_BYTES: usize = 34;

/// A transaction that was aborted, as a `read_committed` consumer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose it was.
    pub producer_id: ProducerId,
    /// Its first record in the partition.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// Where the first transaction began that was open when the marker had been appended; behind the marker, if none was.
    pub last_stable_offset: Offset,
}

/// The transaction index of one segment.
#[derive(Debug)]
pub(crate) struct TransactionIndex {
    /// How many entries the file holds; `None` while nobody has looked.
    written: Option<u32>,
    /// Entries that could not be written yet.
    tail: Vec<AbortedTransaction>,
}

impl AbortedTransaction {
    fn encode(&self, to: &mut Vec<u8>) {
        to.extend(VERSION.to_be_bytes());
        for number in
            [self.producer_id.0, self.first_offset.0, self.last_offset.0, self.last_stable_offset.0]
        {
            to.extend(number.to_be_bytes());
        }
    }

    /// Reads one from its 34 bytes.
    fn decode(mut bytes: &[u8]) -> io::Result<AbortedTransaction> {
        let version = bytes.get_i16();
        if version != VERSION {
            return Err(invalid(format!("version {version} of an entry is not known")));
        }
        Ok(AbortedTransaction {
            producer_id: ProducerId(bytes.get_i64()),
            first_offset: Offset(bytes.get_i64()),
            last_offset: Offset(bytes.get_i64()),
            last_stable_offset: Offset(bytes.get_i64()),
        })
    }
}

fn encode(entries: &[AbortedTransaction]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    entries.iter().for_each(|entry| entry.encode(&mut bytes));
    bytes
}

impl TransactionIndex {
    /// An index with no entries and no file.
    pub(crate) fn empty() -> TransactionIndex {
        TransactionIndex { written: Some(0), tail: Vec::new() }
    }

    /// An index whose file, if there is one, is looked at when it is needed.
    pub(crate) fn unopened() -> TransactionIndex {
        TransactionIndex { written: None, tail: Vec::new() }
    }

    /// Looks at the file, unless that was done, and checks all entries: none may end before `base_offset`, and they must
    /// be in order. Fails with `InvalidData` if it must be made anew.
    pub(crate) fn open(&mut self, path: &Path, base_offset: Offset) -> io::Result<()> {
        if self.written.is_some() {
            return Ok(());
        }
        let Some(file) = open_if_there(path)? else {
            self.written = Some(0);
            return Ok(());
        };
        let bytes = file.metadata()?.len();
        if !bytes.is_multiple_of(ENTRY_BYTES as u64) {
            return Err(invalid(format!("{bytes} bytes are no multiple of {ENTRY_BYTES}")));
        }
        let entries =
            u32::try_from(bytes / ENTRY_BYTES as u64).map_err(|_too_many| invalid("too long"))?;
        let mut before = None;
        for_each(&file, 0..entries, |entry| {
            let AbortedTransaction { first_offset, last_offset, .. } = *entry;
            if last_offset < base_offset
                || Some(last_offset) <= before
                || first_offset > last_offset
            {
                let range = format!("{first_offset} to {last_offset}");
                return Err(invalid(format!("a transaction from {range} behind {before:?}")));
            }
            before = Some(last_offset);
            Ok(true)
        })?;
        self.written = Some(entries);
        Ok(())
    }

    /// Whether the file was looked at.
    pub(crate) fn is_open(&self) -> bool {
        self.written.is_some()
    }

    /// Adds an entry and writes it. After an error it is kept, and written with the next one or by
    /// [`TransactionIndex::write`].
    pub(crate) fn push(&mut self, path: &Path, entry: AbortedTransaction) -> io::Result<()> {
        self.tail.push(entry);
        self.write(path)
    }

    /// Writes what is in memory only. To be called after [`TransactionIndex::open`].
    pub(crate) fn write(&mut self, path: &Path) -> io::Result<()> {
        let written = match self.written {
            Some(written) if !self.tail.is_empty() => written,
            _ => return Ok(()),
        };
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        file.write_all_at(&encode(&self.tail), u64::from(written) * ENTRY_BYTES as u64)?;
        self.written = u32::try_from(written as usize + self.tail.len()).ok();
        self.tail = Vec::new();
        Ok(())
    }

    /// The file, to be synced; `None` if there is none.
    pub(crate) fn file(&self, path: &Path) -> io::Result<Option<File>> {
        if self.written == Some(0) { Ok(None) } else { open_if_there(path) }
    }

    /// Drops the entries that end at `offset` or later.
    pub(crate) fn truncate(&mut self, path: &Path, offset: Offset) -> io::Result<()> {
        self.tail.truncate(self.tail.partition_point(|entry| entry.last_offset < offset));
        let Some(written) = self.written.filter(|written| *written > 0) else { return Ok(()) };
        let file = File::options().read(true).write(true).open(path)?;
        let keep = first_ending_at(&file, written, offset)?;
        if keep == 0 {
            remove_if_there(path)?;
        } else {
            file.set_len(u64::from(keep) * ENTRY_BYTES as u64)?;
        }
        self.written = Some(keep);
        Ok(())
    }

    /// Takes other entries in place of those that are there: the file has the ones or the others. After an error they are
    /// kept in memory, and written by [`TransactionIndex::write`].
    pub(crate) fn replace(
        &mut self,
        path: &Path,
        entries: Vec<AbortedTransaction>,
        durability: Durability,
    ) -> io::Result<()> {
        *self = TransactionIndex { written: Some(0), tail: entries };
        if self.tail.is_empty() {
            return remove_if_there(path);
        }
        if let Err(error) = files::replace(path, &encode(&self.tail), durability) {
            remove_if_there(path)?;
            return Err(error);
        }
        self.written = u32::try_from(self.tail.len()).ok();
        self.tail = Vec::new();
        Ok(())
    }

    /// Shows the entries that end at `from` or later, in order, until `show` says that it is enough. `file` opens the
    /// index's file.
    pub(crate) fn for_each_from(
        &self,
        file: impl FnOnce() -> io::Result<File>,
        from: Offset,
        mut show: impl FnMut(&AbortedTransaction) -> bool,
    ) -> io::Result<()> {
        let mut goes_on = true;
        if let Some(written) = self.written.filter(|written| *written > 0) {
            let file = file()?;
            let first = first_ending_at(&file, written, from)?;
            for_each(&file, first..written, |entry| {
                goes_on = show(entry);
                Ok(goes_on)
            })?;
        }
        let mut tail = self.tail.iter().filter(|entry| entry.last_offset >= from);
        while goes_on && let Some(entry) = tail.next() {
            goes_on = show(entry);
        }
        Ok(())
    }
}

fn open_if_there(path: &Path) -> io::Result<Option<File>> {
    match File::options().read(true).write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number of the first entry that ends at `offset` or later.
fn first_ending_at(file: &File, entries: u32, offset: Offset) -> io::Result<u32> {
    let (mut low, mut high) = (0, entries);
    while low < high {
        let middle = low + (high - low) / 2;
        let mut bytes = [0; ENTRY_BYTES];
        file.read_exact_at(&mut bytes, u64::from(middle) * ENTRY_BYTES as u64)?;
        if AbortedTransaction::decode(&bytes)?.last_offset < offset {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Shows the entries of a range, until `show` returns false.
fn for_each(
    file: &File,
    range: std::ops::Range<u32>,
    mut show: impl FnMut(&AbortedTransaction) -> io::Result<bool>,
) -> io::Result<()> {
    let mut piece = Vec::new();
    let mut next = range.start;
    while next < range.end {
        let count = (range.end - next).min(ABORTED_ENTRIES_AT_ONCE);
        piece.resize(count as usize * ENTRY_BYTES, 0);
        file.read_exact_at(&mut piece, u64::from(next) * ENTRY_BYTES as u64)?;
        for entry in piece.chunks_exact(ENTRY_BYTES) {
            if !show(&AbortedTransaction::decode(entry)?)? {
                return Ok(());
            }
        }
        next += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
