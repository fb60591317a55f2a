//! What ends a connection before its time: nothing moves, others wait for what it holds, or the server stops.

use std::io;

use tokio::time::Instant;

use super::crowd::Eviction;
use super::{Connection, Phase};
use crate::limits::{FRAME_STALL, FRAME_STALL_BYTES};

/// Why a connection ends before its answers are sent.
pub(super) enum Lost {
    Io(io::Error),
    Idle,
    Stalled,
    Stopped,
    Evicted(Eviction),
}

/// Whether a client that holds part of the request budget gets on with its frame.
pub(super) struct Pace {
    /// When it last did.
    pub(super) since: Instant,
    /// What has come after that.
    pub(super) bytes: usize,
}

impl Connection {
    /// Notes that bytes came, or went, which is as good as many.
    pub(super) fn moved(&mut self, bytes: usize) {
        self.active = Instant::now();
        self.member.moved();
        self.pace.bytes = self.pace.bytes.saturating_add(bytes);
        if self.pace.bytes >= FRAME_STALL_BYTES {
            self.pace = Pace { since: self.active, bytes: 0 };
        }
    }

    /// What the alarm finds; sets it anew if the connection may go on.
    pub(super) fn check_idle(&mut self) -> Result<(), Lost> {
        let still = self.active.elapsed();
        if self.phase == Phase::Ending {
            return Err(Lost::Stopped);
        }
        if still >= self.settings.idle_max {
            return Err(Lost::Idle);
        }
        let mut next = self.active + self.settings.idle_max;
        if self.frames.holds_share() {
            if self.stalls_others() {
                return Err(Lost::Stalled);
            }
            let (now, due) = (Instant::now(), self.pace.since + FRAME_STALL);
            next = next.min(if due > now { due } else { now + FRAME_STALL });
        }
        self.alarm.as_mut().reset(next);
        Ok(())
    }

    /// Whether others wait for what this client holds and it has long been its turn to move.
    fn stalls_others(&self) -> bool {
        self.pace.since.elapsed() >= FRAME_STALL
            && (self.wants_requests() || !self.outbox.is_empty())
            && self.settings.budget.is_contended()
    }
}
