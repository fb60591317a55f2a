//! The producer snapshots of a log: which there are, taking one, and loading the producers at start.

use std::fs;
use std::io;
use std::path::Path;

use tracing::{error, warn};
use vltava_model::{Offset, Timestamp};

use super::Log;
use crate::files;
use crate::names::{self, Kind};
use crate::producers::Producers;

/// The offsets of the snapshot files, in order.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    offsets: Vec<Offset>,
}

impl Snapshots {
    pub(super) fn new(mut offsets: Vec<Offset>) -> Snapshots {
        offsets.sort_unstable();
        Snapshots { offsets }
    }

    pub(super) fn newest(&self) -> Option<Offset> {
        self.offsets.last().copied()
    }

    /// Removes the files for which `remove` says so.
    pub(super) fn remove(&mut self, dir: &Path, remove: impl Fn(Offset) -> bool) {
        self.offsets.retain(|offset| {
            if !remove(*offset) {
                return true;
            }
            let path = names::path(dir, *offset, Kind::Snapshot);
            if let Err(error) = files::remove_if_there(&path) {
                warn!(path = %path.display(), %error, "cannot remove a producer snapshot");
            }
            false
        });
    }
}

impl Log {
    /// Writes the producers as they are now, unless that was done at this offset already.
    pub(super) fn take_snapshot(&mut self) -> io::Result<()> {
        let offset = self.log_end_offset;
        let first = self.segments[0].base_offset();
        if self.snapshots.newest().unwrap_or(first) >= offset {
            return Ok(());
        }
        let path = names::path(&self.dir, offset, Kind::Snapshot);
        // Its checksum tells whether all of it reached the disk; if not, an older one is taken.
        fs::write(&path, self.producers.encode())?;
        self.snapshots.offsets.push(offset);
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(())
    }

    /// Loads the producers: the newest snapshot that is whole, and the batches behind it.
    pub(super) fn load_producers(&mut self, now: Timestamp) -> io::Result<()> {
        let end = self.log_end_offset;
        self.snapshots.remove(&self.dir, |offset| offset > end);
        self.producers = Producers::default();
        let mut from = self.segments[0].base_offset();
        while let Some(offset) = self.snapshots.newest() {
            let path = names::path(&self.dir, offset, Kind::Snapshot);
            let content = files::read_if_there(&path)?.unwrap_or_default();
            match Producers::decode(&content, now, self.config.producer_id_expiration_ms) {
                Ok(producers) => {
                    self.producers = producers;
                    from = offset;
                    break;
                }
                Err(reason) => {
                    warn!(path = %path.display(), reason, "damaged producer snapshot, taking an older one");
                    self.snapshots.remove(&self.dir, |other| other == offset);
                }
            }
        }
        self.note_producers_from(from)?;
        self.producers.expire(now, self.config.producer_id_expiration_ms);
        self.remove_stray_snapshots();
        Ok(())
    }

    fn note_producers_from(&mut self, from: Offset) -> io::Result<()> {
        if from >= self.log_end_offset {
            return Ok(());
        }
        let first = self.segment_index(from);
        for segment in &self.segments[first..] {
            let producers = &mut self.producers;
            match segment.for_each_header(from, |header| producers.note(header)) {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let path = segment.path(Kind::Log);
                    error!(segment = %path.display(), %error, "damaged batch, some producers are not known");
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Snapshots that belong to no segment go, but for the newest, which the last close left.
    fn remove_stray_snapshots(&mut self) {
        let newest = self.snapshots.newest();
        let segments = &self.segments;
        let is_base = |offset| {
            segments.binary_search_by_key(&offset, |segment| segment.base_offset()).is_ok()
        };
        self.snapshots.remove(&self.dir, |offset| Some(offset) != newest && !is_base(offset));
    }
}
