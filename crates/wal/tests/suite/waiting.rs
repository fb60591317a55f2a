//! Admission, waiting, and what happens when writing is not possible.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use vltava_model::Offset;
use vltava_wal::{Faults, FaultySink, Lsn, MemoryStore, Wal, WalConfig, WalFailed};

use crate::support::{BROKER, Listener, append, batch, config, entry, offsets, submit};

/// A write-ahead log over memory, with faults.
fn open(store: &MemoryStore, faults: &Faults, config: &WalConfig) -> Wal {
    let (sink, recovered) = store.open(BROKER).unwrap();
    let sink = FaultySink::new(sink, faults.clone());
    Wal::start(Box::new(sink), &recovered, config, BROKER)
}

fn memory_config() -> WalConfig {
    config(&PathBuf::from("unused"))
}

fn is_pending(future: impl Future) -> bool {
    matches!(pin!(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

#[tokio::test]
async fn what_comes_during_a_sync_is_one_chunk() {
    let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
    let other = Listener::new();
    let wal = open(&store, &faults, &memory_config());
    faults.hold_writes(true);
    submit(&wal, 0, 10, &listener).await;
    faults.wait_for_writes(1);
    for offset in 1..100 {
        submit(&wal, offset, 10, &listener).await;
    }
    let batch = batch(0, 10);
    let admission = wal.admit(batch.len()).await.unwrap();
    let last = wal.submit(admission, entry(1, vec![batch], &other)).unwrap();
    assert!(is_pending(wal.durable(Lsn(1))));
    assert_eq!(listener.end(), None);
    faults.hold_writes(false);
    wal.durable(last).await.unwrap();
    assert_eq!(store.sequences(), [1, 2]);
    assert_eq!(*listener.calls.lock(), [Offset(1), Offset(100)], "one call a chunk");
    assert_eq!(*other.calls.lock(), [Offset(1)]);
}

#[tokio::test]
async fn admission_is_bounded_by_bytes() {
    let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
    let config = WalConfig { queued_bytes_max: 1000, ..memory_config() };
    let wal = open(&store, &faults, &config);
    faults.hold_writes(true);
    let batch = batch(0, 10);
    let admission = wal.admit(700).await.unwrap();
    let lsn = wal.submit(admission, entry(0, vec![batch], &listener)).unwrap();
    assert!(is_pending(wal.admit(301)));
    drop(wal.admit(300).await.unwrap());
    assert!(is_pending(wal.admit(1_000_000)), "more than the bound is the whole bound");
    faults.hold_writes(false);
    wal.durable(lsn).await.unwrap();
    drop(wal.admit(1_000_000).await.unwrap());
}

#[tokio::test]
async fn a_full_disk_holds_writers_up_and_loses_nothing() {
    let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
    let wal = open(&store, &faults, &memory_config());
    append(&wal, 0, 10, &listener).await;
    faults.disk_full(true);
    let lsn = submit(&wal, 1, 10, &listener).await;
    faults.wait_for_writes(3);
    assert!(is_pending(wal.durable(lsn)));
    assert_eq!(listener.end(), Some(Offset(1)));
    assert_eq!(*listener.failures.lock(), 0);
    submit(&wal, 2, 10, &listener).await;
    faults.disk_full(false);
    let lsn = submit(&wal, 3, 10, &listener).await;
    wal.durable(lsn).await.unwrap();
    assert_eq!(listener.end(), Some(Offset(4)));
    drop(wal);
    assert_eq!(offsets(store.open(BROKER).unwrap().1), [0, 1, 2, 3]);
}

#[tokio::test]
async fn the_maximum_holds_writers_up_until_a_trim() {
    let dir = tempfile::tempdir().unwrap();
    let config = WalConfig { bytes_max: 192 << 10, ..config(dir.path()) };
    let (wal, recovered) = Wal::open(&config, BROKER).unwrap();
    let listener = Listener::new();
    let mut last = Lsn::RECOVERED;
    // Three files of sixteen blocks each; one chunk takes two.
    for offset in 0..24 {
        last = append(&wal, offset, 4096, &listener).await;
    }
    let waiting = submit(&wal, 24, 4096, &listener).await;
    assert!(is_pending(wal.durable(waiting)));
    assert!(wal.checkpoint_due().is_some());
    drop(recovered);
    wal.trim(last);
    wal.durable(waiting).await.unwrap();
    assert_eq!(listener.end(), Some(Offset(25)));
}

#[tokio::test]
async fn a_failed_write_ends_it_for_good() {
    let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
    let wal = open(&store, &faults, &memory_config());
    let durable = append(&wal, 0, 10, &listener).await;
    faults.hold_writes(true);
    let lost = submit(&wal, 1, 10, &listener).await;
    faults.wait_for_writes(2);
    let queued = submit(&wal, 2, 10, &listener).await;
    faults.fail_next_write(0);
    faults.hold_writes(false);
    assert_eq!(wal.durable(lost).await, Err(WalFailed));
    assert_eq!(wal.durable(queued).await, Err(WalFailed));
    assert_eq!(wal.durable(durable).await, Ok(()));
    assert!(wal.has_failed());
    assert_eq!(wal.admit(1).await.err(), Some(WalFailed));
    assert_eq!(listener.end(), Some(Offset(1)));
    assert!(*listener.failures.lock() > 0);
    wal.close();
    drop(wal);
    assert_eq!(offsets(store.open(BROKER).unwrap().1), [0]);
}

#[tokio::test]
async fn a_torn_write_is_not_recovered_and_its_number_is_used_again() {
    for stored in [1, 63, 64, 200, 390] {
        let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
        let wal = open(&store, &faults, &memory_config());
        append(&wal, 0, 10, &listener).await;
        faults.fail_next_write(stored);
        let lsn = submit(&wal, 1, 200, &listener).await;
        assert_eq!(wal.durable(lsn).await, Err(WalFailed));
        drop(wal);
        let (_sink, recovered) = store.open(BROKER).unwrap();
        assert_eq!(recovered.next_sequence(), 2);
        assert_eq!(offsets(recovered), [0]);
    }
}

#[tokio::test]
async fn a_listener_that_panics_leaves_nobody_waiting() {
    struct Panics;
    impl vltava_wal::Durable for Panics {
        fn durable(&self, _end: Offset) {
            panic!("as the test wants it");
        }
        fn failed(&self) {}
    }
    let wal = open(&MemoryStore::new(), &Faults::new(), &memory_config());
    let batch = batch(0, 10);
    let admission = wal.admit(batch.len()).await.unwrap();
    let mut entry = entry(0, vec![batch], &Listener::new());
    entry.listener = Arc::new(Panics);
    let lsn = wal.submit(admission, entry).unwrap();
    assert_eq!(wal.durable(lsn).await, Err(WalFailed));
    assert!(wal.has_failed());
}

#[tokio::test]
async fn waiters_come_in_any_order_and_may_leave() {
    let (store, faults, listener) = (MemoryStore::new(), Faults::new(), Listener::new());
    let wal = open(&store, &faults, &memory_config());
    faults.hold_writes(true);
    for offset in 0..3 {
        submit(&wal, offset, 10, &listener).await;
    }
    assert!(is_pending(wal.durable(Lsn(2))), "dropped at once");
    let (a, b, c) = (wal.durable(Lsn(3)), wal.durable(Lsn(1)), wal.durable(Lsn(2)));
    let release = async { faults.hold_writes(false) };
    assert_eq!(tokio::join!(a, b, c, release), (Ok(()), Ok(()), Ok(()), ()));
    assert_eq!(wal.last_durable(), Lsn(3));
}

#[tokio::test]
async fn a_checkpoint_is_wanted_once_for_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let (wal, _) = Wal::open(&config(dir.path()), BROKER).unwrap();
    let listener = Listener::new();
    assert_eq!(wal.checkpoint_due(), None);
    let mut last = Lsn::RECOVERED;
    for offset in 0..40 {
        last = append(&wal, offset, 4000, &listener).await;
    }
    let upto = wal.checkpoint_wanted().await;
    assert!(upto > Lsn::RECOVERED && upto <= last);
    wal.trim(upto);
    assert_eq!(wal.checkpoint_due(), None);
    append(&wal, 40, 10, &listener).await;
    assert_eq!(wal.checkpoint_due(), None);
}
