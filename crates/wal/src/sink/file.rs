//! Chunks in files.
//!
//! A file is named by the sequence number of its first chunk, `00000000000000000042.wal`, and holds chunks one behind the
//! other, each at a multiple of 4096. Files are preallocated, and once trimmed they are recycled: renamed to
//! `….free.wal`, and to their next name when their time comes. So in steady state a file's size and blocks never
//! change, and an `fdatasync` has data to write and no metadata. New files get their space reserved at once. The first
//! write to a reserved block changes metadata, too, and takes twice as long to sync; so once the WAL is in use, new files
//! are zeroed while there is nothing else to do.
//!
//! A recycled file still has its old chunks. Their sequence numbers are smaller than the file's name, and where the
//! new ones end, smaller than what would come next: so they are told apart. Where no file is left that tells the last
//! number, numbers begin anew, and recycled files are removed first.
//!
//! Each open begins a new file: all chunks of a file are of one run. Renames are not synced one by one where a file
//! is freed; file systems with a journal keep their order, and what is trimmed is the oldest first.

mod files;
mod scan;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use tracing::{debug, warn};

use crate::errors::OpenError;
use crate::limits::PREPARE_BYTES;
use crate::wal::{Broker, Lsn, WalConfig};
use crate::{Chunk, ReadBack, Recovered, Sink, WriteError};
use files::{Folder, is_for_later, write_slices};

/// Chunks in preallocated files of the data folder.
pub struct FileSink {
    folder: Folder,
    broker: Broker,
    file_bytes: u64,
    bytes_max: u64,
    spares_max: usize,
    /// Files with chunks that are needed, oldest first.
    live: VecDeque<Live>,
    /// The last of `live`, if it takes more chunks.
    current: Option<Current>,
    /// Files to write to next, all of `file_bytes`.
    spares: Vec<Spare>,
    /// Something was written since the open.
    in_use: bool,
    /// Preparing a spare failed: not again before something has changed.
    prepare_failed: bool,
}

struct Live {
    name: String,
    size: u64,
    /// The bytes that chunks take.
    used: u64,
    last_lsn: Lsn,
}

struct Current {
    file: File,
    /// Blocks before this were written to at some time.
    touched: u64,
}

struct Spare {
    name: String,
    /// Blocks before this were written to at some time.
    touched: u64,
}

impl FileSink {
    /// Reads what is there.
    pub fn open(config: &WalConfig, broker: Broker) -> Result<(FileSink, Recovered), OpenError> {
        let folder = Folder::open(&config.dir)?;
        let found = scan::scan(&folder, broker.id)?;
        let spares_max =
            config.checkpoint_bytes.div_ceil(config.file_bytes.max(1)).saturating_add(1);
        let mut sink = FileSink {
            folder,
            broker,
            file_bytes: config.file_bytes,
            bytes_max: config.bytes_max,
            spares_max: usize::try_from(spares_max).unwrap_or(usize::MAX),
            live: VecDeque::new(),
            current: None,
            spares: Vec::new(),
            in_use: false,
            prepare_failed: false,
        };
        for file in &found.live {
            let (name, size, used) = (file.name.clone(), file.size, file.used);
            sink.live.push_back(Live { name, size, used, last_lsn: Lsn::RECOVERED });
        }
        // Without a live file the numbers begin anew, and old chunks could be taken for new ones.
        let usable = |size: u64| size == config.file_bytes && !found.live.is_empty();
        for (name, size) in &found.free {
            if usable(*size) && sink.spares.len() < sink.spares_max {
                sink.spares.push(Spare { name: name.clone(), touched: *size });
            } else {
                sink.folder
                    .remove(name)
                    .map_err(OpenError::io("remove", &sink.folder.path(name)))?;
            }
        }
        if let Some(Live { name, size, .. }) = sink.live.back().filter(|last| last.used == 0) {
            let file = sink.folder.open_file(name);
            let file = file.map_err(OpenError::io("open", &sink.folder.path(name)))?;
            sink.current = Some(Current { file, touched: *size });
        }
        let next_sequence = found.next_sequence;
        let chunks = Box::new(scan::ReadBack::new(sink.folder.dir(), found));
        Ok((sink, Recovered { next_sequence, chunks }))
    }

    /// Begins the file whose first chunk is `chunk`.
    fn rotate(&mut self, chunk: &Chunk<'_>) -> io::Result<()> {
        let size = self.file_bytes.max(chunk.length);
        let live: u64 = self.live.iter().map(|file| file.size).sum();
        if live + size > self.bytes_max && !self.live.is_empty() {
            let text = format!("its maximum of {} bytes is reached", self.bytes_max);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, text));
        }
        if let Some(empty) = self.live.pop_back_if(|last| last.used == 0) {
            // Too small for the chunk. Its name is that of the new file.
            self.free(&empty)?;
        }
        let name = Folder::name(chunk.sequence);
        let current = match self.spares.last() {
            Some(spare) if size == self.file_bytes => {
                let file = self.folder.open_file(&spare.name)?;
                self.folder.rename(&spare.name, &name)?;
                let touched = spare.touched;
                self.spares.pop();
                Current { file, touched }
            }
            _ => Current { file: self.folder.create(&name, size)?, touched: 0 },
        };
        self.folder.sync()?;
        self.live.push_back(Live { name, size, used: 0, last_lsn: chunk.last_lsn });
        self.current = Some(current);
        self.prepare_failed = false;
        Ok(())
    }

    /// Makes a file that was trimmed a spare, or removes it if there are enough, or if it is of an odd size.
    fn free(&mut self, file: &Live) -> io::Result<()> {
        if file.size != self.file_bytes || self.spares.len() >= self.spares_max {
            return self.folder.remove(&file.name);
        }
        let name = Folder::free_name(&file.name);
        self.folder.rename(&file.name, &name)?;
        // A file that was a moment in use has blocks that were not; it is touched soon enough.
        self.spares.push(Spare { name, touched: file.size });
        Ok(())
    }

    fn prepare_next(&mut self) -> io::Result<bool> {
        if self.spares.is_empty() {
            let live: u64 = self.live.iter().map(|file| file.size).sum();
            if live + self.file_bytes > self.bytes_max {
                return Ok(false);
            }
            let name = Folder::new_name();
            self.folder.create(&name, self.file_bytes)?;
            self.spares.push(Spare { name, touched: 0 });
            return Ok(true);
        }
        if !self.in_use {
            return Ok(false);
        }
        if let Some((current, live)) = self.current.as_mut().zip(self.live.back()) {
            current.touched = current.touched.max(live.used);
            if current.touched < live.size {
                current.touched = zero(&current.file, current.touched, live.size)?;
                return Ok(true);
            }
        }
        match self.spares.last_mut().filter(|spare| spare.touched < self.file_bytes) {
            Some(spare) => {
                let file = self.folder.open_file(&spare.name)?;
                spare.touched = zero(&file, spare.touched, self.file_bytes)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// Zeroes a piece of a file from `position` on; returns where the piece ends.
fn zero(file: &File, position: u64, size: u64) -> io::Result<u64> {
    let length = PREPARE_BYTES.min(size - position);
    let zeros = vec![0; usize::try_from(length).expect("a mebibyte fits")];
    file.write_all_at(&zeros, position)?;
    file.sync_data()?;
    Ok(position + length)
}

impl Sink for FileSink {
    fn write(&mut self, chunk: &Chunk<'_>) -> Result<(), WriteError> {
        let has_room = |file: &Live| file.used.saturating_add(chunk.length) <= file.size;
        if self.current.is_none() || !self.live.back().is_some_and(has_room) {
            self.current = None;
            self.rotate(chunk).map_err(|cause| write_error("begin a file of", cause))?;
        }
        let live = self.live.back_mut().expect("the current file is live");
        let file = &self.current.as_ref().expect("there is one now").file;
        write_slices(file, &chunk.slices, live.used)
            .map_err(|cause| write_error("write", cause))?;
        file.sync_data().map_err(|source| WriteError::Failed { action: "sync", source })?;
        live.used += chunk.length;
        live.last_lsn = chunk.last_lsn;
        self.in_use = true;
        Ok(())
    }

    fn trim(&mut self, upto: Lsn) {
        self.prepare_failed = false;
        while self.live.front().is_some_and(|file| file.last_lsn <= upto) {
            let Some(file) = self.live.pop_front() else { return };
            if self.live.is_empty() {
                self.current = None;
            }
            if let Err(cause) = self.free(&file) {
                warn!(error = %cause, "cannot free {}, trying again later", file.name);
                self.live.push_front(file);
                return;
            }
        }
    }

    fn prepare(&mut self) -> bool {
        if self.prepare_failed {
            return false;
        }
        self.prepare_next().unwrap_or_else(|cause| {
            debug!(error = %cause, "cannot prepare a file of the write-ahead log ahead of time");
            self.prepare_failed = true;
            false
        })
    }

    fn live_bytes(&self) -> u64 {
        self.live.iter().map(|file| file.used).sum()
    }

    fn read_back(&self) -> ReadBack {
        let (dir, broker) = (self.folder.dir().to_owned(), self.broker.id);
        Box::new(move |next_sequence| {
            let found = scan::scan_live(&Folder::open(&dir)?, broker, next_sequence)?;
            let next_sequence = found.next_sequence;
            let chunks = Box::new(scan::ReadBack::new(&dir, found));
            Ok(Recovered { next_sequence, chunks })
        })
    }
}

fn write_error(action: &'static str, source: io::Error) -> WriteError {
    if is_for_later(&source) {
        WriteError::Full(source)
    } else {
        WriteError::Failed { action, source }
    }
}
