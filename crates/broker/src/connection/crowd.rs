//! All connections of a server together: who was here last, and what they make the broker hold for them.
//!
//! Bytes that wait for their client, halves of requests and answers that are not read, cannot be refused beforehand:
//! a small request begins with its first byte, and what an answer takes is known when it is there. So they are counted, and
//! beyond [`STANDING_BYTES_MAX`] those who have stood still for the longest time are asked to go, as many as it takes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::limits::{STANDING_BYTES_MAX, STANDING_MIN};

/// Why a connection has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eviction {
    /// `max.connections` is exceeded, and this one was silent for the longest time.
    TooMany,
    /// What stands for clients takes too much memory, and this one stood still for the longest time.
    Memory,
}

impl std::fmt::Display for Eviction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Eviction::TooMany => {
                "max.connections is exceeded, and it was silent for the longest time"
            }
            Eviction::Memory => {
                "clients leave too much in memory, and it stood still for the longest time"
            }
        })
    }
}

/// The connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    members: Mutex<Members>,
    standing_bytes: AtomicUsize,
    standing_bytes_max: usize,
    began: Instant,
}

#[derive(Debug, Default)]
struct Members {
    next_id: u64,
    by_id: HashMap<u64, Occupant>,
}

#[derive(Debug)]
struct Occupant {
    listener: usize,
    state: Arc<State>,
    /// Not there once it was asked to go.
    leave: Option<oneshot::Sender<Eviction>>,
}

/// What a connection says of itself.
#[derive(Debug, Default)]
struct State {
    /// When bytes last came or went, in ms since the crowd began.
    moved_ms: AtomicU64,
    standing_bytes: AtomicUsize,
}

/// One connection; leaves the crowd when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    shared: Arc<Shared>,
    id: u64,
    state: Arc<State>,
    /// Tells when it has to go.
    pub(crate) evicted: oneshot::Receiver<Eviction>,
}

impl Crowd {
    /// Nobody is there.
    pub(crate) fn new() -> Crowd {
        Crowd::holding(STANDING_BYTES_MAX)
    }

    /// With another bound of what stands for clients.
    pub(crate) fn holding(standing_bytes_max: usize) -> Crowd {
        let shared = Shared {
            members: Mutex::default(),
            standing_bytes: AtomicUsize::new(0),
            standing_bytes_max,
            began: Instant::now(),
        };
        Crowd { shared: Arc::new(shared) }
    }

    /// One more, who came in at that listener.
    pub(crate) fn join(&self, listener: usize) -> Member {
        let (leave, evicted) = oneshot::channel();
        let state = Arc::new(State::default());
        state.moved_ms.store(self.shared.now_ms(), Ordering::Relaxed);
        let mut members = self.shared.members.lock();
        let id = members.next_id;
        members.next_id += 1;
        let occupant = Occupant { listener, state: Arc::clone(&state), leave: Some(leave) };
        members.by_id.insert(id, occupant);
        Member { shared: Arc::clone(&self.shared), id, state, evicted }
    }

    /// Asks as many to go, those who were silent for the longest time first; only those of listeners that may be asked.
    pub(crate) fn evict(&self, count: usize, may_be_asked: impl Fn(usize) -> bool) {
        let mut members = self.shared.members.lock();
        let staying = members.by_id.values_mut();
        let mut found: Vec<&mut Occupant> = staying
            .filter(|member| member.leave.is_some() && may_be_asked(member.listener))
            .collect();
        found.sort_by_key(|member| member.state.moved_ms.load(Ordering::Relaxed));
        for member in found.into_iter().take(count) {
            member.ask(Eviction::TooMany);
        }
    }

    /// What stands for all clients together.
    #[cfg(test)]
    pub(crate) fn standing_bytes(&self) -> usize {
        self.shared.standing_bytes.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Asks those to go who have stood still for the longest time, until what is left fits.
    fn relieve(&self) {
        let Some(before) = self.now_ms().checked_sub(millis(STANDING_MIN)) else { return };
        let mut members = self.members.lock();
        let mut found: Vec<(u64, &mut Occupant)> = members
            .by_id
            .values_mut()
            .filter(|member| member.leave.is_some())
            .filter(|member| member.state.standing_bytes.load(Ordering::Relaxed) > 0)
            .map(|member| (member.state.moved_ms.load(Ordering::Relaxed), member))
            .filter(|(moved, _)| *moved <= before)
            .collect();
        found.sort_by_key(|(moved, _)| *moved);
        for (_, member) in found {
            if self.standing_bytes.load(Ordering::Relaxed) <= self.standing_bytes_max {
                return;
            }
            // It is as good as gone.
            let bytes = member.state.standing_bytes.swap(0, Ordering::Relaxed);
            self.standing_bytes.fetch_sub(bytes, Ordering::Relaxed);
            member.ask(Eviction::Memory);
        }
    }
}

impl Occupant {
    fn ask(&mut self, reason: Eviction) {
        if let Some(leave) = self.leave.take() {
            // It may be leaving by itself.
            let _ = leave.send(reason);
        }
    }
}

impl Member {
    /// Bytes came or went.
    pub(crate) fn moved(&self) {
        self.state.moved_ms.store(self.shared.now_ms(), Ordering::Relaxed);
    }

    /// As many bytes stand here until the client does something.
    pub(crate) fn stands(&self, bytes: usize) {
        let before = self.state.standing_bytes.load(Ordering::Relaxed);
        if bytes == before {
            return;
        }
        // Not `bytes - before`: it may have been asked to go meanwhile, and counts no more.
        let before = self.state.standing_bytes.swap(bytes, Ordering::Relaxed);
        let total = self.shared.standing_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.shared.standing_bytes.fetch_sub(before, Ordering::Relaxed);
        if bytes > before && total.saturating_sub(before) > self.shared.standing_bytes_max {
            self.shared.relieve();
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stands(0);
        self.shared.members.lock().by_id.remove(&self.id);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
