//! `max.connection.creation.rate`.
//!
//! Kafka counts over its quota windows, 11 of a second each: what was not used within ten seconds may come at once, and
//! nobody waits longer than one window. So does this, with a bucket in place of the windows.

use std::time::Duration;

use tokio::time::Instant;

/// As many seconds' worth may come at once.
const BURST_SECONDS: f64 = 10.0;

/// The longest that one connection is held up.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What stands for no limit.
const NO_LIMIT: usize = i32::MAX as usize;

/// Counts connections against a rate.
#[derive(Debug)]
pub(super) struct Rate {
    /// What may come now; below zero while somebody waits.
    credit: f64,
    limit: usize,
    at: Instant,
}

impl Rate {
    /// A rate of `limit` a second.
    pub(super) fn new(limit: usize, now: Instant) -> Rate {
        Rate { credit: per_second(limit) * BURST_SECONDS, limit, at: now }
    }

    /// Sets another rate.
    pub(super) fn set(&mut self, limit: usize, now: Instant) {
        if limit != self.limit {
            *self = Rate::new(limit, now);
        }
    }

    /// Counts one more, and says how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        if self.limit >= NO_LIMIT {
            return Duration::ZERO;
        }
        let rate = per_second(self.limit);
        let passed = now.duration_since(self.at).as_secs_f64();
        self.credit = (self.credit + passed * rate).min(rate * BURST_SECONDS) - 1.0;
        self.at = now;
        if self.credit >= 0.0 {
            return Duration::ZERO;
        }
        // A debt is never more than what the longest wait pays.
        self.credit = self.credit.max(-rate.max(1.0) * WAIT_MAX.as_secs_f64());
        let wait = if self.limit == 0 { WAIT_MAX.as_secs_f64() } else { -self.credit / rate };
        Duration::from_secs_f64(wait).min(WAIT_MAX)
    }
}

fn per_second(limit: usize) -> f64 {
    u32::try_from(limit).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_worth_at_once_and_then_the_rate() {
        let began = Instant::now();
        let mut rate = Rate::new(5, began);
        assert!((0..50).all(|_| rate.take(began).is_zero()));
        assert_eq!(rate.take(began), Duration::from_millis(200));
        assert_eq!(rate.take(began), Duration::from_millis(400));
        let mut now = began;
        for _ in 0..100 {
            now += rate.take(now);
        }
        let seconds = now.duration_since(began).as_secs();
        assert!((18..=21).contains(&seconds), "{seconds}");
    }

    #[test]
    fn nobody_waits_longer_than_a_second() {
        let now = Instant::now();
        let mut none = Rate::new(0, now);
        assert_eq!(none.take(now), WAIT_MAX);
        let mut slow = Rate::new(1, now);
        assert!((0..100).all(|_| slow.take(now) <= WAIT_MAX));
        let mut free = Rate::new(NO_LIMIT, now);
        assert!((0..100).all(|_| free.take(now).is_zero()));
    }
}
