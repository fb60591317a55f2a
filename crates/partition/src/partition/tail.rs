//! The end of the log as readers see it: the high watermark, what waits to get below it, and who wants to know.
//!
//! It has a lock of its own, held for moments only, because the WAL's thread comes here for every partition of a chunk
//! and must not wait for a segment being written.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use vltava_log::LogPosition;
use vltava_model::Offset;

use crate::FetchWaiter;

pub(super) struct Tail(Mutex<State>);

struct State {
    high_watermark: LogPosition,
    /// Appends that are not durable yet, ascending: where each ends, and its size.
    pending: VecDeque<(LogPosition, u64)>,
    watchers: Vec<Weak<FetchWaiter>>,
}

impl Tail {
    pub(super) fn new(high_watermark: LogPosition) -> Tail {
        let (pending, watchers) = Default::default();
        Tail(Mutex::new(State { high_watermark, pending, watchers }))
    }

    pub(super) fn high_watermark(&self) -> LogPosition {
        self.0.lock().high_watermark
    }

    /// Starts anew at the log's end: recovery is over.
    pub(super) fn reset(&self, high_watermark: LogPosition) {
        let mut state = self.0.lock();
        state.pending.clear();
        state.high_watermark = high_watermark;
    }

    /// An append is in the log and goes to the WAL. To be told before the WAL is, which may answer at once.
    pub(super) fn append_pending(&self, end: LogPosition, bytes: u64) {
        self.0.lock().pending.push_back((end, bytes));
    }

    /// An append is in the log, and that is enough.
    pub(super) fn append_visible(&self, end: LogPosition, bytes: u64) {
        let mut state = self.0.lock();
        let before: u64 = state.pending.drain(..).map(|(_, bytes)| bytes).sum();
        state.high_watermark = end;
        state.tell(before + bytes);
    }

    /// All appends that end at `end` or before are durable.
    pub(super) fn durable(&self, end: Offset) {
        let mut state = self.0.lock();
        let mut bytes = 0;
        while let Some((place, size)) = state.pending.pop_front_if(|(at, _)| at.offset <= end) {
            state.high_watermark = place;
            bytes += size;
        }
        if bytes > 0 {
            state.tell(bytes);
        }
    }

    pub(super) fn watch(&self, waiter: &Arc<FetchWaiter>) {
        let mut state = self.0.lock();
        if state.watchers.len() == state.watchers.capacity() {
            // Those who left without a word go before the list grows, so that it stays within twice what is needed.
            state.watchers.retain(|watcher| watcher.strong_count() > 0);
        }
        state.watchers.push(Arc::downgrade(waiter));
    }

    pub(super) fn unwatch(&self, waiter: &Arc<FetchWaiter>) {
        let mut state = self.0.lock();
        if let Some(at) = state.watchers.iter().position(|w| w.as_ptr() == Arc::as_ptr(waiter)) {
            state.watchers.swap_remove(at);
        }
    }

    /// Something happened that every reader must look at.
    pub(super) fn wake_all(&self) {
        self.0.lock().watchers.drain(..).filter_map(|w| w.upgrade()).for_each(|w| w.wake());
    }
}

impl State {
    fn tell(&mut self, bytes: u64) {
        self.watchers.retain(|watcher| match watcher.upgrade() {
            Some(waiter) => {
                waiter.found(bytes);
                true
            }
            None => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> LogPosition {
        let position = u32::try_from(offset * 100).unwrap();
        LogPosition { offset: Offset(offset), segment: Offset(0), position }
    }

    #[test]
    fn the_high_watermark_follows_what_is_durable_and_never_goes_back() {
        let tail = Tail::new(at(0));
        for end in 1..=5 {
            tail.append_pending(at(end), 100);
        }
        assert_eq!(tail.high_watermark(), at(0));
        tail.durable(Offset(3));
        assert_eq!(tail.high_watermark(), at(3));
        tail.durable(Offset(3));
        assert_eq!(tail.high_watermark(), at(3));
        tail.append_visible(at(6), 100);
        assert_eq!(tail.high_watermark(), at(6));
        tail.durable(Offset(5));
        assert_eq!(tail.high_watermark(), at(6));
    }

    #[test]
    fn watchers_that_left_do_not_pile_up() {
        let tail = Tail::new(at(0));
        let stays = FetchWaiter::new();
        tail.watch(&stays);
        for _ in 0..1000 {
            tail.watch(&FetchWaiter::new());
        }
        assert!(tail.0.lock().watchers.len() < 10);
        let leaves = FetchWaiter::new();
        tail.watch(&leaves);
        tail.unwatch(&leaves);
        tail.append_visible(at(1), 100);
        assert_eq!(tail.0.lock().watchers.len(), 1);
    }
}
