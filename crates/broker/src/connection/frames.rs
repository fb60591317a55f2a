//! Cuts the bytes of a connection into frames: 4 bytes of length, then as many bytes.
//!
//! Small frames come out of a buffer that one read may fill with many. A large frame is read into a buffer of its own, no
//! further than its end, so that all but its first 64 KiB are never moved. It gets that buffer, and has to have a share of
//! the request budget for it, when those first bytes are there, because a length is only a claim; one that is longer than
//! a usual producer's grows by doubling. While nothing is half read there is no buffer at all: an idle connection costs
//! its task.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use thiserror::Error;

use super::budget::Share;
use crate::limits::{FRAME_RESERVE_BYTES, READ_BYTES_MAX, READ_BYTES_MIN, SMALL_FRAME_BYTES};

const LENGTH_BYTES: usize = 4;

/// What of a frame, with its length, needs no share of the budget.
const FREE_BYTES: usize = LENGTH_BYTES + SMALL_FRAME_BYTES;

/// Why the bytes of a connection are no frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FrameError {
    /// The length is negative.
    #[error("a request of {0} bytes")]
    Negative(i32),
    /// The length is beyond `socket.request.max.bytes`.
    #[error("a request of {length} bytes, where socket.request.max.bytes allows {limit}")]
    TooLong {
        /// The length it claims.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
}

/// A whole request as it came, with its share of the request budget if it has one.
#[derive(Debug)]
pub(crate) struct RequestFrame {
    /// Header and body, without the length.
    pub(crate) bytes: Bytes,
    /// What it takes from the budget.
    pub(crate) share: Option<Share>,
}

/// What the buffer has to offer.
#[derive(Debug)]
pub(crate) enum Next {
    /// A whole frame.
    Frame(RequestFrame),
    /// Nothing until more is read.
    Incomplete,
    /// Nothing until [`Frames::grant`] brings a share of this many more bytes.
    NeedsShare(usize),
}

/// The receiving half of a connection.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: BytesMut,
    /// The share of the large frame at the front, as far as it was granted.
    share: Option<Share>,
    /// What the next read asks for when no big frame is under way.
    read_bytes: usize,
    limit: usize,
}

impl Frames {
    /// Takes frames of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Frames {
        Frames { buffer: BytesMut::new(), share: None, read_bytes: READ_BYTES_MIN, limit }
    }

    /// The next frame, or what it waits for.
    pub(crate) fn next(&mut self) -> Result<Next, FrameError> {
        let Some(length) = self.length()? else { return Ok(Next::Incomplete) };
        let whole = LENGTH_BYTES + length;
        if self.buffer.len() < whole {
            return Ok(match self.needs_share(whole) {
                0 => Next::Incomplete,
                bytes => Next::NeedsShare(bytes),
            });
        }
        self.buffer.advance(LENGTH_BYTES);
        let bytes = self.buffer.split_to(length).freeze();
        if length > SMALL_FRAME_BYTES {
            self.read_bytes = READ_BYTES_MIN;
        }
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(Next::Frame(RequestFrame { bytes, share: self.share.take() }))
    }

    /// Brings the share that [`Next::NeedsShare`] asked for.
    pub(crate) fn grant(&mut self, share: Share) {
        match &mut self.share {
            Some(held) => held.join(share),
            None => self.share = Some(share),
        }
    }

    /// Forgets what is half read.
    pub(crate) fn clear(&mut self) {
        *self = Frames::new(self.limit);
    }

    /// Whether a frame is under way that holds part of the budget.
    pub(crate) fn holds_share(&self) -> bool {
        self.share.is_some()
    }

    /// What is held for half a frame without a share of the budget.
    pub(crate) fn unshared_bytes(&self) -> usize {
        if self.share.is_some() { 0 } else { self.buffer.capacity() }
    }

    /// Whether bytes stand here that are no whole frame yet.
    pub(crate) fn is_midway(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Reads once, with a function that fills what room it is given and says how many bytes it took (0: the end).
    pub(crate) fn fill<E>(
        &mut self,
        read: impl FnOnce(&mut bytes::buf::Limit<&mut BytesMut>) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let wanted = self.make_room();
        let result = read(&mut (&mut self.buffer).limit(wanted));
        if result.as_ref().is_ok_and(|&n| n == wanted) {
            self.read_bytes = (self.read_bytes * 2).min(READ_BYTES_MAX);
        }
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        result
    }

    /// Makes room for the next read and says how much of it to use.
    fn make_room(&mut self) -> usize {
        let have = self.buffer.len();
        let whole = self.length().ok().flatten().map_or(0, |length| LENGTH_BYTES + length);
        if whole <= FREE_BYTES {
            let wanted = self.read_bytes.max(whole.saturating_sub(have));
            self.buffer.reserve(wanted);
            return wanted;
        }
        let capacity = match &self.share {
            None => FREE_BYTES,
            Some(share) if have == self.buffer.capacity() => share.covers().min(grown(have)),
            Some(share) => share.covers().min(self.buffer.capacity().max(FRAME_RESERVE_BYTES)),
        };
        let capacity = capacity.min(whole);
        assert!(have < capacity, "nothing is read before the share that it needs is there");
        if self.buffer.capacity() < capacity {
            let mut larger = BytesMut::with_capacity(capacity);
            larger.extend_from_slice(&self.buffer);
            self.buffer = larger;
        }
        capacity - have
    }

    /// How much more of the budget a frame of `whole` bytes has to have before more of it is read.
    fn needs_share(&self, whole: usize) -> usize {
        let covered = self.share.as_ref().map_or(0, Share::covers);
        if self.buffer.len() < covered.max(FREE_BYTES) {
            return 0;
        }
        whole.min(grown(self.buffer.len())) - covered
    }

    fn length(&self) -> Result<Option<usize>, FrameError> {
        let Some(&prefix) = self.buffer.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let claimed = i32::from_be_bytes(prefix);
        let length = usize::try_from(claimed).or(Err(FrameError::Negative(claimed)))?;
        if length > self.limit {
            return Err(FrameError::TooLong { length, limit: self.limit });
        }
        Ok(Some(length))
    }
}

/// How large the buffer of a large frame is to be when `have` bytes of it have come.
fn grown(have: usize) -> usize {
    FRAME_RESERVE_BYTES.max(have * 2)
}

#[cfg(test)]
mod tests;
