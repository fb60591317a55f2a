//! How long a connection may keep a thread.
//!
//! A client that sends faster than it is answered, or reads as fast as it is sent to, never makes its connection wait:
//! the socket is always ready, and nothing in the runtime counts that (tokio's own budget does not cover readiness).
//! Without a turn's end such a client would have the thread for good, and with it the other connections whose turn
//! it was to be, down to the runtime's own look at which sockets are ready.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::time::Instant;

use crate::limits::TURN_MAX;

/// One connection's time on a thread.
pub(super) struct Turn {
    began: Instant,
}

impl Turn {
    /// It begins now.
    pub(super) fn begin() -> Turn {
        Turn { began: Instant::now() }
    }

    /// Waits for `future`; if it had to wait for it, a new turn begins then.
    pub(super) async fn during<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut has_waited = false;
        let output = poll_fn(|ctx| match future.as_mut().poll(ctx) {
            Poll::Pending => {
                has_waited = true;
                Poll::Pending
            }
            ready => ready,
        });
        let output = output.await;
        if has_waited {
            self.began = Instant::now();
        }
        output
    }

    /// Lets others have the thread if it is their turn.
    pub(super) async fn end_if_over(&mut self) {
        if self.began.elapsed() >= TURN_MAX {
            tokio::task::yield_now().await;
            self.began = Instant::now();
        }
    }
}
