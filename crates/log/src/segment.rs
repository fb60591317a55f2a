//! One segment: a run of batches in one file, its two indexes, and the reads that need no lock but the segment's own.
//!
//! `size` is published after the bytes are in the file, so a reader that stays below it sees whole batches. The file
//! and the indexes are opened when somebody needs them, and given back when nobody has for a while.

mod append;
mod cleaning;
mod indexes;
mod read;
mod recent;
mod timestamps;
mod transactions;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, fallocate};
use vltava_model::{Offset, Timestamp};

use crate::index::{Index, OffsetEntry, TimeEntry};
use crate::limits::REBUILD_INTERVAL_BYTES;
use crate::names::{self, Kind};
use crate::transactions::TransactionIndex;
use recent::Recent;

pub use read::ReadSlice;

/// A run of batches in one file, with its indexes.
#[derive(Debug)]
pub struct Segment {
    dir: Arc<Path>,
    base_offset: Offset,
    /// Whole batches end here.
    size: AtomicU32,
    /// Whether somebody asked for the file since [`Segment::release_idle_files`] was called.
    used: AtomicBool,
    file: Mutex<Option<Arc<File>>>,
    state: Mutex<State>,
    /// Locked by who reads committed records only, and for markers.
    transactions: Mutex<TransactionIndex>,
    /// Compaction made it: all of it is behind every end that a reader may have looked up.
    is_cleaned: bool,
    /// Its files' names are another segment's. Changed with all locks held.
    is_retired: AtomicBool,
}

/// What the segment's lock protects. Nothing in it is known before the indexes are open.
#[derive(Debug)]
struct State {
    offsets: Index<OffsetEntry>,
    times: Index<TimeEntry>,
    /// The largest timestamp and its batch; the last entry of the time index may be older.
    largest: Option<TimeEntry>,
    bytes_since_entry: u32,
    interval: u32,
    /// Of the first batch, whether it has one or not; `None` while nobody has looked.
    first_timestamp: Option<Timestamp>,
    recent: Recent,
    /// An append failed, and what it wrote could not be cut off the file again.
    overhang: bool,
}

impl Segment {
    /// Makes the files of a segment that begins at `base_offset`.
    pub(crate) fn create(
        dir: &Arc<Path>,
        base_offset: Offset,
        preallocate_bytes: Option<u32>,
    ) -> io::Result<Segment> {
        let path = names::path(dir, base_offset, Kind::Log);
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        if file.metadata()?.len() > 0 {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if let Some(bytes) = preallocate_bytes {
            fallocate(&file, FallocateFlags::KEEP_SIZE, 0, u64::from(bytes))?;
        }
        let state = State::new(Index::empty(), Index::empty());
        let mut segment = Segment::new(dir, base_offset, 0, Some(Arc::new(file)), state);
        segment.transactions = Mutex::new(TransactionIndex::empty());
        Ok(segment)
    }

    /// An empty segment that has no files before it is first written to.
    pub(crate) fn unmade(dir: &Arc<Path>, base_offset: Offset) -> Segment {
        Segment::new(dir, base_offset, 0, None, State::new(Index::empty(), Index::empty()))
    }

    /// A segment that is there, of `size` bytes.
    pub(crate) fn existing(dir: &Arc<Path>, base_offset: Offset, size: u32) -> Segment {
        let state = State::new(Index::unopened(), Index::unopened());
        Segment::new(dir, base_offset, size, None, state)
    }

    fn new(
        dir: &Arc<Path>,
        base_offset: Offset,
        size: u32,
        file: Option<Arc<File>>,
        state: State,
    ) -> Segment {
        Segment {
            dir: Arc::clone(dir),
            base_offset,
            size: AtomicU32::new(size),
            used: AtomicBool::new(file.is_some()),
            file: Mutex::new(file),
            state: Mutex::new(state),
            transactions: Mutex::new(TransactionIndex::unopened()),
            is_cleaned: false,
            is_retired: AtomicBool::new(false),
        }
    }

    /// The offset that names the segment: none in it is smaller.
    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// Bytes of batches in it now.
    pub fn size_bytes(&self) -> u32 {
        self.size.load(Ordering::Acquire)
    }

    pub(crate) fn path(&self, kind: Kind) -> PathBuf {
        names::path(&self.dir, self.base_offset, kind)
    }

    /// The file with the batches. A reader may come for it after the segment was deleted.
    pub(crate) fn file(&self) -> io::Result<Arc<File>> {
        self.used.store(true, Ordering::Relaxed);
        let mut slot = self.file.lock();
        if let Some(file) = &*slot {
            return Ok(Arc::clone(file));
        }
        self.check_not_retired()?;
        // Empty and not there: it is made by its first append.
        let is_empty = self.size_bytes() == 0;
        let open = |path: PathBuf, make: bool| {
            File::options().read(true).write(true).create(make).truncate(false).open(path)
        };
        let file = match open(self.path(Kind::Log), is_empty) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => open(
                names::path_with(&self.dir, self.base_offset, Kind::Log, names::DELETED),
                false,
            ),
            result => result,
        }?;
        Ok(Arc::clone(slot.insert(Arc::new(file))))
    }

    /// Gives the files back if nobody asked for them since the last call.
    pub(crate) fn release_idle_files(&self) {
        if !self.used.swap(false, Ordering::Relaxed) {
            self.close_files();
        }
    }

    /// Gives the files back; whoever needs them next opens them again.
    pub(crate) fn close_files(&self) {
        *self.file.lock() = None;
        let mut state = self.state.lock();
        state.offsets.release_file();
        state.times.release_file();
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// `offset` as the indexes have it. Offsets outside of the segment's range go to the nearest one inside.
    fn relative(&self, offset: Offset) -> u32 {
        let relative = offset.distance_from(self.base_offset).clamp(0, i64::from(i32::MAX));
        u32::try_from(relative).expect("it was clamped")
    }

    /// An offset of the indexes as it is in the log.
    fn absolute(&self, relative: u32) -> Offset {
        self.base_offset.checked_add(i64::from(relative)).unwrap_or(self.base_offset)
    }

    /// Whether the indexes can hold `offset`.
    pub(crate) fn can_hold(&self, offset: Offset) -> bool {
        (0..=i64::from(i32::MAX)).contains(&offset.distance_from(self.base_offset))
    }

    /// When the file was last written to.
    pub(crate) fn last_modified(&self) -> io::Result<Timestamp> {
        let since = self.file()?.metadata()?.modified()?.duration_since(UNIX_EPOCH);
        Ok(Timestamp(i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)))
    }

    /// Takes the segment's files out of the log by name; readers that hold them can go on.
    pub(crate) fn rename_to_deleted(&self) -> io::Result<()> {
        // The batches last: what is left after a crash half-way is a segment without indexes, which are made anew.
        for kind in Kind::ALL.into_iter().rev().filter(|kind| *kind != Kind::Snapshot) {
            let to = names::path_with(&self.dir, self.base_offset, kind, names::DELETED);
            crate::files::rename_if_there(&self.path(kind), &to)?;
        }
        Ok(())
    }

    /// Removes the files of a segment that was deleted.
    pub(crate) fn remove_deleted(dir: &Path, base_offset: Offset) {
        for kind in Kind::ALL {
            let path = names::path_with(dir, base_offset, kind, names::DELETED);
            if let Err(error) = crate::files::remove_if_there(&path) {
                tracing::warn!(path = %path.display(), %error, "cannot remove a deleted file");
            }
        }
    }
}

impl State {
    fn new(offsets: Index<OffsetEntry>, times: Index<TimeEntry>) -> State {
        State {
            offsets,
            times,
            largest: None,
            bytes_since_entry: 0,
            interval: REBUILD_INTERVAL_BYTES,
            first_timestamp: None,
            recent: Recent::default(),
            overhang: false,
        }
    }
}
