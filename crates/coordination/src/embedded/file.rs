//! The store's file: a redb database of three tables.
//!
//! - `meta`: `"format"` is 1; `"revision"` is the last commit's.
//! - `entries`: by key: three big-endian u64 (create revision, mod revision, lease or 0), then the value.
//! - `leased`: the keys that belong to a lease, so that opening finds them without reading everything.

use std::ops::Bound;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use redb::{
    Database, ReadableDatabase, ReadableTable, StorageError, Table, TableDefinition,
    WriteTransaction,
};

use crate::limits::PAGE_ENTRIES_MAX;
use crate::rows::{Row, Rows};
use crate::{KeyValue, LeaseId, Page, Range, Revision, StoreError};

pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const ENTRIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("entries");
pub(super) const LEASED: TableDefinition<'_, &str, ()> = TableDefinition::new("leased");

pub(super) const REVISION: &str = "revision";

/// Bytes before the value: two revisions and a lease.
const HEADER_BYTES: usize = 24;

/// The open file.
pub(super) struct File {
    pub(super) database: Database,
    pub(super) path: PathBuf,
}

/// The entries inside a write transaction.
pub(super) struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    entries: Table<'t, &'static str, &'static [u8]>,
    leased: Table<'t, &'static str, ()>,
}

impl File {
    /// Reads one entry.
    pub(super) fn get(&self, key: String) -> Result<Option<KeyValue>, redb::Error> {
        let entries = self.database.begin_read()?.open_table(ENTRIES)?;
        let row = entries.get(key.as_str())?.map(|found| decode(found.value())).transpose()?;
        Ok(row.map(|row| row.with_key(key)))
    }

    /// Reads a page of entries.
    pub(super) fn range(&self, prefix: &str, page: &Page) -> Result<Range, redb::Error> {
        let transaction = self.database.begin_read()?;
        let revision =
            transaction.open_table(META)?.get(REVISION)?.map_or(0, |found| found.value());
        let table = transaction.open_table(ENTRIES)?;
        let from = match page.after.as_deref() {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let limit = page.limit.clamp(1, PAGE_ENTRIES_MAX);
        let mut entries = Vec::new();
        let mut more = false;
        for found in table.range::<&str>((from, Bound::Unbounded))? {
            let (key, value) = found?;
            if !key.value().starts_with(prefix) {
                break;
            }
            if entries.len() == limit {
                more = true;
                break;
            }
            entries.push(decode(value.value())?.with_key(key.value().to_owned()));
        }
        Ok(Range { revision: Revision(revision), entries, more })
    }

    /// The error that callers see.
    pub(super) fn failed(&self, error: redb::Error) -> StoreError {
        StoreError::Failed { store: self.path.display().to_string(), cause: Arc::new(error) }
    }
}

impl<'t> Tables<'t> {
    /// Opens the tables, and makes those that are not there.
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, redb::Error> {
        Ok(Tables {
            meta: transaction.open_table(META)?,
            entries: transaction.open_table(ENTRIES)?,
            leased: transaction.open_table(LEASED)?,
        })
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<u64>, redb::Error> {
        Ok(self.meta.get(name)?.map(|found| found.value()))
    }

    pub(super) fn set_meta(&mut self, name: &str, value: u64) -> Result<(), redb::Error> {
        self.meta.insert(name, value)?;
        Ok(())
    }

    /// Deletes every key that belongs to a lease; tells whether there was any.
    pub(super) fn remove_leased(&mut self) -> Result<bool, redb::Error> {
        let keys = self.leased.iter()?.map(|found| found.map(|(key, _)| key.value().to_owned()));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        for key in &keys {
            self.remove(key)?;
        }
        Ok(!keys.is_empty())
    }
}

impl Rows for Tables<'_> {
    type Error = redb::Error;

    fn get(&self, key: &str) -> Result<Option<Row>, redb::Error> {
        Ok(self.entries.get(key)?.map(|found| decode(found.value())).transpose()?)
    }

    fn put(&mut self, key: &str, row: &Row) -> Result<(), redb::Error> {
        let mut value = Vec::with_capacity(HEADER_BYTES + row.value.len());
        value.extend_from_slice(&row.create_revision.0.to_be_bytes());
        value.extend_from_slice(&row.mod_revision.0.to_be_bytes());
        value.extend_from_slice(&row.lease.map_or(0, |lease| lease.0).to_be_bytes());
        value.extend_from_slice(&row.value);
        self.entries.insert(key, value.as_slice())?;
        if row.lease.is_some() {
            self.leased.insert(key, ())?;
        } else {
            self.leased.remove(key)?;
        }
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), redb::Error> {
        self.entries.remove(key)?;
        self.leased.remove(key)?;
        Ok(())
    }
}

fn decode(stored: &[u8]) -> Result<Row, StorageError> {
    let damaged = || StorageError::Corrupted("an entry is shorter than its header".into());
    let (numbers, value) = stored.split_at_checked(HEADER_BYTES).ok_or_else(damaged)?;
    let number = |index: usize| {
        let bytes = numbers[index * 8..][..8].try_into().expect("the header holds three numbers");
        u64::from_be_bytes(bytes)
    };
    Ok(Row {
        value: Bytes::copy_from_slice(value),
        create_revision: Revision(number(0)),
        mod_revision: Revision(number(1)),
        lease: Some(number(2)).filter(|lease| *lease != 0).map(LeaseId),
    })
}
