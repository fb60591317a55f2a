//! The segment that takes a group's place: written as `.cleaned`, made ready as `.swap`.

use std::fs::{self, File, FileTimes};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tracing::warn;
use vltava_model::Offset;
use vltava_records::BatchHeader;

use super::error::CleanError;
use crate::files::{self, Durability};
use crate::index::{Entry, OffsetEntry, TimeEntry};
use crate::names::{self, CLEANED, Kind, SWAP};
use crate::transactions::{AbortedTransaction, TransactionIndex};

/// The kinds of files that a segment has.
const KINDS: [Kind; 4] = [Kind::Log, Kind::OffsetIndex, Kind::TimeIndex, Kind::TransactionIndex];

/// Files with something behind their names, which are taken away again unless they are to get their final names.
#[derive(Debug)]
struct Beside {
    dir: Arc<Path>,
    base: Offset,
    behind: &'static str,
    /// They are no more to be taken away.
    is_taken: bool,
}

/// A segment being written.
pub(super) struct Target {
    beside: Beside,
    file: File,
    size: u32,
    interval: u32,
    offsets: Vec<OffsetEntry>,
    times: Vec<TimeEntry>,
    largest: Option<TimeEntry>,
    bytes_since_entry: u32,
}

/// A segment that is written and synced, and waits to take the place of others. Dropped, it is as if it never was.
#[derive(Debug)]
pub struct CleanedSegment {
    beside: Beside,
    size: u32,
}

impl Target {
    pub(super) fn create(
        dir: &Arc<Path>,
        base: Offset,
        interval: u32,
    ) -> Result<Target, CleanError> {
        let beside = Beside { dir: Arc::clone(dir), base, behind: CLEANED, is_taken: false };
        // Of a cleaning that ended half-way there may be files with entries that the new one does not have.
        beside.remove();
        let path = beside.path(Kind::Log);
        let file = File::create_new(&path).map_err(CleanError::io("make", &path))?;
        let (offsets, times) = (Vec::new(), Vec::new());
        let (largest, bytes_since_entry) = (None, 0);
        Ok(Target { beside, file, size: 0, interval, offsets, times, largest, bytes_since_entry })
    }

    pub(super) fn size_bytes(&self) -> u32 {
        self.size
    }

    /// Adds batches, all of `bytes`, of which these are the headers.
    pub(super) fn append(
        &mut self,
        bytes: &[u8],
        headers: &[BatchHeader],
    ) -> Result<(), CleanError> {
        let path = self.beside.path(Kind::Log);
        let end =
            i32::try_from(bytes.len()).ok().and_then(|more| more.checked_add_unsigned(self.size));
        if end.is_none() {
            return Err(CleanError::TooLarge { path });
        }
        self.file.write_all(bytes).map_err(CleanError::io("write", &path))?;
        for header in headers {
            self.note(header);
        }
        Ok(())
    }

    /// Extends the indexes as an append does.
    fn note(&mut self, header: &BatchHeader) {
        let relative = header.last_offset().distance_from(self.beside.base);
        let relative_offset = u32::try_from(relative).unwrap_or(0);
        let timestamp = header.max_timestamp;
        if timestamp > self.largest.map_or(-1, |largest| largest.timestamp) {
            self.largest = Some(TimeEntry { timestamp, relative_offset });
        }
        if self.bytes_since_entry > self.interval {
            self.offsets.push(OffsetEntry { relative_offset, position: self.size });
            self.seal_times();
            self.bytes_since_entry = 0;
        }
        let size = u32::try_from(header.size_bytes()).expect("it was read from a segment");
        self.bytes_since_entry = self.bytes_since_entry.saturating_add(size);
        self.size += size;
    }

    fn seal_times(&mut self) {
        let last = self.times.last().map_or(-1, |last| last.timestamp);
        self.times.extend(self.largest.filter(|largest| largest.timestamp > last));
    }

    /// Writes the indexes, syncs everything and makes it ready. `modified` is when the group was last written to.
    pub(super) fn finish(
        mut self,
        aborted: Vec<AbortedTransaction>,
        modified: SystemTime,
    ) -> Result<CleanedSegment, CleanError> {
        self.seal_times();
        self.write_index(Kind::OffsetIndex, &self.offsets)?;
        self.write_index(Kind::TimeIndex, &self.times)?;
        let path = self.beside.path(Kind::TransactionIndex);
        if !aborted.is_empty() {
            let written = TransactionIndex::empty().replace(&path, aborted, Durability::Lazy);
            written.map_err(CleanError::io("write", &path))?;
            sync(&path)?;
        }
        let path = self.beside.path(Kind::Log);
        self.file
            .set_times(FileTimes::new().set_modified(modified))
            .and_then(|()| self.file.sync_all())
            .map_err(CleanError::io("sync", &path))?;
        self.beside.rename(SWAP)?;
        Ok(CleanedSegment { beside: self.beside, size: self.size })
    }

    fn write_index<E: Entry>(&self, kind: Kind, entries: &[E]) -> Result<(), CleanError> {
        let path = self.beside.path(kind);
        let mut content = Vec::with_capacity(entries.len() * E::BYTES);
        entries.iter().for_each(|entry| entry.encode(&mut content));
        fs::write(&path, content).map_err(CleanError::io("write", &path))?;
        sync(&path)
    }
}

impl CleanedSegment {
    /// Bytes of batches in it.
    pub fn size_bytes(&self) -> u32 {
        self.size
    }

    /// The base offset, which is that of the first segment that it is made of.
    pub fn base_offset(&self) -> Offset {
        self.beside.base
    }

    /// From here on a start finishes the swap, and nothing takes the files away.
    pub(crate) fn begin_swap(&mut self) {
        self.beside.is_taken = true;
    }

    /// Gives the files their final names.
    pub(crate) fn put_in_place(&self) -> std::io::Result<()> {
        let Beside { dir, base, .. } = &self.beside;
        for kind in KINDS.into_iter().rev() {
            let from = names::path_with(dir, *base, kind, SWAP);
            files::rename_if_there(&from, &names::path(dir, *base, kind))?;
        }
        Ok(())
    }
}

impl Beside {
    fn path(&self, kind: Kind) -> PathBuf {
        names::path_with(&self.dir, self.base, kind, self.behind)
    }

    /// Renames all files, durably: the batches first, so that while one of the others has its old name, that name tells
    /// a start that the segment is not ready.
    fn rename(&mut self, behind: &'static str) -> Result<(), CleanError> {
        for kind in KINDS {
            let from = self.path(kind);
            let to = names::path_with(&self.dir, self.base, kind, behind);
            files::rename_if_there(&from, &to).map_err(CleanError::io("rename", &from))?;
        }
        self.behind = behind;
        files::sync_folder(&self.dir).map_err(CleanError::io("sync", &self.dir))
    }

    fn remove(&self) {
        // The batches last: batches that are ready may be put in place without their indexes, not the other way round.
        for behind in [SWAP, CLEANED] {
            for kind in KINDS.into_iter().rev() {
                let path = names::path_with(&self.dir, self.base, kind, behind);
                if let Err(error) = files::remove_if_there(&path) {
                    warn!(path = %path.display(), %error, "cannot remove what a cleaning wrote");
                }
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_taken {
            self.remove();
        }
    }
}

fn sync(path: &Path) -> Result<(), CleanError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(CleanError::io("sync", path))
}
