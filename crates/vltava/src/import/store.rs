//! The metadata store of an imported cluster, which takes its place as a whole: with it the import is complete.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use vltava_coordination::{
    Committed, Compare, EmbeddedStore, Expected, Operation, Store, Transaction,
};
use vltava_metadata::{AdoptedCluster, Key, Write, adopt};
use vltava_runtime::Tasks;

use crate::serve::STORE_FILE;

/// Operations and bytes of one transaction: half of what a store takes.
const OPERATIONS_MAX: usize = 64;
const BYTES_MAX: usize = 512 * 1024;

/// Whether the folder has a store that belongs to a cluster. One that a refused start left is empty.
pub(super) fn is_used(folder: &Path) -> Result<bool> {
    let path = folder.join(STORE_FILE);
    if !path.exists() {
        return Ok(false);
    }
    with_store(&path, async |store| Ok(store.get(&Key::Cluster.to_string()).await?.is_some()))
}

/// Writes the store under another name, and gives it its own.
pub(super) fn write(folder: &Path, cluster: &AdoptedCluster) -> Result<()> {
    let path = folder.join(STORE_FILE);
    let temporary = PathBuf::from(format!("{}.importing", path.display()));
    if temporary.exists() {
        fs::remove_file(&temporary).context("cannot remove what an earlier import left")?;
    }
    with_store(&temporary, async |store| {
        for transaction in transactions(adopt(cluster)) {
            if store.commit(transaction).await? == Committed::Conflict {
                bail!("two topics of one name in the metadata log");
            }
        }
        Ok(())
    })?;
    fs::rename(&temporary, &path)
        .and_then(|()| fs::File::open(folder)?.sync_all())
        .context("cannot put the metadata store in place")
}

/// Opens a store, uses it and closes it.
pub(crate) fn with_store<T>(
    path: &Path,
    work: impl AsyncFnOnce(&EmbeddedStore) -> Result<T>,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the threads")?;
    runtime.block_on(async {
        let tasks = Tasks::new();
        let store = EmbeddedStore::open(path, &tasks)?;
        let done = work(&store).await;
        store.close().await;
        tasks.stop_and_wait().await;
        done
    })
}

/// The writes in few transactions, in their order.
fn transactions(writes: Vec<Write>) -> Vec<Transaction> {
    let (mut all, mut next, mut bytes) = (Vec::new(), Transaction::default(), 0);
    for write in writes {
        let size: usize = write.operations.iter().map(size).sum();
        let full = next.operations.len() + write.operations.len() > OPERATIONS_MAX;
        if (full || bytes + size > BYTES_MAX) && !next.operations.is_empty() {
            all.push(std::mem::take(&mut next));
            bytes = 0;
        }
        bytes += size;
        // The store is new: every key is absent.
        next.compares.extend(
            write.compares.into_iter().map(|c| Compare { key: c.key, expected: Expected::Absent }),
        );
        next.operations.extend(write.operations.into_iter().map(operation));
    }
    all.push(next);
    all
}

fn size(operation: &vltava_metadata::Operation) -> usize {
    match operation {
        vltava_metadata::Operation::Put { key, value } => key.len() + value.len(),
        vltava_metadata::Operation::Delete { key } => key.len(),
    }
}

fn operation(operation: vltava_metadata::Operation) -> Operation {
    match operation {
        vltava_metadata::Operation::Put { key, value } => {
            Operation::Put { key, value: value.into(), lease: None }
        }
        vltava_metadata::Operation::Delete { key } => Operation::Delete { key },
    }
}
