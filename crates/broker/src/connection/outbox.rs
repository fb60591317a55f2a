//! The sending half of a connection: frames in order, as pieces of memory and ranges of files.
//!
//! Memory goes out gathered, file ranges by sendfile from the page cache to the socket. Nothing here waits: what the
//! socket does not take stays.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;

use bytes::{Buf, Bytes};
use rustix::net::{SendAncillaryBuffer, SendFlags};
use tokio::io::Interest;
use tokio::net::TcpStream;
use vltava_protocol::{FileRange, Frame, Segment};

use crate::limits::{SENDFILE_BYTES_MIN, WRITE_SEGMENTS_MAX};

/// What one turn sends at most, so that a fast reader, or a file that is not in the page cache, does not keep a thread
/// from other connections for long.
const TURN_BYTES: usize = 1 << 20;

/// Small file ranges that are read ahead of one write, together.
const READ_AHEAD_BYTES: usize = 256 << 10;

/// Responses on their way out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    segments: VecDeque<Segment>,
    memory_bytes: usize,
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

    /// Sends what the socket takes now, up to a turn's worth, and says how many bytes that was.
    pub(crate) fn send(&mut self, socket: &TcpStream) -> io::Result<usize> {
        let mut sent = 0;
        while sent < TURN_BYTES && !self.segments.is_empty() {
            let result = match self.segments.front() {
                Some(Segment::File(range)) if range.length >= SENDFILE_BYTES_MIN => {
                    send_file(socket, range)
                }
                _ => self.send_memory(socket),
            };
            match result {
                Ok(n) => {
                    self.advance(n);
                    sent += n;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    fn send_memory(&mut self, socket: &TcpStream) -> io::Result<usize> {
        let count = self.load()?;
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
            Ok(rustix::net::sendmsg(socket, &slices[..count], &mut control, flags)?)
        })
    }

    /// Reads the small file ranges among the first segments, and says how many segments can go out in one write.
    fn load(&mut self) -> io::Result<usize> {
        let mut count = 0;
        let mut read = 0;
        for segment in self.segments.iter_mut().take(WRITE_SEGMENTS_MAX) {
            if let Segment::File(range) = segment {
                if range.length >= SENDFILE_BYTES_MIN || read >= READ_AHEAD_BYTES {
                    break;
                }
                read += range.length;
                self.memory_bytes += range.length;
                *segment = Segment::Bytes(read_range(range)?);
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
                    range.length -= n;
                    range.position += n as u64;
                    return;
                }
                Segment::File(range) => n -= range.length,
            }
            self.segments.pop_front();
        }
    }
}

fn send_file(socket: &TcpStream, range: &FileRange) -> io::Result<usize> {
    let mut position = range.position;
    let count = range.length.min(TURN_BYTES);
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
