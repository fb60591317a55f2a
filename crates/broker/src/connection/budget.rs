//! The request budget: how many bytes of requests all connections together may hold.
//!
//! Kafka's `queued.max.request.bytes`, but bounded by default. A frame asks for its whole length at once: a frame
//! that asked piece by piece could wait for others that wait for it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes that requests may hold. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestBudget {
    free: Arc<Semaphore>,
    total: u32,
}

/// A share of the budget, given back when dropped.
pub(crate) type Share = OwnedSemaphorePermit;

impl RequestBudget {
    /// A budget of `bytes`, at most 4 GiB.
    pub(crate) fn new(bytes: usize) -> RequestBudget {
        let total = u32::try_from(bytes).unwrap_or(u32::MAX).max(1);
        let permits = usize::try_from(total).unwrap_or(Semaphore::MAX_PERMITS);
        RequestBudget { free: Arc::new(Semaphore::new(permits)), total }
    }

    /// The share for a frame of `bytes` if it is free now and nobody waits. A frame longer than the whole budget takes all of it.
    pub(crate) fn try_take(&self, bytes: usize) -> Option<Share> {
        Arc::clone(&self.free).try_acquire_many_owned(self.share(bytes)).ok()
    }

    /// Waits for the share, first come first served.
    pub(crate) async fn take(&self, bytes: usize) -> Share {
        Arc::clone(&self.free)
            .acquire_many_owned(self.share(bytes))
            .await
            .expect("the budget is never closed")
    }

    fn share(&self, bytes: usize) -> u32 {
        u32::try_from(bytes).unwrap_or(u32::MAX).min(self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shares_come_back() {
        let budget = RequestBudget::new(100);
        let first = budget.try_take(60).unwrap();
        assert!(budget.try_take(60).is_none());
        drop(first);
        let all = budget.take(1_000).await;
        assert!(budget.try_take(1).is_none());
        drop(all);
        assert!(budget.try_take(100).is_some());
    }
}
