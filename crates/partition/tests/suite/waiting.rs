//! Fetches that wait.

use std::sync::Arc;

use vltava_partition::{FetchWaiter, TopicSettings};

use crate::support::{Bench, batch, is_pending, settings};

fn watching(benches: &[&Bench], min_bytes: usize) -> Arc<FetchWaiter> {
    let waiter = FetchWaiter::new();
    benches.iter().for_each(|bench| bench.partition.watch(&waiter));
    waiter.arm(min_bytes);
    waiter
}

#[tokio::test]
async fn a_fetch_is_woken_once_enough_is_durable() {
    let (one, other) = (Bench::new(settings()), Bench::new(settings()));
    let records = batch(&["a value"]);
    let waiter = watching(&[&one, &other], 2 * records.len());
    assert!(is_pending(waiter.ready()));
    one.append_durably(records.clone()).await;
    assert!(is_pending(waiter.ready()));
    other.faults.hold_writes(true);
    let appended = other.append(records.clone()).await.unwrap();
    assert!(is_pending(waiter.ready()), "not durable");
    other.faults.hold_writes(false);
    other.partition.wait_durable(&appended).await.unwrap();
    assert!(!is_pending(waiter.ready()));
}

#[tokio::test]
async fn what_was_read_counts() {
    let bench = Bench::new(TopicSettings { write_caching: true, ..settings() });
    let records = batch(&["a value"]);
    let waiter = watching(&[&bench], 2 * records.len());
    waiter.found(u64::try_from(records.len()).unwrap());
    assert!(is_pending(waiter.ready()));
    bench.append(records.clone()).await.unwrap();
    assert!(!is_pending(waiter.ready()));
    waiter.arm(records.len());
    waiter.found(u64::try_from(records.len()).unwrap());
    assert!(!is_pending(waiter.ready()));
}

#[tokio::test]
async fn who_left_is_not_woken() {
    let bench = Bench::new(TopicSettings { write_caching: true, ..settings() });
    let waiter = watching(&[&bench], 1);
    bench.partition.unwatch(&waiter);
    bench.append(batch(&["a"])).await.unwrap();
    assert!(is_pending(waiter.ready()));
}

#[tokio::test]
async fn failing_closing_and_deleting_wake_everybody() {
    let bench = Bench::new(settings());
    let waiter = watching(&[&bench], 1_000_000);
    bench.faults.fail_next_write(0);
    let lost = bench.append(batch(&["a"])).await.unwrap();
    assert!(bench.partition.wait_durable(&lost).await.is_err());
    assert!(!is_pending(waiter.ready()));

    let bench = Bench::new(settings());
    let waiter = watching(&[&bench], 1_000_000);
    bench.partition.close().unwrap();
    assert!(!is_pending(waiter.ready()));

    let bench = Bench::new(settings());
    let waiter = watching(&[&bench], 1_000_000);
    bench.partition.delete().unwrap();
    assert!(!is_pending(waiter.ready()));
}
