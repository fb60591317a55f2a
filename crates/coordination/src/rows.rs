//! What a transaction does, whatever holds the entries.

use bytes::Bytes;

use crate::leases::Held;
use crate::{
    Compare, Event, Expected, KeyValue, LeaseId, Operation, Revision, StoreError, Transaction,
};

/// An entry without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) value: Bytes,
    pub(crate) create_revision: Revision,
    pub(crate) mod_revision: Revision,
    pub(crate) lease: Option<LeaseId>,
}

/// The entries of a store, as its one writer sees them.
pub(crate) trait Rows {
    type Error;
    fn get(&self, key: &str) -> Result<Option<Row>, Self::Error>;
    fn put(&mut self, key: &str, row: &Row) -> Result<(), Self::Error>;
    fn remove(&mut self, key: &str) -> Result<(), Self::Error>;
}

/// How a transaction went, before it is durable.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A comparison did not hold.
    Conflict,
    /// It cannot take place.
    Refused(StoreError),
    /// It changed this much; nothing if there are no events.
    Applied(Vec<Event>),
}

/// Carries out a transaction as revision `next`. An error leaves the rows half written, so the caller must drop them.
pub(crate) fn apply<R: Rows>(
    rows: &mut R,
    held: &mut Held,
    transaction: Transaction,
    next: Revision,
) -> Result<Outcome, R::Error> {
    for Compare { key, expected } in &transaction.compares {
        let found = rows.get(key)?.map(|row| row.mod_revision);
        let wanted = match expected {
            Expected::Absent => None,
            Expected::ModRevision(revision) => Some(*revision),
        };
        if found != wanted {
            return Ok(Outcome::Conflict);
        }
    }
    if let Some(lease) = ended_lease(held, &transaction.operations) {
        return Ok(Outcome::Refused(StoreError::LeaseEnded { lease }));
    }
    let mut events = Vec::with_capacity(transaction.operations.len());
    for operation in transaction.operations {
        match operation {
            Operation::Put { key, value, lease } => {
                let old = rows.get(&key)?;
                let create_revision = old.as_ref().map_or(next, |row| row.create_revision);
                held.moved(&key, old.and_then(|row| row.lease), lease);
                let row = Row { value, create_revision, mod_revision: next, lease };
                rows.put(&key, &row)?;
                events.push(Event::Put(row.with_key(key)));
            }
            Operation::Delete { key } => {
                if let Some(old) = rows.get(&key)? {
                    held.moved(&key, old.lease, None);
                    rows.remove(&key)?;
                    events.push(Event::Deleted { key, revision: next });
                }
            }
        }
    }
    Ok(Outcome::Applied(events))
}

/// Deletes what still belongs to a lease that has ended, as revision `next`.
pub(crate) fn end_lease<R: Rows>(
    rows: &mut R,
    lease: LeaseId,
    keys: impl IntoIterator<Item = String>,
    next: Revision,
) -> Result<Vec<Event>, R::Error> {
    let mut events = Vec::new();
    for key in keys {
        if rows.get(&key)?.is_some_and(|row| row.lease == Some(lease)) {
            rows.remove(&key)?;
            events.push(Event::Deleted { key, revision: next });
        }
    }
    Ok(events)
}

fn ended_lease(held: &Held, operations: &[Operation]) -> Option<LeaseId> {
    operations.iter().find_map(|operation| match operation {
        Operation::Put { lease: Some(lease), .. } if !held.contains(*lease) => Some(*lease),
        _ => None,
    })
}

impl Row {
    pub(crate) fn with_key(self, key: String) -> KeyValue {
        KeyValue {
            key,
            value: self.value,
            create_revision: self.create_revision,
            mod_revision: self.mod_revision,
            lease: self.lease,
        }
    }
}
