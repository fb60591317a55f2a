//! The embedded store's file: opened again, after a crash, in use, damaged.

use std::path::Path;
use std::sync::Arc;

use vltava_coordination::{
    Committed, EmbeddedStore, OpenError, Operation, Revision, Store, StoreError, Transaction,
    WatchError, load,
};
use vltava_runtime::Tasks;

fn open(path: &Path) -> Result<EmbeddedStore, OpenError> {
    EmbeddedStore::open(path, &Tasks::new())
}

async fn fill(store: &EmbeddedStore, keys: std::ops::Range<u32>) {
    for key in keys {
        store.commit(Transaction::put(format!("{key:05}"), key.to_string())).await.unwrap();
    }
}

async fn count(store: &EmbeddedStore) -> usize {
    load(store, "").await.unwrap().0.len()
}

#[tokio::test]
async fn a_closed_file_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    let store = open(&path).unwrap();
    fill(&store, 0..10).await;
    store.close().await;
    assert!(matches!(store.get("00001").await, Err(StoreError::Closed)));
    assert!(matches!(store.commit(Transaction::delete("a")).await, Err(StoreError::Closed)));
    let again = open(&path).unwrap();
    assert_eq!(count(&again).await, 10);
    let committed = again.commit(Transaction::put("x", "y")).await.unwrap();
    assert_eq!(committed, Committed::Done { revision: Revision(11) });
    // What came before is not kept for watches.
    let oldest = Revision(11);
    let watch = again.watch("", Revision(10)).await;
    assert!(matches!(watch, Err(WatchError::Compacted { oldest: o }) if o == oldest));
    let mut watch = again.watch("", oldest).await.unwrap();
    assert_eq!(watch.next().await.unwrap()[0].key(), "x");
}

#[tokio::test]
async fn a_copy_of_the_file_in_use_has_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    let store = open(&path).unwrap();
    for crash in 1..=5 {
        fill(&store, (crash - 1) * 20..crash * 20).await;
        let copy = folder.path().join(format!("crash-{crash}"));
        std::fs::copy(&path, &copy).unwrap();
        let crashed = open(&copy).unwrap();
        let expected = usize::try_from(crash).unwrap() * 20;
        assert_eq!(count(&crashed).await, expected);
        let revision = crashed.commit(Transaction::put("next", "1")).await.unwrap();
        assert_eq!(revision, Committed::Done { revision: Revision(u64::from(crash) * 20 + 1) });
    }
}

#[tokio::test]
async fn leases_end_with_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    let store = open(&path).unwrap();
    let lease = store.grant_lease(60_000).await.unwrap();
    for key in ["a", "b", "c"] {
        let operation = Operation::Put { key: key.into(), value: "".into(), lease: Some(lease) };
        let transaction = Transaction { compares: vec![], operations: vec![operation] };
        store.commit(transaction).await.unwrap();
    }
    store.commit(Transaction::put("c", "free")).await.unwrap();
    drop(store);
    let again = open(&path).unwrap();
    let (entries, revision) = load(&again, "").await.unwrap();
    assert_eq!((entries.len(), entries[0].key.as_str(), revision), (1, "c", Revision(5)));
    let kept = again.keep_lease_alive(lease).await;
    assert!(kept.is_err());
}

#[tokio::test]
async fn commits_at_the_same_time_share_a_sync() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder.path().join("metadata.redb")).unwrap());
    let tasks = Tasks::new();
    let commits: Vec<_> = (0..1000)
        .map(|n| {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let transaction = Transaction::put(format!("{n:05}"), "x");
                let Committed::Done { revision } = store.commit(transaction).await.unwrap() else {
                    panic!("nothing to conflict with");
                };
                revision
            })
        })
        .collect();
    let mut revisions = Vec::new();
    for commit in commits {
        revisions.push(commit.await.unwrap().0);
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=1000).collect::<Vec<_>>());
    assert_eq!(count(&store).await, 1000);
}

#[tokio::test]
async fn a_file_in_use_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    let store = open(&path).unwrap();
    let Err(error) = open(&path) else { panic!("opened twice") };
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("{} is in use by another process", path.display()));
    drop(store);
    assert!(open(&path).is_ok());
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/metadata.redb");
    let Err(error) = open(&path) else { panic!("opened without a folder") };
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("cannot open {}", path.display()));
}

#[tokio::test]
async fn what_is_no_store_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    for bytes in [&b"not a store"[..], &[0; 4096], &[0xff; 100_000]] {
        std::fs::write(&path, bytes).unwrap();
        let Err(error) = open(&path) else { panic!("opened {} bytes", bytes.len()) };
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    }
}

/// Whatever is damaged, opening answers: with an error, or with a store that still reads and writes.
#[tokio::test]
async fn damage_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.redb");
    let store = open(&path).unwrap();
    fill(&store, 0..100).await;
    store.close().await;
    let good = std::fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.redb");
    let mut corrupt = 0;
    for position in (0..good.len()).step_by(1009) {
        let mut bytes = good.clone();
        bytes[position] ^= 0x55;
        std::fs::write(&damaged, &bytes).unwrap();
        corrupt += usize::from(survives(&damaged).await);
    }
    for length in (0..good.len()).step_by(3001) {
        std::fs::write(&damaged, &good[..length]).unwrap();
        corrupt += usize::from(survives(&damaged).await);
    }
    assert!(corrupt > 10, "{corrupt}");
}

/// Whether the file was found to be corrupt.
async fn survives(path: &Path) -> bool {
    match open(path) {
        Ok(store) => {
            load(&store, "").await.unwrap();
            store.commit(Transaction::put("more", "1")).await.unwrap();
            store.close().await;
            false
        }
        Err(OpenError::Corrupt { .. } | OpenError::UnknownFormat { .. }) => true,
        Err(other) => panic!("{other:?}"),
    }
}
