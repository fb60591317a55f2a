//! The one thread that writes the store's file.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::file::{File, REVISION, Tables};
use crate::history::History;
use crate::leases::Leases;
use crate::limits::COMMITS_PER_WRITE_MAX;
use crate::rows::{self, Outcome};
use crate::{Committed, Event, LeaseId, Revision, StoreError, Transaction};

/// Something to write, and who waits for it.
pub(super) struct Command {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Result<Committed, StoreError>>,
}

/// What to write.
pub(super) enum Work {
    /// Carry out a transaction.
    Commit(Transaction),
    /// Delete what belonged to a lease that has ended.
    EndLease { lease: LeaseId, keys: BTreeSet<String> },
}

/// The state of the writing thread.
pub(super) struct Writer {
    pub(super) file: Arc<File>,
    pub(super) leases: Arc<Leases>,
    pub(super) history: Arc<History>,
    pub(super) revision: Revision,
}

impl Writer {
    /// Works until the store is closed. After a failure it only says so: what is on disk is not known any more.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut failed: Option<StoreError> = None;
        while let Some(first) = queue.blocking_recv() {
            let mut commands = vec![first];
            while commands.len() < COMMITS_PER_WRITE_MAX {
                let Ok(command) = queue.try_recv() else { break };
                commands.push(command);
            }
            let (work, waiting): (Vec<_>, Vec<_>) =
                commands.into_iter().map(|command| (command.work, command.answer)).unzip();
            let mut results = Vec::with_capacity(work.len());
            if failed.is_none() {
                failed = self.write(work, &mut results).err().map(|error| self.file.failed(error));
                if let Some(error) = &failed {
                    tracing::error!(
                        error = error as &dyn std::error::Error,
                        "cannot write metadata"
                    );
                    self.history.end(error.clone());
                }
            }
            if let Some(error) = &failed {
                results = waiting.iter().map(|_| Err(error.clone())).collect();
            }
            for (waiting, result) in waiting.into_iter().zip(results) {
                // Whoever asked may have gone.
                let _gone = waiting.send(result);
            }
        }
    }

    /// Carries out everything in one transaction of the file, and shows the watches what came of it.
    fn write(
        &mut self,
        work: Vec<Work>,
        results: &mut Vec<Result<Committed, StoreError>>,
    ) -> Result<(), redb::Error> {
        let transaction = self.file.database.begin_write()?;
        let mut commits: Vec<(Revision, Vec<Event>)> = Vec::new();
        let mut revision = self.revision;
        {
            let mut tables = Tables::open(&transaction)?;
            for work in work {
                results.push(match self.apply(&mut tables, work, revision.next())? {
                    Outcome::Conflict => Ok(Committed::Conflict),
                    Outcome::Refused(error) => Err(error),
                    Outcome::Applied(events) => {
                        if !events.is_empty() {
                            revision = revision.next();
                            commits.push((revision, events));
                        }
                        Ok(Committed::Done { revision })
                    }
                });
            }
            if !commits.is_empty() {
                tables.set_meta(REVISION, revision.0)?;
            }
        }
        if commits.is_empty() {
            transaction.abort()?;
        } else {
            transaction.commit()?;
        }
        self.revision = revision;
        for (revision, events) in commits {
            self.history.publish(revision, events);
        }
        Ok(())
    }

    fn apply(
        &self,
        tables: &mut Tables<'_>,
        work: Work,
        next: Revision,
    ) -> Result<Outcome, redb::Error> {
        match work {
            Work::Commit(transaction) => {
                rows::apply(tables, &mut self.leases.held(), transaction, next)
            }
            Work::EndLease { lease, keys } => {
                rows::end_lease(tables, lease, keys, next).map(Outcome::Applied)
            }
        }
    }
}
