//! Who may connect: `max.connections`, `max.connections.per.ip` and its overrides.
//!
//! As in Kafka, the broker's own limit delays a connection until another one ends, and an address over its limit is
//! turned away.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The limits on connections.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections at a time (`max.connections`).
    pub total: usize,
    /// Connections at a time from one address (`max.connections.per.ip`).
    pub per_ip: usize,
    /// Addresses with a limit of their own (`max.connections.per.ip.overrides`).
    pub per_ip_overrides: HashMap<IpAddr, usize>,
}

impl Default for ConnectionLimits {
    fn default() -> ConnectionLimits {
        ConnectionLimits { total: usize::MAX, per_ip: usize::MAX, per_ip_overrides: HashMap::new() }
    }
}

/// Counts connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    shared: Arc<Shared>,
    free: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    limits: ConnectionLimits,
    by_ip: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to accept one connection, whoever it will be.
pub(crate) type Place = OwnedSemaphorePermit;

/// A counted connection; leaves the count when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    ip: IpAddr,
    _place: Place,
}

impl Seats {
    /// Nobody connected yet.
    pub(crate) fn new(limits: ConnectionLimits) -> Seats {
        let total = limits.total.clamp(1, Semaphore::MAX_PERMITS);
        let shared = Shared { limits, by_ip: Mutex::default() };
        Seats { shared: Arc::new(shared), free: Arc::new(Semaphore::new(total)) }
    }

    /// Waits until one more connection may be accepted.
    pub(crate) async fn place(&self) -> Place {
        Arc::clone(&self.free).acquire_owned().await.expect("the places are never closed")
    }

    /// Counts a connection from `ip`; `None` if the address has its fill.
    pub(crate) fn sit(&self, place: Place, ip: IpAddr) -> Option<Seat> {
        let ip = ip.to_canonical();
        let limits = &self.shared.limits;
        let limit = limits.per_ip_overrides.get(&ip).copied().unwrap_or(limits.per_ip);
        let mut by_ip = self.shared.by_ip.lock();
        let count = by_ip.entry(ip).or_insert(0);
        if *count >= limit {
            if *count == 0 {
                by_ip.remove(&ip);
            }
            return None;
        }
        *count += 1;
        Some(Seat { shared: Arc::clone(&self.shared), ip, _place: place })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_ip = self.shared.by_ip.lock();
        if let Some(count) = by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                by_ip.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn an_address_over_its_limit_is_turned_away() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let seats = Seats::new(ConnectionLimits { per_ip: 1, ..ConnectionLimits::default() });
        let seat = seats.sit(seats.place().await, here).unwrap();
        assert!(seats.sit(seats.place().await, here).is_none());
        let mapped = IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        assert!(seats.sit(seats.place().await, mapped).is_none(), "one host, two spellings");
        drop(seat);
        assert!(seats.sit(seats.place().await, here).is_some());
        assert!(seats.shared.by_ip.lock().is_empty());
    }

    #[tokio::test]
    async fn an_address_may_be_shut_out() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let limits = ConnectionLimits {
            per_ip_overrides: HashMap::from([(here, 0)]),
            ..ConnectionLimits::default()
        };
        let seats = Seats::new(limits);
        assert!(seats.sit(seats.place().await, here).is_none());
        assert!(seats.shared.by_ip.lock().is_empty());
    }
}
