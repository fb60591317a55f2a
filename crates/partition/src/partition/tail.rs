//! The end of the log as readers see it: the high watermark and the last stable offset, what waits to get below them, and
//! who wants to know.
//!
//! It has a lock of its own, held for moments only, because the WAL's thread comes here for every partition of a chunk
//! and must not wait for a segment being written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use vltava_log::{CompletedTransaction, LogPosition};
use vltava_model::Offset;

use crate::{FetchWaiter, Isolation};

pub(super) struct Tail(Mutex<State>);

/// Up to where may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) high_watermark: LogPosition,
    pub(super) last_stable: LogPosition,
}

struct State {
    high_watermark: LogPosition,
    /// `None` while the last stable offset is the high watermark.
    unstable: Option<Box<Unstable>>,
    /// Appends that are not durable yet, ascending: where each ends, and its size.
    pending: VecDeque<(LogPosition, u64)>,
    watchers: Vec<Weak<FetchWaiter>>,
}

impl Tail {
    pub(super) fn new(high_watermark: LogPosition) -> Tail {
        let (unstable, pending, watchers) = Default::default();
        Tail(Mutex::new(State { high_watermark, unstable, pending, watchers }))
    }

    pub(super) fn high_watermark(&self) -> LogPosition {
        self.0.lock().high_watermark
    }

    pub(super) fn ends(&self) -> Ends {
        let state = self.0.lock();
        Ends { high_watermark: state.high_watermark, last_stable: state.last_stable() }
    }

    /// Whether the last stable offset is the high watermark.
    pub(super) fn is_settled(&self) -> bool {
        self.0.lock().unstable.is_none()
    }

    /// Starts anew at the log's end: recovery is over. The first open transaction begins at `undecided`.
    pub(super) fn reset(&self, high_watermark: LogPosition, undecided: Option<LogPosition>) {
        let mut state = self.0.lock();
        state.pending.clear();
        state.high_watermark = high_watermark;
        state.unstable = None;
        state.transactions(undecided, &[]);
    }

    /// An append has opened or ended transactions; now the first open one begins at `undecided`. To be told before the
    /// append itself.
    pub(super) fn transactions(
        &self,
        undecided: Option<LogPosition>,
        completed: &[CompletedTransaction],
    ) {
        self.0.lock().transactions(undecided, completed);
    }

    /// An append is in the log and goes to the WAL. To be told before the WAL is, which may answer at once.
    pub(super) fn append_pending(&self, end: LogPosition, bytes: u64) {
        self.0.lock().pending.push_back((end, bytes));
    }

    /// An append is in the log, and that is enough.
    pub(super) fn append_visible(&self, end: LogPosition, bytes: u64) {
        let mut state = self.0.lock();
        let before: u64 = state.pending.drain(..).map(|(_, bytes)| bytes).sum();
        state.advance(end, before + bytes);
    }

    /// All appends that end at `end` or before are durable.
    pub(super) fn durable(&self, end: Offset) {
        let mut state = self.0.lock();
        let (mut high_watermark, mut bytes) = (state.high_watermark, 0);
        while let Some((place, size)) = state.pending.pop_front_if(|(at, _)| at.offset <= end) {
            high_watermark = place;
            bytes += size;
        }
        if bytes > 0 {
            state.advance(high_watermark, bytes);
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
    fn last_stable(&self) -> LogPosition {
        let first = self.unstable.as_ref().and_then(|unstable| unstable.first());
        first
            .filter(|first| first.offset < self.high_watermark.offset)
            .unwrap_or(self.high_watermark)
    }

    fn transactions(&mut self, undecided: Option<LogPosition>, completed: &[CompletedTransaction]) {
        if undecided.is_none() && completed.is_empty() && self.unstable.is_none() {
            return;
        }
        let unstable = self.unstable.get_or_insert_default();
        for transaction in completed {
            // One whose place nobody has asked for was not the first, and another holds the last stable offset back.
            let begun_at = transaction.begun_at.or(unstable.undecided);
            if let Some(begun_at) = begun_at {
                unstable
                    .unreplicated
                    .insert(transaction.first_offset, (begun_at, transaction.last_offset));
            }
        }
        unstable.undecided = undecided;
    }

    /// The high watermark moves up by `bytes`.
    fn advance(&mut self, high_watermark: LogPosition, bytes: u64) {
        if self.unstable.is_none() {
            self.high_watermark = high_watermark;
            self.tell(bytes, bytes);
            return;
        }
        let before = self.last_stable();
        self.high_watermark = high_watermark;
        let settled = |unstable: &mut Box<Unstable>| unstable.replicated(high_watermark.offset);
        self.unstable.take_if(settled);
        self.tell(bytes, distance(before, self.last_stable()));
    }

    /// Tells those who read up to the high watermark of `bytes`, and the others of `stable_bytes`.
    fn tell(&mut self, bytes: u64, stable_bytes: u64) {
        self.watchers.retain(|watcher| match watcher.upgrade() {
            Some(waiter) => {
                let bytes = match waiter.isolation() {
                    Isolation::ReadUncommitted => bytes,
                    Isolation::ReadCommitted => stable_bytes,
                };
                if bytes > 0 {
                    waiter.found(bytes);
                }
                true
            }
            None => false,
        });
    }
}

/// What keeps the last stable offset below the high watermark.
#[derive(Default)]
struct Unstable {
    /// Where the first open transaction begins.
    undecided: Option<LogPosition>,
    /// Transactions whose markers are not below the high watermark, by their first offset: where they begin, and the
    /// marker's offset.
    unreplicated: BTreeMap<Offset, (LogPosition, Offset)>,
}

impl Unstable {
    /// Lets go of the transactions whose markers lie below the high watermark. True if nothing is left.
    fn replicated(&mut self, high_watermark: Offset) -> bool {
        self.unreplicated.retain(|_, (_, marker)| *marker >= high_watermark);
        self.undecided.is_none() && self.unreplicated.is_empty()
    }

    fn first(&self) -> Option<LogPosition> {
        let unreplicated = self.unreplicated.first_key_value().map(|(_, (begun_at, _))| *begun_at);
        match (self.undecided, unreplicated) {
            (Some(one), Some(other)) => Some(if one.offset < other.offset { one } else { other }),
            (one, other) => one.or(other),
        }
    }
}

/// The bytes from one place to another; as many as there may be if they lie in different segments.
fn distance(from: LogPosition, to: LogPosition) -> u64 {
    match (from.offset == to.offset, from.segment == to.segment) {
        (true, _) => 0,
        (false, true) => u64::from(to.position.saturating_sub(from.position)),
        (false, false) => u64::MAX,
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
