//! The contract of a store, over every adapter.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use vltava_coordination::{
    Committed, EmbeddedStore, Event, Expected, LeaseError, LeaseId, MemoryStore, Operation, Page,
    Revision, Store, StoreError, Transaction, WatchError, limits, load,
};
use vltava_runtime::Tasks;

/// Runs one test over every adapter.
fn over_every_adapter<F: Future<Output = ()>>(test: impl Fn(Arc<dyn Store>) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks = Tasks::new();
        test(Arc::new(MemoryStore::new(&tasks))).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metadata.redb");
        test(Arc::new(EmbeddedStore::open(&path, &tasks).unwrap())).await;
        tasks.stop_and_wait().await;
    });
}

fn done(revision: u64) -> Committed {
    Committed::Done { revision: Revision(revision) }
}

fn put(key: &str, value: &str) -> Transaction {
    Transaction::put(key, value.to_owned())
}

fn put_under(key: &str, lease: LeaseId) -> Transaction {
    let operation = Operation::Put { key: key.into(), value: "".into(), lease: Some(lease) };
    Transaction { compares: vec![], operations: vec![operation] }
}

async fn keys(store: &dyn Store, prefix: &str) -> Vec<String> {
    let (entries, _) = load(store, prefix).await.unwrap();
    entries.into_iter().map(|entry| entry.key).collect()
}

#[test]
fn what_is_put_is_read() {
    over_every_adapter(|store| async move {
        assert_eq!(store.get("a").await.unwrap(), None);
        assert_eq!(store.commit(put("a", "1")).await.unwrap(), done(1));
        assert_eq!(store.commit(put("b", "2")).await.unwrap(), done(2));
        assert_eq!(store.commit(put("a", "3")).await.unwrap(), done(3));
        let entry = store.get("a").await.unwrap().unwrap();
        assert_eq!((entry.key.as_str(), &entry.value[..]), ("a", &b"3"[..]));
        assert_eq!((entry.create_revision, entry.mod_revision), (Revision(1), Revision(3)));
        assert_eq!(entry.lease, None);
        assert_eq!(store.commit(Transaction::delete("a")).await.unwrap(), done(4));
        assert_eq!(store.get("a").await.unwrap(), None);
        assert_eq!(store.commit(put("a", "5")).await.unwrap(), done(5));
        let entry = store.get("a").await.unwrap().unwrap();
        assert_eq!((entry.create_revision, entry.mod_revision), (Revision(5), Revision(5)));
    });
}

#[test]
fn what_changes_nothing_makes_no_revision() {
    over_every_adapter(|store| async move {
        assert_eq!(store.commit(put("a", "1")).await.unwrap(), done(1));
        assert_eq!(store.commit(Transaction::delete("b")).await.unwrap(), done(1));
        assert_eq!(store.commit(Transaction::default()).await.unwrap(), done(1));
        let only_if = Transaction::default().when("b", Expected::Absent);
        assert_eq!(store.commit(only_if).await.unwrap(), done(1));
    });
}

#[test]
fn comparisons_decide() {
    over_every_adapter(|store| async move {
        let first = put("a", "1").when("a", Expected::Absent);
        assert_eq!(store.commit(first.clone()).await.unwrap(), done(1));
        assert_eq!(store.commit(first).await.unwrap(), Committed::Conflict);
        let at = |revision| put("a", "2").when("a", Expected::ModRevision(Revision(revision)));
        assert_eq!(store.commit(at(2)).await.unwrap(), Committed::Conflict);
        assert_eq!(store.commit(at(1)).await.unwrap(), done(2));
        assert_eq!(store.commit(at(1)).await.unwrap(), Committed::Conflict);
        let all = put("c", "3").when("b", Expected::Absent).when("a", Expected::Absent);
        assert_eq!(store.commit(all).await.unwrap(), Committed::Conflict);
        assert_eq!(keys(&*store, "").await, ["a"]);
    });
}

#[test]
fn a_transaction_is_one_revision() {
    over_every_adapter(|store| async move {
        store.commit(put("old", "1")).await.unwrap();
        let mut watch = store.watch("", Revision(2)).await.unwrap();
        let mut transaction = put("a", "1");
        transaction.operations.extend(put("b", "2").operations);
        transaction.operations.extend(Transaction::delete("old").operations);
        assert_eq!(store.commit(transaction).await.unwrap(), done(2));
        let events = watch.next().await.unwrap();
        assert!(events.iter().all(|event| event.revision() == Revision(2)));
        let seen: Vec<_> =
            events.iter().map(|event| (event.key(), event.value().is_some())).collect();
        assert_eq!(seen, [("a", true), ("b", true), ("old", false)]);
    });
}

#[test]
fn oversized_and_ambiguous_transactions_are_refused() {
    over_every_adapter(|store| async move {
        let many = |count: usize| Transaction {
            compares: vec![],
            operations: (0..count).map(|n| Operation::Delete { key: format!("k{n}") }).collect(),
        };
        let most = limits::TRANSACTION_OPERATIONS_MAX;
        assert_eq!(store.commit(many(most)).await.unwrap(), done(0));
        let mut twice = put("a", "1");
        twice.operations.extend(Transaction::delete("a").operations);
        let refused = [
            many(most + 1),
            twice,
            put("", "1"),
            put(&"k".repeat(limits::KEY_BYTES_MAX + 1), "1"),
            put("a", &"v".repeat(limits::TRANSACTION_BYTES_MAX)),
        ];
        for transaction in refused {
            let result = store.commit(transaction).await;
            assert!(matches!(result, Err(StoreError::Refused { .. })), "{result:?}");
        }
        assert_eq!(keys(&*store, "").await.len(), 0);
    });
}

#[test]
fn ranges_come_in_pages() {
    over_every_adapter(|store| async move {
        for key in ["a/2", "a/1", "b", "a", "a/3", "a0"] {
            store.commit(put(key, key)).await.unwrap();
        }
        assert_eq!(keys(&*store, "").await, ["a", "a/1", "a/2", "a/3", "a0", "b"]);
        assert_eq!(keys(&*store, "a/").await, ["a/1", "a/2", "a/3"]);
        assert_eq!(keys(&*store, "c").await.len(), 0);
        let page = |after: Option<&str>| Page { after: after.map(Into::into), limit: 2 };
        let first = store.range("a/", page(None)).await.unwrap();
        assert_eq!((first.entries.len(), first.more, first.revision), (2, true, Revision(6)));
        let second = store.range("a/", page(Some("a/2"))).await.unwrap();
        assert_eq!((second.entries.len(), second.more), (1, false));
        assert_eq!(second.entries[0].value, "a/3");
        let before = store.range("a/", page(Some("a"))).await.unwrap();
        assert_eq!(before.entries[0].key, "a/1");
        let behind = store.range("a/", page(Some("z"))).await.unwrap();
        assert_eq!((behind.entries.len(), behind.more), (0, false));
    });
}

#[test]
fn more_than_a_page_is_loaded() {
    over_every_adapter(|store| async move {
        let count = limits::PAGE_ENTRIES_MAX * 2 + 1;
        let all: Vec<_> = (0..count).map(|n| format!("/topics/{n:06}")).collect();
        for chunk in all.chunks(limits::TRANSACTION_OPERATIONS_MAX) {
            let operations = chunk.iter().flat_map(|key| put(key, "x").operations).collect();
            store.commit(Transaction { compares: vec![], operations }).await.unwrap();
        }
        assert_eq!(keys(&*store, "/topics/").await, all);
    });
}

#[test]
fn one_of_many_at_the_same_time_wins() {
    over_every_adapter(|store| async move {
        let tasks = Tasks::new();
        let attempts: Vec<_> = (0..50)
            .map(|n| {
                let store = Arc::clone(&store);
                let transaction = put("leader", &n.to_string()).when("leader", Expected::Absent);
                tasks.spawn(async move { store.commit(transaction).await.unwrap() })
            })
            .collect();
        let mut won = 0;
        for attempt in attempts {
            won += usize::from(attempt.await.unwrap() != Committed::Conflict);
        }
        assert_eq!(won, 1);
    });
}

#[test]
fn a_counter_counts_whoever_competes() {
    over_every_adapter(|store| async move {
        let tasks = Tasks::new();
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let store = Arc::clone(&store);
                tasks.spawn(async move {
                    for _ in 0..20 {
                        while !increment(&*store).await {}
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let entry = store.get("counter").await.unwrap().unwrap();
        assert_eq!((&entry.value[..], entry.mod_revision), (&b"160"[..], Revision(160)));
    });
}

async fn increment(store: &dyn Store) -> bool {
    let (count, expected) = match store.get("counter").await.unwrap() {
        None => (0, Expected::Absent),
        Some(entry) => {
            let count: u32 = std::str::from_utf8(&entry.value).unwrap().parse().unwrap();
            (count, Expected::ModRevision(entry.mod_revision))
        }
    };
    let transaction = put("counter", &(count + 1).to_string()).when("counter", expected);
    store.commit(transaction).await.unwrap() != Committed::Conflict
}

#[test]
fn a_watch_shows_its_prefix_from_its_revision() {
    over_every_adapter(|store| async move {
        for key in ["a/1", "b/1", "a/2"] {
            store.commit(put(key, "x")).await.unwrap();
        }
        let mut past = store.watch("a/", Revision(2)).await.unwrap();
        let mut all = store.watch("", Revision(1)).await.unwrap();
        let mut future = store.watch("a/", Revision(5)).await.unwrap();
        assert_eq!(past.next().await.unwrap()[0].key(), "a/2");
        store.commit(put("a/3", "x")).await.unwrap();
        store.commit(Transaction::delete("a/1")).await.unwrap();
        assert_eq!(past.next().await.unwrap()[0].key(), "a/3");
        assert_eq!(
            future.next().await.unwrap(),
            [Event::Deleted { key: "a/1".into(), revision: Revision(5) }]
        );
        for key in ["a/1", "b/1", "a/2", "a/3", "a/1"] {
            assert_eq!(all.next().await.unwrap()[0].key(), key);
        }
    });
}

#[test]
fn a_watch_that_waits_is_woken() {
    over_every_adapter(|store| async move {
        let mut watch = store.watch("a", Revision(1)).await.unwrap();
        let tasks = Tasks::new();
        let waiting = tasks.spawn(async move { watch.next().await.unwrap().len() });
        tokio::task::yield_now().await;
        store.commit(put("b", "x")).await.unwrap();
        store.commit(put("a", "x")).await.unwrap();
        assert_eq!(waiting.await.unwrap(), 1);
    });
}

#[test]
fn what_is_no_longer_kept_cannot_be_watched() {
    over_every_adapter(|store| async move {
        let mut slow = store.watch("", Revision(1)).await.unwrap();
        let commits = limits::HISTORY_EVENTS_MAX / limits::TRANSACTION_OPERATIONS_MAX + 1;
        for _ in 0..commits {
            let keys = 0..limits::TRANSACTION_OPERATIONS_MAX;
            let operations = keys.flat_map(|n| put(&n.to_string(), "x").operations).collect();
            store.commit(Transaction { compares: vec![], operations }).await.unwrap();
        }
        assert!(matches!(slow.next().await, Err(WatchError::Compacted { oldest: Revision(2) })));
        let again = store.watch("", Revision(1)).await;
        assert!(matches!(again, Err(WatchError::Compacted { oldest: Revision(2) })));
        assert!(store.watch("", Revision(2)).await.is_ok());
    });
}

#[test]
fn a_lease_takes_its_keys_along() {
    over_every_adapter(|store| async move {
        let (lease, other) =
            (store.grant_lease(60_000).await.unwrap(), store.grant_lease(60_000).await.unwrap());
        for (key, lease) in [("a", lease), ("b", lease), ("c", lease), ("d", other)] {
            store.commit(put_under(key, lease)).await.unwrap();
        }
        assert_eq!(store.get("a").await.unwrap().unwrap().lease, Some(lease));
        // Two of the keys leave the lease again, one for another lease.
        store.commit(put("b", "free")).await.unwrap();
        store.commit(put_under("c", other)).await.unwrap();
        store.revoke_lease(lease).await.unwrap();
        assert_eq!(keys(&*store, "").await, ["b", "c", "d"]);
        let ended = store.revoke_lease(lease).await;
        assert!(matches!(ended, Err(LeaseError::Ended { .. })));
        let ended = store.keep_lease_alive(lease).await;
        assert!(matches!(ended, Err(LeaseError::Ended { .. })));
        let ended = store.commit(put_under("e", lease)).await;
        assert!(matches!(ended, Err(StoreError::LeaseEnded { .. })));
        assert_eq!(keys(&*store, "").await, ["b", "c", "d"]);
    });
}

#[test]
fn a_lease_runs_out_unless_it_is_kept_alive() {
    over_every_adapter(|store| async move {
        let short = store.grant_lease(30).await.unwrap();
        let kept = store.grant_lease(400).await.unwrap();
        store.commit(put_under("kept", kept)).await.unwrap();
        store.commit(put_under("short", short)).await.unwrap();
        let mut watch = store.watch("", Revision(3)).await.unwrap();
        let deleted = watch.next().await.unwrap();
        assert_eq!(deleted, [Event::Deleted { key: "short".into(), revision: Revision(3) }]);
        store.keep_lease_alive(kept).await.unwrap();
        let later = tokio::time::timeout(Duration::from_secs(10), watch.next()).await;
        assert_eq!(later.unwrap().unwrap()[0].key(), "kept");
        assert!(store.keep_lease_alive(kept).await.is_err());
    });
}
