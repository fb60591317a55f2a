//! Copying partitions' folders, in a way that can be repeated.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{ioctl_ficlone, statvfs};
use thiserror::Error;

use crate::plan::{Plan, TakenPartition};

/// Why a copy failed. What was copied stays for the next try.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The file system refused.
    #[error("cannot copy {from} to {to}", from = .from.display(), to = .to.display())]
    Io {
        /// The original.
        from: PathBuf,
        /// The copy.
        to: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is not enough space.
    #[error(
        "the copy takes {needed} bytes, and {folder} has room for {free}: make room, copy to another disk, or import in place (without --copy)",
        folder = .folder.display()
    )]
    NoSpace {
        /// The data folder.
        folder: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Partitions that are copied.
    pub partitions: usize,
    /// Bytes that are copied.
    pub bytes: u64,
}

/// Refuses a copy for which there is no room. Where files can share their blocks, none is needed.
pub(crate) fn check_space(plan: &Plan, target: &Path) -> Result<(), CopyError> {
    let at = |source| CopyError::Io { from: target.to_owned(), to: target.to_owned(), source };
    let there: u64 = plan.partitions.iter().map(|taken| copied(taken, target)).sum();
    let all: u64 = plan.partitions.iter().map(|taken| taken.bytes).sum();
    let needed = all.saturating_sub(there);
    let disk = statvfs(target).map_err(|errno| at(errno.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if needed <= free || shares_blocks(plan, target) {
        return Ok(());
    }
    Err(CopyError::NoSpace { folder: target.to_owned(), needed, free })
}

/// Bytes of a partition that an earlier try copied.
fn copied(taken: &TakenPartition, target: &Path) -> u64 {
    let entries = fs::read_dir(target.join(taken.id.to_string()));
    let entries = entries.into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Whether the target's file system lets a copy share the original's blocks: tried with one of the files.
fn shares_blocks(plan: &Plan, target: &Path) -> bool {
    let probe = target.join("vltava-import.probe");
    let try_one = || -> io::Result<bool> {
        for taken in &plan.partitions {
            for entry in fs::read_dir(taken.from.join(taken.id.to_string()))? {
                let entry = entry?;
                if entry.metadata()?.len() > 0 {
                    let (from, to) = (File::open(entry.path())?, File::create(&probe)?);
                    return Ok(ioctl_ficlone(&to, &from).is_ok());
                }
            }
        }
        Ok(false)
    };
    let shares = try_one().unwrap_or(false);
    // It may never have been made.
    drop(fs::remove_file(&probe));
    shares
}

/// Copies one partition's folder, but for segments that are to be left out and files that Kafka was about to remove. A
/// file that an earlier try has copied, which its size and time tell, is left as it is.
pub(crate) fn partition(
    taken: &TakenPartition,
    target: &Path,
    mut copied: impl FnMut(u64),
) -> Result<(), CopyError> {
    let name = taken.id.to_string();
    let (from, to) = (taken.from.join(&name), target.join(&name));
    let failed = |source| CopyError::Io { from: from.clone(), to: to.clone(), source };
    fs::create_dir_all(&to).map_err(failed)?;
    for entry in fs::read_dir(&from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let base = text.split('.').next().unwrap_or_default();
        let left = taken.left_segments.iter().any(|segment| segment == base);
        if left || text.ends_with(".deleted") || !entry.file_type().map_err(failed)?.is_file() {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        let length = file(&from, &to).map_err(|source| CopyError::Io { from, to, source })?;
        copied(length);
    }
    File::open(&to).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// Copies a file, sharing blocks where that is possible; the kernel copies where it is not.
fn file(from: &Path, to: &Path) -> io::Result<u64> {
    let mut source = File::open(from)?;
    let original = source.metadata()?;
    let (length, modified) = (original.len(), original.modified()?);
    if let Ok(copy) = to.metadata()
        && copy.len() == length
        && copy.modified()? == modified
    {
        return Ok(length);
    }
    let mut target = File::create(to)?;
    if ioctl_ficlone(&target, &source).is_err() {
        io::copy(&mut source, &mut target)?;
    }
    target.sync_all()?;
    // Last, since it says that the copy is whole.
    target.set_modified(modified)?;
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vltava_model::TopicPartition;

    #[test]
    fn a_copy_is_carried_on() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        let (source, copy) = (from.join("t-0"), to.join("t-0"));
        fs::create_dir_all(&source).unwrap();
        let names = ["0.log", "0.index", "7.log", "9.log.deleted", "leader-epoch-checkpoint"];
        names.iter().for_each(|name| fs::write(source.join(name), name).unwrap());
        let taken = TakenPartition {
            id: TopicPartition::parse("t-0").unwrap(),
            from,
            bytes: 0,
            left_segments: vec!["7".to_owned()],
        };
        let run = || {
            let mut bytes = 0;
            partition(&taken, &to, |more| bytes += more).unwrap();
            bytes
        };
        let all = 5 + 7 + 23;
        assert_eq!(run(), all);
        fs::write(copy.join("0.log"), "torn!").unwrap();
        fs::remove_file(copy.join("0.index")).unwrap();
        assert_eq!(run(), all);
        let mut found: Vec<String> = fs::read_dir(&copy)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, ["0.index", "0.log", "leader-epoch-checkpoint"]);
        for name in found {
            assert_eq!(fs::read_to_string(copy.join(&name)).unwrap(), name);
        }
    }
}
