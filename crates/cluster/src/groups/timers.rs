//! The timers of one shard.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use tokio::time::Instant;

/// Timers by key: setting one that runs moves it. Holds as many as the shard has members and groups.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_time: BTreeMap<(Instant, u64), K>,
    by_key: HashMap<K, (Instant, u64)>,
    /// Tells timers of the same instant apart, in the order they were set.
    next: u64,
}

impl<K: Hash + Eq + Clone> Timers<K> {
    pub(crate) fn new() -> Timers<K> {
        Timers { by_time: BTreeMap::new(), by_key: HashMap::new(), next: 0 }
    }

    pub(crate) fn set(&mut self, key: K, at: Instant) {
        self.cancel(&key);
        let slot = (at, self.next);
        self.next += 1;
        self.by_time.insert(slot, key.clone());
        self.by_key.insert(key, slot);
    }

    pub(crate) fn cancel(&mut self, key: &K) {
        if let Some(slot) = self.by_key.remove(key) {
            self.by_time.remove(&slot);
        }
    }

    /// When the first timer is due.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first timer if it is due at `now`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<K> {
        let entry = self.by_time.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let key = entry.remove();
        self.by_key.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_last_setting_counts() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::new();
        timers.set("a", after(10));
        timers.set("b", after(20));
        timers.set("a", after(30));
        timers.set("c", after(5));
        timers.cancel(&"c");
        assert_eq!(timers.first(), Some(after(20)));
        assert_eq!(timers.take_due(after(19)), None);
        assert_eq!(timers.take_due(after(30)), Some("b"));
        assert_eq!(timers.take_due(after(30)), Some("a"));
        assert_eq!(timers.take_due(after(30)), None);
        assert_eq!(timers.first(), None);
    }
}
