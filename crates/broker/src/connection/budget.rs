//! The request budget: how many bytes the large requests of all connections together may hold.
//!
//! Kafka's `queued.max.request.bytes`, but bounded by default. A frame takes its share in steps, as its bytes arrive, so
//! that a claim alone takes nothing. Then half-read frames may together hold all of it while each waits for more, so
//! there is one *overdraft*: whoever is first in the queue and finds no bytes free gets it, if it is not out, and
//! reads its frame to the end beyond the budget. **Invariant:** all shares together hold no more than the budget and one
//! frame.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::channel::oneshot;
use parking_lot::Mutex;

/// The bytes that requests may hold. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestBudget {
    account: Arc<Mutex<Account>>,
}

#[derive(Debug)]
struct Account {
    free: usize,
    overdraft_free: bool,
    /// First come first served. Who gave up waiting stays in here until it would be served.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    bytes: usize,
    share: oneshot::Sender<Share>,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: RequestBudget,
    bytes: usize,
    overdraft: bool,
}

impl RequestBudget {
    /// A budget of `bytes`.
    pub(crate) fn new(bytes: usize) -> RequestBudget {
        let account = Account { free: bytes, overdraft_free: true, waiting: VecDeque::new() };
        RequestBudget { account: Arc::new(Mutex::new(account)) }
    }

    /// A share of `bytes`, or the overdraft, if either is free now and nobody waits.
    pub(crate) fn try_take(&self, bytes: usize) -> Option<Share> {
        let mut account = self.account.lock();
        if account.is_contended() {
            return None;
        }
        account.take(bytes).map(|overdraft| self.share(bytes, overdraft))
    }

    /// Waits for a share of `bytes` or the overdraft, first come first served.
    pub(crate) async fn take(&self, bytes: usize) -> Share {
        let (sender, share) = oneshot::channel();
        self.account.lock().waiting.push_back(Waiting { bytes, share: sender });
        self.serve();
        share.await.expect("who waits is served sooner or later: no share is ever lost")
    }

    /// Whether somebody waits for a share.
    pub(crate) fn is_contended(&self) -> bool {
        self.account.lock().is_contended()
    }

    /// Whether `bytes` are free.
    #[cfg(test)]
    pub(crate) fn is_free(&self, bytes: usize) -> bool {
        self.account.lock().free >= bytes
    }

    fn share(&self, bytes: usize, overdraft: bool) -> Share {
        let bytes = if overdraft { 0 } else { bytes };
        Share { budget: self.clone(), bytes, overdraft }
    }

    /// Gives what is free to those who wait.
    fn serve(&self) {
        loop {
            let (waiting, overdraft) = {
                let mut account = self.account.lock();
                if !account.is_contended() {
                    return;
                }
                let Some(bytes) = account.waiting.front().map(|first| first.bytes) else { return };
                let Some(overdraft) = account.take(bytes) else { return };
                let Some(first) = account.waiting.pop_front() else { return };
                (first, overdraft)
            };
            // Outside the lock: a share that nobody takes any more comes back through its drop.
            drop(waiting.share.send(self.share(waiting.bytes, overdraft)));
        }
    }

    fn give_back(&self, bytes: usize, overdraft: bool) {
        {
            let mut account = self.account.lock();
            account.free += bytes;
            account.overdraft_free |= overdraft;
        }
        self.serve();
    }
}

impl Account {
    /// Whether somebody waits; forgets those in front who gave up.
    fn is_contended(&mut self) -> bool {
        while self.waiting.front().is_some_and(|first| first.share.is_canceled()) {
            self.waiting.pop_front();
        }
        !self.waiting.is_empty()
    }

    /// Takes `bytes`, or the overdraft if they are not there, and says which it was.
    fn take(&mut self, bytes: usize) -> Option<bool> {
        if let Some(left) = self.free.checked_sub(bytes) {
            self.free = left;
            return Some(false);
        }
        std::mem::take(&mut self.overdraft_free).then_some(true)
    }
}

impl Share {
    /// How much of a frame may be held with it: all of it with the overdraft.
    pub(crate) fn covers(&self) -> usize {
        if self.overdraft { usize::MAX } else { self.bytes }
    }

    /// Makes two shares of one budget one.
    pub(crate) fn join(&mut self, mut other: Share) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.overdraft |= std::mem::take(&mut other.overdraft);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes > 0 || self.overdraft {
            self.budget.give_back(self.bytes, self.overdraft);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Polls once.
    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[test]
    fn shares_come_back() {
        let budget = RequestBudget::new(100);
        let first = budget.try_take(60).unwrap();
        assert_eq!(first.covers(), 60);
        let beyond = budget.try_take(60).unwrap();
        assert_eq!(beyond.covers(), usize::MAX);
        assert!(budget.try_take(60).is_none(), "there is one overdraft");
        let rest = budget.try_take(40).unwrap();
        drop((first, beyond));
        assert_eq!(budget.try_take(60).unwrap().covers(), 60);
        drop(rest);
        assert_eq!(budget.try_take(100).unwrap().covers(), 100);
    }

    #[test]
    fn those_who_hold_all_of_it_and_want_more_end_one_after_the_other() {
        let budget = RequestBudget::new(100);
        let mut first = budget.try_take(50).unwrap();
        let second = budget.try_take(50).unwrap();
        let mut more = pin!(budget.take(50));
        first.join(poll(more.as_mut()).expect("the overdraft"));
        assert_eq!(first.covers(), usize::MAX);
        let (mut third, mut fourth) = (pin!(budget.take(70)), pin!(budget.take(1)));
        assert!(poll(third.as_mut()).is_none());
        assert!(poll(fourth.as_mut()).is_none());
        assert!(budget.is_contended());
        drop(first);
        let third = poll(third.as_mut()).expect("the overdraft: 50 are free");
        assert_eq!(third.covers(), usize::MAX);
        assert_eq!(poll(fourth.as_mut()).expect("free").covers(), 1);
        assert!(!budget.is_contended());
        drop((second, third));
        assert_eq!(budget.try_take(100).unwrap().covers(), 100);
    }

    #[test]
    fn nobody_overtakes_who_waits() {
        let budget = RequestBudget::new(100);
        let (most, overdraft) = (budget.try_take(90).unwrap(), budget.try_take(90).unwrap());
        let mut large = pin!(budget.take(50));
        assert!(poll(large.as_mut()).is_none());
        assert!(budget.try_take(1).is_none());
        drop(most);
        assert_eq!(poll(large.as_mut()).unwrap().covers(), 50);
        drop(overdraft);
    }

    #[test]
    fn who_gives_up_waiting_holds_up_nobody() {
        let budget = RequestBudget::new(100);
        let (all, overdraft) = (budget.try_take(100).unwrap(), budget.try_take(1).unwrap());
        let mut waiting: Vec<_> = (0..20_000).map(|_| Box::pin(budget.take(100))).collect();
        for future in &mut waiting {
            assert!(poll(future.as_mut()).is_none());
        }
        drop(overdraft);
        // The first was served, but did not hear of it.
        drop(waiting);
        assert!(!budget.is_contended());
        drop(all);
        assert_eq!(budget.try_take(100).unwrap().covers(), 100);
        assert_eq!(budget.try_take(200).unwrap().covers(), usize::MAX);
    }
}
