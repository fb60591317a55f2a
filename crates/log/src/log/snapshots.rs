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

    fn newest(&self) -> Option<Offset> {
        self.offsets.last().copied()
    }

    fn newest_upto(&self, offset: Offset) -> Option<Offset> {
        self.offsets[..self.offsets.partition_point(|it| *it <= offset)].last().copied()
    }

    /// Takes the file of a deleted segment out by name; it is removed with the others of the segment.
    pub(super) fn rename_to_deleted(&mut self, dir: &Path, base: Offset) {
        self.offsets.retain(|offset| *offset != base);
        let path = names::path(dir, base, Kind::Snapshot);
        let to = names::path_with(dir, base, Kind::Snapshot, names::DELETED);
        if let Err(error) = files::rename_if_there(&path, &to) {
            warn!(path = %path.display(), %error, "cannot rename the producer snapshot of a deleted segment");
        }
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
        if self.snapshots.newest().unwrap_or(first) >= offset || self.producers_end != offset {
            return Ok(());
        }
        let path = names::path(&self.dir, offset, Kind::Snapshot);
        // Its checksum tells whether all of it reached the disk; if not, an older one is taken.
        fs::write(&path, self.producers.encode())?;
        self.snapshots.offsets.push(offset);
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(())
    }

    /// Loads the producers as they are at the log's end, unless they are loaded, and removes snapshots that are not needed.
    pub(super) fn load_producers(&mut self, now: Timestamp) -> io::Result<()> {
        let end = self.log_end_offset;
        self.snapshots.remove(&self.dir, |offset| offset > end);
        if self.producers_end != end {
            self.producers = self.producers_at(end, now)?;
            self.producers_end = end;
        }
        self.remove_stray_snapshots();
        Ok(())
    }

    /// Loads the producers as they were at `offset`, which is where a segment begins, and forgets all snapshots behind it:
    /// recovery makes them anew.
    pub(super) fn restart_producers(&mut self, offset: Offset, now: Timestamp) -> io::Result<()> {
        self.snapshots.remove(&self.dir, |snapshot| snapshot > offset);
        self.producers = self.producers_at(offset, now)?;
        self.producers_end = offset;
        Ok(())
    }

    /// The producers as they were at `offset`, where a segment or the log ends: the newest snapshot that is whole, and the
    /// batches behind it. A damaged one is removed.
    ///
    /// As in Kafka, producers that have expired are left out of the snapshot, but not of the batches behind it: their
    /// timestamps are the clients', and it is for the regular check to forget who is idle.
    pub(super) fn producers_at(&mut self, offset: Offset, now: Timestamp) -> io::Result<Producers> {
        while let Some(snapshot) = self.snapshots.newest_upto(offset) {
            let path = names::path(&self.dir, snapshot, Kind::Snapshot);
            let content = files::read_if_there(&path)?.unwrap_or_default();
            match Producers::decode(&content, now, self.config.producer_id_expiration_ms) {
                Ok(mut producers) => {
                    self.note_producers(&mut producers, snapshot, offset)?;
                    return Ok(producers);
                }
                Err(reason) => {
                    warn!(path = %path.display(), reason, "damaged producer snapshot, taking an older one");
                    self.snapshots.remove(&self.dir, |other| other == snapshot);
                }
            }
        }
        let mut producers = Producers::default();
        self.note_producers(&mut producers, Offset::ZERO, offset)?;
        Ok(producers)
    }

    /// Takes in the batches from `from` on, of the segments that begin below `upto`.
    fn note_producers(
        &self,
        producers: &mut Producers,
        from: Offset,
        upto: Offset,
    ) -> io::Result<()> {
        if self.segments.is_empty() || from >= upto {
            return Ok(());
        }
        let first = self.segment_index(from);
        for segment in self.segments[first..].iter().take_while(|it| it.base_offset() < upto) {
            let noted = segment.for_each_produced(from, |header, marker| {
                producers.note(header, marker, None);
            });
            match noted {
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
