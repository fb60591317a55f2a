//! What a power cut leaves: of a journal of changes, all that was synced, and of the rest what chance lets through.
//!
//! Two models, between which the file systems we run on lie:
//!
//! - [`Model::Journaled`], as ext4 and XFS by default: names, `ftruncate` and `fallocate` become durable in the order in which they
//!   were done, up to some point. A sync of a file takes along what was done to names up to the file's own last change.
//!   Bytes of pages that are new to a file are on disk before its size says so.
//! - [`Model::Strict`], what POSIX promises and no more: a name is durable after a sync of its folder; folders lose
//!   independent suffixes of what was done to their names; a file may have its new size and zeros in it.
//!
//! In both, each page of a file is as some write since the last sync left it, or torn between two of them at 512 bytes.

mod damage;

use crate::disk::{Disk, Ino, Op};
use crate::draw::Draw;
use damage::{Versions, damaged};

/// How a file system orders what nobody synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Journaled,
    Strict,
}

/// A journal, walked from its beginning to one crash point after another.
pub(crate) struct Crashes<'a> {
    model: Model,
    journal: &'a [Op],
    next: usize,
    /// What is durable, with files that have no durable name yet.
    safe: Disk,
    /// What is not, oldest first.
    pending: Vec<Pending>,
}

#[derive(Clone, Copy)]
struct Pending {
    index: usize,
    /// A change of a size that is durable already, while writes before it may not be.
    is_committed: bool,
}

impl Op {
    /// Whether a journaling file system keeps its order among others.
    fn is_metadata(&self) -> bool {
        !matches!(self, Op::Write { .. } | Op::Sync { .. })
    }

    /// Whether a sync of this file or folder must make it durable.
    fn concerns(&self, ino: Ino, data_only: bool) -> bool {
        match self {
            Op::Link { ino: linked, .. } if *linked == ino => true,
            Op::Rename { ino: renamed, .. } if *renamed == ino => !data_only,
            _ => self.written() == Some(ino) || self.folders().contains(&ino),
        }
    }
}

impl<'a> Crashes<'a> {
    /// Begins with what was on the disk before the journal.
    pub(crate) fn new(model: Model, before: Disk, journal: &'a [Op]) -> Crashes<'a> {
        Crashes { model, journal, next: 0, safe: before, pending: Vec::new() }
    }

    /// The disk as it may be after a power cut when the first `point` changes were done. Points must not go back.
    pub(crate) fn at(&mut self, point: usize, draw: &mut Draw) -> Disk {
        while self.next < point {
            let index = self.next;
            self.next += 1;
            match self.journal[index] {
                Op::Sync { ino, since, data_only } => self.sync(ino, since, data_only),
                ref op => {
                    // Without a name yet, which a sweep takes away.
                    if let Op::Link { ino, is_folder, .. } = op {
                        self.safe.make(*ino, *is_folder);
                    }
                    self.pending.push(Pending { index, is_committed: false });
                }
            }
        }
        let mut disk = self.safe.clone();
        let kept = self.surviving_names(draw);
        for (pending, kept) in self.pending.iter().zip(&kept) {
            if *kept && self.journal[pending.index].written().is_none() {
                disk.apply(&self.journal[pending.index]);
            }
        }
        for ino in self.unsynced_files() {
            self.damage(&mut disk, ino, &kept, draw);
        }
        disk.sweep();
        disk
    }

    fn sync(&mut self, ino: Ino, since: usize, data_only: bool) {
        match self.model {
            Model::Journaled => self.commit_journal(ino, since, data_only),
            Model::Strict => self.commit_folder(ino, since),
        }
        // A file that has no durable name yet can have durable bytes.
        if self.safe.folder(ino).is_none() {
            let journal = self.journal;
            let safe = &mut self.safe;
            self.pending.retain(|pending| {
                let op = &journal[pending.index];
                let is_covered = pending.index < since && op.written() == Some(ino);
                if is_covered {
                    safe.apply(op);
                }
                !is_covered
            });
        }
    }

    /// Everything the journal has up to the last change of this file or folder.
    fn commit_journal(&mut self, ino: Ino, since: usize, data_only: bool) {
        let journal = self.journal;
        let is_last = |pending: &&Pending| {
            let op = &journal[pending.index];
            pending.index < since && op.is_metadata() && op.concerns(ino, data_only)
        };
        let Some(last) = self.pending.iter().rev().find(is_last).map(|last| last.index) else {
            return;
        };
        let safe = &mut self.safe;
        self.pending.retain_mut(|pending| {
            let op = &journal[pending.index];
            if pending.index > last || !op.is_metadata() {
                return true;
            }
            pending.is_committed = true;
            let is_name = op.written().is_none();
            if is_name {
                safe.apply(op);
            }
            !is_name
        });
    }

    /// The folder's names, and those of folders that names were moved from or to.
    fn commit_folder(&mut self, folder: Ino, since: usize) {
        let mut folders = vec![folder];
        let mut covered = Vec::new();
        for pending in self.pending.iter().rev().filter(|pending| pending.index < since) {
            let touched = self.journal[pending.index].folders();
            if touched.iter().any(|ino| folders.contains(ino)) {
                folders.extend(touched);
                covered.push(pending.index);
            }
        }
        for index in covered.iter().rev() {
            self.safe.apply(&self.journal[*index]);
        }
        self.pending.retain(|pending| !covered.contains(&pending.index));
    }

    /// For each pending change whether it survives; those of bytes are decided on with their file.
    fn surviving_names(&self, draw: &mut Draw) -> Vec<bool> {
        let chance = *draw.one(&[0, 0, 1, 5, 30, 100]);
        let mut cut: Vec<Ino> = Vec::new();
        let mut is_cut = false;
        let mut survives = |pending: &Pending| {
            let op = &self.journal[pending.index];
            if pending.is_committed || !op.is_metadata() {
                return true;
            }
            if self.model == Model::Journaled {
                is_cut |= draw.percent(chance);
                return !is_cut;
            }
            let folders = op.folders();
            let lost = folders.iter().any(|ino| cut.contains(ino)) || draw.percent(chance);
            if lost {
                cut.extend(folders);
            }
            !lost
        };
        self.pending.iter().map(&mut survives).collect()
    }

    fn unsynced_files(&self) -> Vec<Ino> {
        let written = |pending: &Pending| self.journal[pending.index].written();
        let mut files: Vec<Ino> = self.pending.iter().filter_map(written).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    fn damage(&self, disk: &mut Disk, ino: Ino, kept: &[bool], draw: &mut Draw) {
        let of_file =
            |(pending, _): &(&Pending, &bool)| self.journal[pending.index].written() == Some(ino);
        let changes: Vec<(&Pending, &bool)> =
            self.pending.iter().zip(kept).filter(of_file).collect();
        let (mut least, mut most) = (0, changes.len());
        if self.model == Model::Journaled {
            let is_size = |pending: &Pending| self.journal[pending.index].is_metadata();
            let last_kept = changes.iter().rposition(|(pending, kept)| is_size(pending) && **kept);
            let first_lost = changes.iter().position(|(_, kept)| !**kept);
            least = last_kept.map_or(0, |last| last + 1);
            most = first_lost.unwrap_or(changes.len());
        }
        let ops = changes.iter().map(|(pending, _)| &self.journal[pending.index]).collect();
        let versions = Versions { ops, least, most, ordered: self.model == Model::Journaled };
        if let Some(content) = disk.content_mut(ino) {
            *content = damaged(content, &versions, draw);
        }
    }
}

#[cfg(test)]
mod tests;
