//! The way in: from the socket to requests that have begun, with what the request budget has to say.

use std::io;

use super::budget::Share;
use super::frames::{FrameError, Next, RequestFrame};
use super::{Connection, Phase};
use crate::limits::{FRAME_STALL, FRAME_STALL_BYTES};

impl Connection {
    /// Reads once.
    pub(super) fn read(&mut self) -> io::Result<()> {
        let socket = &self.socket;
        match self.frames.fill(|room| socket.try_read_buf(room)) {
            Ok(0) => self.half_closed = true,
            Ok(bytes) => self.moved(bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Starts the next request if it is there whole and there is room for it.
    pub(super) fn start_next(&mut self) {
        while self.phase == Phase::Open
            && self.starting.is_none()
            && self.asking.is_none()
            && self.has_room()
        {
            match self.frames.next() {
                Ok(Next::Frame(RequestFrame { bytes, share })) => {
                    self.starting = Some(self.service.start(bytes));
                    self.share = share;
                }
                Ok(Next::NeedsShare(bytes)) => match self.settings.budget.try_take(bytes) {
                    Some(share) => self.grant(share),
                    None => {
                        let budget = self.settings.budget.clone();
                        self.asking = Some(Box::pin(async move { budget.take(bytes).await }));
                    }
                },
                Ok(Next::Incomplete) => return,
                Err(error @ (FrameError::Negative(_) | FrameError::TooLong { .. })) => {
                    self.end(&error);
                }
            }
        }
    }

    /// Brings the share that the frame at the front waited for.
    pub(super) fn grant(&mut self, share: Share) {
        self.frames.grant(share);
        self.moved(FRAME_STALL_BYTES);
        let stalled = self.active + FRAME_STALL;
        if stalled < self.alarm.deadline() {
            self.alarm.as_mut().reset(stalled);
        }
    }
}
