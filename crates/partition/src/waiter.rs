//! A fetch that waits for `min_bytes`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

use crate::Isolation;

/// Woken when the partitions that it watches have enough new bytes together.
///
/// The order of events that cannot miss any: make it with [`FetchWaiter::new`], [`watch`](crate::Partition::watch) each
/// partition; then [`FetchWaiter::arm`], read all partitions, tell [`FetchWaiter::found`] what there is; if that is not
/// enough, [`FetchWaiter::ready`], and again from `arm` on. A record that arrives while reading may count twice, which
/// wakes too early, and never too late.
///
/// One that reads committed records only counts what gets below the last stable offset: it sleeps on while an open
/// transaction holds that back.
#[derive(Debug, Default)]
pub struct FetchWaiter {
    isolation: Isolation,
    missing: AtomicI64,
    notify: Notify,
}

impl FetchWaiter {
    /// A waiter that watches nothing yet.
    pub fn new() -> Arc<FetchWaiter> {
        FetchWaiter::reading(Isolation::ReadUncommitted)
    }

    /// The same for who reads with this isolation.
    pub fn reading(isolation: Isolation) -> Arc<FetchWaiter> {
        Arc::new(FetchWaiter { isolation, ..FetchWaiter::default() })
    }

    pub(crate) fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// Begins to count down from `min_bytes`.
    pub fn arm(&self, min_bytes: usize) {
        self.missing.store(i64::try_from(min_bytes).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// So many bytes are there: after a read, and when the end moves up to which it may read.
    pub fn found(&self, bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.missing.fetch_sub(bytes, Ordering::SeqCst) <= bytes {
            self.notify.notify_one();
        }
    }

    /// Something happened that must be looked at now, whatever is missing: an error, a deletion.
    pub fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits until as many bytes as armed for were found, or [`FetchWaiter::wake`] was called. May be dropped at any time.
    pub async fn ready(&self) {
        self.notify.notified().await;
    }
}
