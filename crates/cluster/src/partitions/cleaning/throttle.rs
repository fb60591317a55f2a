//! `log.cleaner.io.max.bytes.per.second`, for all workers together.

use std::time::Duration;

use tokio::time::Instant;

/// How long a wait goes on without asking whether it is still wanted.
const STEP: Duration = Duration::from_millis(100);

/// Spreads bytes over time.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    /// When what was read and written so far is paid for.
    paid: parking_lot::Mutex<Option<Instant>>,
}

impl Throttle {
    /// Waits until so many bytes fit under the limit. False if it is `stopped`. Blocks.
    pub(super) fn wait(
        &self,
        bytes: usize,
        bytes_per_second: f64,
        stopped: impl Fn() -> bool,
    ) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "a duration")]
        let cost = Duration::try_from_secs_f64(bytes as f64 / bytes_per_second);
        // A limit of next to nothing is a wait without end, which only a stop ends.
        let cost = cost.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
        let due = {
            let mut paid = self.paid.lock();
            let now = Instant::now();
            let from = paid.map_or(now, |paid| paid.max(now));
            *paid = Some(from + cost);
            from
        };
        loop {
            if stopped() {
                return false;
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(STEP));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time() {
        let throttle = Throttle::default();
        let begun = Instant::now();
        for _ in 0..5 {
            assert!(throttle.wait(1000, 50_000.0, || false));
        }
        assert!(begun.elapsed() >= Duration::from_millis(80));
        assert!(throttle.wait(1 << 30, f64::MAX, || false));
        assert!(throttle.wait(1, 1e-300, || false));
        assert!(!throttle.wait(1, 1.0, || begun.elapsed() > Duration::from_millis(200)));
    }
}
