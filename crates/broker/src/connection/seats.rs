//! Who may connect: `max.connections`, `max.connection.creation.rate`, `max.connections.per.ip` and its overrides.
//!
//! As in Kafka, a listener accepts one connection beyond the limits of the broker or its own, and it waits until another one
//! ends, those behind it in the system's queue; an address over its limit is turned away. Brokers among themselves
//! (`inter.broker.listener.name`) do not wait for the broker's limit: they take the place of whoever elsewhere was silent for
//! the longest time. So do those who stay when the limit is lowered.

mod limits;
mod rate;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

pub(crate) use self::limits::ConnectionLimits;
use self::rate::Rate;
use super::crowd::{Crowd, Member};

/// Counts connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    counts: Mutex<Counts>,
    /// A seat was given back, or the limits are others.
    changed: Notify,
    crowd: Crowd,
}

#[derive(Debug)]
struct Counts {
    limits: ConnectionLimits,
    rate: Rate,
    total: usize,
    by_ip: HashMap<IpAddr, usize>,
    listeners: Vec<Count>,
}

/// The connections of a listener.
#[derive(Debug)]
struct Count {
    total: usize,
    rate: Rate,
}

/// A counted connection; leaves the count when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    listener: usize,
    ip: IpAddr,
}

impl Seats {
    /// Nobody connected yet.
    pub(crate) fn new(limits: ConnectionLimits, crowd: Crowd) -> Seats {
        let now = Instant::now();
        let count = |listener: &limits::ListenerLimits| Count {
            total: 0,
            rate: Rate::new(listener.creation_rate, now),
        };
        let counts = Counts {
            listeners: limits.listeners.iter().map(count).collect(),
            rate: Rate::new(limits.creation_rate, now),
            total: 0,
            by_ip: HashMap::new(),
            limits,
        };
        let shared = Shared { counts: Mutex::new(counts), changed: Notify::new(), crowd };
        Seats { shared: Arc::new(shared) }
    }

    /// Waits until a connection from `ip` that a listener accepted may go on; `None` if the address has its fill.
    pub(crate) async fn sit(&self, listener: usize, ip: IpAddr) -> Option<(Seat, Member)> {
        let wait = self.shared.counts.lock().throttle(listener);
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let ip = ip.to_canonical();
        loop {
            let changed = self.shared.changed.notified();
            if let Some(is_welcome) = self.shared.counts.lock().take(listener, ip) {
                if !is_welcome {
                    return None;
                }
                break;
            }
            changed.await;
        }
        let seat = Seat { shared: Arc::clone(&self.shared), listener, ip };
        let member = self.shared.crowd.join(listener);
        self.shared.make_room();
        Some((seat, member))
    }

    /// Sets other limits. Who is there already stays, but for those beyond the broker's own limit.
    pub(crate) fn set_limits(&self, limits: ConnectionLimits) {
        self.shared.counts.lock().set_limits(limits);
        self.shared.changed.notify_waiters();
        self.shared.make_room();
    }
}

impl Shared {
    /// Asks those to go who are beyond the broker's own limit.
    fn make_room(&self) {
        let counts = self.counts.lock();
        let excess = counts.total.saturating_sub(counts.limits.total);
        if excess > 0 {
            let is_protected: Vec<bool> =
                counts.limits.listeners.iter().map(|listener| listener.is_protected).collect();
            drop(counts);
            self.crowd.evict(excess, |listener| !is_protected[listener]);
        }
    }
}

impl Counts {
    /// How long a connection that was just accepted has to wait for the rates.
    fn throttle(&mut self, listener: usize) -> std::time::Duration {
        let now = Instant::now();
        let own = self.listeners[listener].rate.take(now);
        match self.limits.listeners[listener].is_protected {
            true => own,
            false => own.max(self.rate.take(now)),
        }
    }

    /// Counts a connection; `Some(false)` if its address has its fill, `None` if it has to wait.
    fn take(&mut self, listener: usize, ip: IpAddr) -> Option<bool> {
        let own = &self.limits.listeners[listener];
        let is_full = self.listeners[listener].total >= own.total
            || (!own.is_protected && self.total >= self.limits.total);
        if is_full {
            return None;
        }
        if self.by_ip.get(&ip).copied().unwrap_or(0) >= self.limits.of(ip) {
            return Some(false);
        }
        *self.by_ip.entry(ip).or_insert(0) += 1;
        self.listeners[listener].total += 1;
        self.total += 1;
        Some(true)
    }

    fn set_limits(&mut self, limits: ConnectionLimits) {
        let now = Instant::now();
        self.rate.set(limits.creation_rate, now);
        for (count, listener) in self.listeners.iter_mut().zip(&limits.listeners) {
            count.rate.set(listener.creation_rate, now);
        }
        self.limits = limits;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        {
            let mut counts = self.shared.counts.lock();
            counts.total -= 1;
            counts.listeners[self.listener].total -= 1;
            if let Some(count) = counts.by_ip.get_mut(&self.ip) {
                *count -= 1;
                if *count == 0 {
                    counts.by_ip.remove(&self.ip);
                }
            }
        }
        self.shared.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
