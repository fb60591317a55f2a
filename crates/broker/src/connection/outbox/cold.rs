//! What is not in the page cache.
//!
//! Sending a range of a file, or reading one, waits for the disk where its pages are not in memory, and with it all other
//! connections of the thread. So the cache is asked first; what it has not is read by a thread of the pool, a few at a time
//! (`num.io.threads`), and sent when it is there. Asking costs a microsecond for each MiB; a file system that cannot be
//! asked is believed to have everything in memory.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};
use tokio::sync::Semaphore;
use vltava_protocol::FileRange;
use vltava_runtime::Tasks;

/// What the system is told will be wanted next, behind what is waited for.
const AHEAD_BYTES: u64 = 3 << 20;

/// Waiting for one byte of each of these is waiting for all: the system reads no less at a time.
const STEP_BYTES: usize = 64 << 10;

/// Ranges of files that have to be brought into the page cache before they are sent.
#[derive(Debug)]
pub(crate) struct Cold {
    pub(super) ranges: Vec<FileRange>,
}

/// The threads for it, shared by all connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ColdReads {
    room: Arc<Semaphore>,
    tasks: Tasks,
}

impl ColdReads {
    /// At most `threads` at a time, within the scope of the server.
    pub(crate) fn new(threads: usize, tasks: Tasks) -> ColdReads {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS);
        ColdReads { room: Arc::new(Semaphore::new(threads)), tasks }
    }

    /// Brings the ranges into the page cache, and says how many bytes they are.
    pub(crate) fn warm(&self, cold: Cold) -> BoxFuture<'static, usize> {
        let ColdReads { room, tasks } = self.clone();
        let bytes = cold.ranges.iter().map(|range| range.length).sum();
        Box::pin(async move {
            let _room = room.acquire_owned().await.expect("the semaphore is never closed");
            // If it cannot be read, or the pool is at its end, the send finds that out.
            let _ = tasks.spawn_blocking(move || cold.warm()).await;
            bytes
        })
    }
}

impl Cold {
    /// Waits for the disk. Whatever is wrong with it, the send finds out.
    pub(super) fn warm(&self) {
        for FileRange { file, position, length } in &self.ranges {
            let length = u64::try_from(*length).unwrap_or(u64::MAX).saturating_add(AHEAD_BYTES);
            let length = std::num::NonZeroU64::new(length);
            let _ = rustix::fs::fadvise(file, *position, length, Advice::WillNeed);
        }
        let mut byte = [0];
        for FileRange { file, position, length } in &self.ranges {
            let last = length.saturating_sub(1);
            for at in (0..*length).step_by(STEP_BYTES).chain([last]) {
                let _ = file.read_at(&mut byte, position + at as u64);
            }
        }
    }
}

/// Whether the page cache seems to have the range: its first and its last byte, since files are read in large pieces.
pub(super) fn is_cached(file: &File, position: u64, length: usize) -> bool {
    let mut byte = [0];
    [position, position + length.saturating_sub(1) as u64]
        .into_iter()
        .all(|at| !matches!(read_now(file, &mut byte, at), Err(Errno::AGAIN)))
}

/// Reads a range if the page cache has all of it.
pub(super) fn read_cached(range: &FileRange) -> io::Result<Option<Bytes>> {
    let mut bytes = vec![0; range.length];
    match read_now(&range.file, &mut bytes, range.position) {
        Ok(read) if read == range.length => Ok(Some(bytes.into())),
        Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(Errno::OPNOTSUPP) => super::read_range(range).map(Some),
        Err(error) => Err(error.into()),
    }
}

fn read_now(file: &File, bytes: &mut [u8], position: u64) -> rustix::io::Result<usize> {
    let mut into = [IoSliceMut::new(bytes)];
    rustix::io::preadv2(file, &mut into, position, ReadWriteFlags::NOWAIT)
}
