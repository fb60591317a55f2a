//! The sending half of a connection: frames in order, as pieces of memory and ranges of files.
//!
//! Memory goes out gathered, file ranges by sendfile from the page cache to the socket. Nothing here waits: what the
//! socket does not take stays, and what the page cache has not is handed over ([`Cold`]).

mod cold;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;

use bytes::{Buf, Bytes};
use rustix::net::{SendAncillaryBuffer, SendFlags};
use tokio::io::Interest;
use tokio::net::TcpStream;
use vltava_protocol::{FileRange, Frame, Segment};

pub(crate) use self::cold::{Cold, ColdReads};
use self::cold::{is_cached, read_cached};
use crate::limits::{SENDFILE_BYTES_MIN, WRITE_SEGMENTS_MAX};

/// What one turn sends at most, so that a fast reader does not keep a thread from other connections for long; and what is
/// brought into the page cache at a time.
const TURN_BYTES: usize = 1 << 20;

/// Small file ranges that are read ahead of one write, together.
const READ_AHEAD_BYTES: usize = 256 << 10;

/// Responses on their way out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    segments: VecDeque<Segment>,
    memory_bytes: usize,
    /// So many of the next bytes of files are known to be in the page cache, or were when they were last seen.
    cached_bytes: usize,
}

/// What one turn sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// How much that was.
    pub(crate) bytes: usize,
    /// What has to be brought into the page cache before more can be sent; then [`Outbox::is_warm`] is to be told.
    pub(crate) cold: Option<Cold>,
}

impl Outbox {
    /// Puts a frame behind the others.
    pub(crate) fn push(&mut self, frame: Frame) {
        for segment in frame.segments {
            if let Segment::Bytes(bytes) = &segment {
                self.memory_bytes += bytes.len();
            }
            self.segments.push_back(segment);
        }
    }

    /// Whether everything is sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The bytes in memory that wait here.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// The next so many bytes of files were brought into the page cache.
    pub(crate) fn is_warm(&mut self, bytes: usize) {
        self.cached_bytes = bytes;
    }

    /// Sends what the socket takes now, up to a turn's worth.
    pub(crate) fn send(&mut self, socket: &TcpStream) -> io::Result<Sent> {
        let mut sent = Sent { bytes: 0, cold: None };
        while sent.bytes < TURN_BYTES && !self.segments.is_empty() {
            match self.send_next(socket) {
                Ok(Some(n)) => {
                    self.advance(n);
                    sent.bytes += n;
                }
                Ok(None) => {
                    sent.cold = Some(self.cold());
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Sends as much as goes in one call; `None` if what is next is not in the page cache.
    fn send_next(&mut self, socket: &TcpStream) -> io::Result<Option<usize>> {
        let Some(Segment::File(range)) = self.segments.front() else {
            return self.send_memory(socket);
        };
        if range.length < SENDFILE_BYTES_MIN {
            return self.send_memory(socket);
        }
        let count = range.length.min(TURN_BYTES);
        if self.cached_bytes == 0 {
            if !is_cached(&range.file, range.position, count) {
                return Ok(None);
            }
            self.cached_bytes = count;
        }
        send_file(socket, range, count.min(self.cached_bytes)).map(Some)
    }

    /// What is next in files, up to a turn's worth.
    fn cold(&self) -> Cold {
        let mut left = TURN_BYTES;
        let mut ranges = Vec::new();
        for segment in &self.segments {
            if let Segment::File(range) = segment
                && left > 0
            {
                let length = range.length.min(left);
                left -= length;
                ranges.push(FileRange { length, ..range.clone() });
            }
        }
        Cold { ranges }
    }

    fn send_memory(&mut self, socket: &TcpStream) -> io::Result<Option<usize>> {
        let count = self.load()?;
        if count == 0 {
            return Ok(None);
        }
        let mut slices = [IoSlice::new(&[]); WRITE_SEGMENTS_MAX];
        for (slice, segment) in slices.iter_mut().zip(self.segments.range(..count)) {
            if let Segment::Bytes(bytes) = segment {
                *slice = IoSlice::new(bytes);
            }
        }
        let mut flags = SendFlags::NOSIGNAL;
        if self.segments.len() > count {
            flags |= SendFlags::MORE;
        }
        socket.try_io(Interest::WRITABLE, || {
            let mut control = SendAncillaryBuffer::default();
            Ok(Some(rustix::net::sendmsg(socket, &slices[..count], &mut control, flags)?))
        })
    }

    /// Reads the small file ranges among the first segments, and says how many segments can go out in one write: none if
    /// the first is not in the page cache.
    fn load(&mut self) -> io::Result<usize> {
        let mut count = 0;
        let mut read = 0;
        for segment in self.segments.iter_mut().take(WRITE_SEGMENTS_MAX) {
            if let Segment::File(range) = segment {
                if range.length >= SENDFILE_BYTES_MIN || read >= READ_AHEAD_BYTES {
                    break;
                }
                // What was brought in just now is read whatever it takes, so that one gets on with no memory at all.
                let bytes = match self.cached_bytes.checked_sub(range.length) {
                    Some(left) => {
                        self.cached_bytes = left;
                        read_range(range)?
                    }
                    None => match read_cached(range)? {
                        Some(bytes) => bytes,
                        None => break,
                    },
                };
                read += range.length;
                self.memory_bytes += range.length;
                *segment = Segment::Bytes(bytes);
            }
            count += 1;
        }
        Ok(count)
    }

    /// Forgets the first `n` bytes, and segments that hold none.
    fn advance(&mut self, mut n: usize) {
        while let Some(segment) = self.segments.front_mut() {
            match segment {
                Segment::Bytes(bytes) if bytes.len() > n => {
                    bytes.advance(n);
                    self.memory_bytes -= n;
                    return;
                }
                Segment::Bytes(bytes) => {
                    n -= bytes.len();
                    self.memory_bytes -= bytes.len();
                }
                Segment::File(range) if range.length > n => {
                    self.cached_bytes = self.cached_bytes.saturating_sub(n);
                    range.length -= n;
                    range.position += n as u64;
                    return;
                }
                Segment::File(range) => {
                    self.cached_bytes = self.cached_bytes.saturating_sub(range.length);
                    n -= range.length;
                }
            }
            self.segments.pop_front();
        }
    }
}

fn send_file(socket: &TcpStream, range: &FileRange, count: usize) -> io::Result<usize> {
    let mut position = range.position;
    let sent = socket.try_io(Interest::WRITABLE, || {
        Ok(rustix::fs::sendfile(socket, &*range.file, Some(&mut position), count)?)
    })?;
    if sent == 0 {
        return Err(ends_early(range));
    }
    Ok(sent)
}

fn read_range(range: &FileRange) -> io::Result<Bytes> {
    let mut bytes = vec![0; range.length];
    match range.file.read_exact_at(&mut bytes, range.position) {
        Ok(()) => Ok(bytes.into()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(ends_early(range)),
        Err(error) => Err(error),
    }
}

fn ends_early(range: &FileRange) -> io::Error {
    let what = format!("a segment ends before {} + {}", range.position, range.length);
    io::Error::new(io::ErrorKind::UnexpectedEof, what)
}

#[cfg(test)]
mod tests;
