//! Who may queue how much.
//!
//! There are two lanes, each first come first served. A flood of large appends fills its own; an append that is small
//! beside the whole bound goes by another, so that who sends little waits for what is queued, not for who waits to be.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::WalFailed;
use crate::limits::{SMALL_LANE_SHARE, SMALL_SHARE};

pub(super) struct Lanes {
    large: Lane,
    small: Lane,
    /// What is not small.
    small_bytes_max: usize,
}

struct Lane {
    permits: Arc<Semaphore>,
    permits_max: u32,
}

impl Lanes {
    /// For `bytes` of large appends, and a share of that more for small ones.
    pub(super) fn new(bytes: usize) -> Lanes {
        Lanes {
            large: Lane::new(bytes),
            small: Lane::new(bytes / SMALL_LANE_SHARE),
            small_bytes_max: bytes / SMALL_SHARE,
        }
    }

    /// Waits for as many bytes; more than a lane has counts as all of it.
    pub(super) async fn enter(&self, bytes: usize) -> Result<OwnedSemaphorePermit, WalFailed> {
        let lane = if bytes <= self.small_bytes_max { &self.small } else { &self.large };
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX).min(lane.permits_max);
        let permit = Arc::clone(&lane.permits).acquire_many_owned(permits).await;
        permit.or(Err(WalFailed))
    }

    /// Nobody is let in any more.
    pub(super) fn close(&self) {
        self.large.permits.close();
        self.small.permits.close();
    }
}

impl Lane {
    fn new(bytes: usize) -> Lane {
        let permits_max = u32::try_from(bytes).unwrap_or(u32::MAX);
        let permits = usize::try_from(permits_max).unwrap_or(usize::MAX);
        let permits = Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Lane { permits, permits_max }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn small_appends_do_not_wait_behind_large_ones() {
        let lanes = Lanes::new(1 << 20);
        let all = lanes.enter(1 << 20).await.unwrap();
        let mut waiting = pin!(lanes.enter(100_000));
        let mut ctx = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut ctx).is_pending());
        let small = lanes.enter(100).await.unwrap();
        // They have their own bound.
        let mut many = Vec::new();
        for _ in 0..(1 << 18) / 4096 - 1 {
            many.push(lanes.enter(4096).await.unwrap());
        }
        let mut beyond = pin!(lanes.enter(4096));
        assert!(beyond.as_mut().poll(&mut ctx).is_pending());
        drop(small);
        many.clear();
        assert!(matches!(beyond.as_mut().poll(&mut ctx), Poll::Ready(Ok(_))));
        assert!(waiting.as_mut().poll(&mut ctx).is_pending());
        drop(all);
        assert!(matches!(waiting.as_mut().poll(&mut ctx), Poll::Ready(Ok(_))));
    }

    #[tokio::test]
    async fn more_than_all_is_all_and_nobody_enters_what_is_closed() {
        let lanes = Lanes::new(1000);
        drop(lanes.enter(5000).await.unwrap());
        lanes.close();
        assert!(lanes.enter(1).await.is_err());
        assert!(lanes.enter(500).await.is_err());
    }
}
