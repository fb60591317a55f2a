//! The store of one node: a file in the data folder.
//!
//! One thread writes. It takes the commits that wait, carries them out in one transaction of the file, syncs once, and
//! then answers all of them. Reads run on the pool for blocking work, each in a snapshot of what is on disk.

mod file;
mod open;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use vltava_runtime::Tasks;

use self::file::File;
pub use self::open::OpenError;
use self::writer::{Command, Work, Writer};
use crate::history::History;
use crate::leases::Leases;
use crate::limits::COMMITS_QUEUED_MAX;
use crate::{
    Committed, KeyValue, LeaseError, LeaseId, Page, Range, Revision, Store, StoreError,
    Transaction, Watch, WatchError,
};

/// A store in a file, which no other process can open meanwhile.
pub struct EmbeddedStore {
    path: PathBuf,
    tasks: Tasks,
    /// `None` once closed.
    open: Mutex<Option<Open>>,
    leases: Arc<Leases>,
    history: Arc<History>,
}

struct Open {
    file: Arc<File>,
    commands: mpsc::Sender<Command>,
    writer: JoinHandle<()>,
}

impl EmbeddedStore {
    /// Opens the store's file, and makes it if it is not there. Keys that belonged to a lease are gone: the process that
    /// held it is.
    ///
    /// Blocks for the few milliseconds that it takes, and must be called where tokio runs.
    pub fn open(path: &Path, tasks: &Tasks) -> Result<EmbeddedStore, OpenError> {
        let (file, revision) = open::open(path)?;
        let file = Arc::new(file);
        let leases = Arc::<Leases>::default();
        let history = History::new(revision);
        let (commands, queue) = mpsc::channel(COMMITS_QUEUED_MAX);
        let writer = Writer {
            file: Arc::clone(&file),
            leases: Arc::clone(&leases),
            history: Arc::clone(&history),
            revision,
        };
        let writer = std::thread::Builder::new()
            .name("metadata-store".into())
            .spawn(move || writer.run(queue))
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        end_expired_leases(tasks, Arc::clone(&leases), commands.downgrade());
        let open = Mutex::new(Some(Open { file, commands, writer }));
        Ok(EmbeddedStore { path: path.to_owned(), tasks: tasks.clone(), open, leases, history })
    }

    /// Waits for the commits under way and closes the file, so that another process can open it. Dropping the store does
    /// the same, but blocks.
    pub async fn close(&self) {
        let open = self.open.lock().take();
        if let Some(open) = open {
            // The writer has nothing left to report: every commit was answered.
            let _joined = self.tasks.spawn_blocking(move || open.close()).await;
        }
        self.leases.close();
        self.history.end(StoreError::Closed);
    }

    /// The store's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&File) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.open.lock().as_ref().map(|open| Arc::clone(&open.file));
        let file = file.ok_or(StoreError::Closed)?;
        let result = self.tasks.spawn_blocking(move || {
            let result = read(&file);
            result.map_err(|error| file.failed(error))
        });
        result.await.unwrap_or(Err(StoreError::Closed))
    }

    async fn write(&self, work: Work) -> Result<Committed, StoreError> {
        let commands = self.open.lock().as_ref().map(|open| open.commands.clone());
        let commands = commands.ok_or(StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        commands.send(Command { work, answer }).await.map_err(|_closed| StoreError::Closed)?;
        drop(commands);
        answered.await.map_err(|_closed| StoreError::Closed)?
    }
}

impl Open {
    fn close(self) {
        drop(self.commands);
        // A writer that panicked has told so on its own.
        let _panicked = self.writer.join();
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        if let Some(open) = self.open.lock().take() {
            open.close();
        }
        self.leases.close();
        self.history.end(StoreError::Closed);
    }
}

/// Ends leases that run out, until the store closes or the scope stops.
fn end_expired_leases(tasks: &Tasks, leases: Arc<Leases>, commands: mpsc::WeakSender<Command>) {
    let stopping = tasks.clone();
    let end = async move {
        while let Some(lease) = leases.expired().await {
            let Ok(keys) = leases.end(lease) else { continue };
            let Some(commands) = commands.upgrade() else { return };
            let (answer, answered) = oneshot::channel();
            if commands
                .send(Command { work: Work::EndLease { lease, keys }, answer })
                .await
                .is_err()
            {
                return;
            }
            drop(commands);
            // A failure has stopped the writer, which says so itself.
            let _result = answered.await;
        }
    };
    tasks.spawn(async move {
        tokio::select! {
            () = end => {}
            () = stopping.stopping() => {}
        }
    });
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(&self, key: &str) -> Result<Option<KeyValue>, StoreError> {
        let key = key.to_owned();
        self.read(move |file| file.get(key)).await
    }

    async fn range(&self, prefix: &str, page: Page) -> Result<Range, StoreError> {
        let prefix = prefix.to_owned();
        self.read(move |file| file.range(&prefix, &page)).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        transaction.check()?;
        self.write(Work::Commit(transaction)).await
    }

    async fn watch(&self, prefix: &str, from: Revision) -> Result<Watch, WatchError> {
        self.history.watch(prefix, from)
    }

    async fn grant_lease(&self, ttl_ms: u64) -> Result<LeaseId, LeaseError> {
        if self.open.lock().is_none() {
            return Err(StoreError::Closed.into());
        }
        self.leases.grant(ttl_ms)
    }

    async fn keep_lease_alive(&self, lease: LeaseId) -> Result<(), LeaseError> {
        self.leases.keep_alive(lease)
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<(), LeaseError> {
        let keys = self.leases.end(lease)?;
        self.write(Work::EndLease { lease, keys }).await?;
        Ok(())
    }
}
