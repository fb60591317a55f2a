//! The folder and its files: names, and the calls to the operating system.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use crate::OpenError;
use crate::limits::IOV_MAX;

const SUFFIX: &str = ".wal";
const FREE_SUFFIX: &str = ".free.wal";

pub(super) struct Folder {
    dir: PathBuf,
    handle: File,
}

/// What a file's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Chunks from this one on.
    Live(u64),
    /// Nothing that is needed.
    Free,
}

impl Folder {
    pub(super) fn open(dir: &Path) -> Result<Folder, OpenError> {
        let handle = File::open(dir).map_err(OpenError::io("open", dir))?;
        Ok(Folder { dir: dir.to_owned(), handle })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(super) fn name(sequence: u64) -> String {
        format!("{sequence:020}{SUFFIX}")
    }

    /// The name that a live file gets when it is freed.
    pub(super) fn free_name(live: &str) -> String {
        format!("{}{FREE_SUFFIX}", live.trim_end_matches(SUFFIX))
    }

    /// The name of a file that was never written to. There is one at most: no other is made while there is a spare.
    pub(super) fn new_name() -> String {
        format!("new{FREE_SUFFIX}")
    }

    /// `None` for files that are not ours.
    pub(super) fn parse(name: &str) -> Option<Named> {
        if name.ends_with(FREE_SUFFIX) {
            return Some(Named::Free);
        }
        let digits = name.strip_suffix(SUFFIX)?;
        let plain = digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|_| plain).map(Named::Live)
    }

    /// Names and sizes of all our files.
    pub(super) fn list(&self) -> Result<Vec<(String, Named, u64)>, OpenError> {
        let mut found = Vec::new();
        for item in std::fs::read_dir(&self.dir).map_err(OpenError::io("list", &self.dir))? {
            let item = item.map_err(OpenError::io("list", &self.dir))?;
            let Ok(name) = item.file_name().into_string() else { continue };
            let Some(named) = Folder::parse(&name) else { continue };
            let size = item.metadata().map_err(OpenError::io("read", &item.path()))?.len();
            found.push((name, named, size));
        }
        Ok(found)
    }

    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path(name))
    }

    /// Makes a file with all its space reserved, so that writing to it cannot run out of it. Leaves none behind if there
    /// is not enough.
    pub(super) fn create(&self, name: &str, size: u64) -> io::Result<File> {
        let path = self.path(name);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
        match reserve(&file, size).and_then(|()| file.sync_all()) {
            Ok(()) => Ok(file),
            Err(cause) => {
                // The first error counts; an empty file is found, and used or removed, at the next open.
                let _ = std::fs::remove_file(&path);
                Err(cause)
            }
        }
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path(from), self.path(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(name))
    }

    /// Makes names durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }
}

fn reserve(file: &File, size: u64) -> io::Result<()> {
    loop {
        return match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, size) {
            Err(Errno::INTR) => continue,
            // A file system without reservations: a full disk shows at a write, which is then tried again.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(size),
            result => Ok(result?),
        };
    }
}

/// Whether the same can succeed later: there is no space, or too many files are open.
pub(super) fn is_for_later(error: &io::Error) -> bool {
    let open_files = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || error.raw_os_error().is_some_and(|code| open_files.contains(&code))
}

/// Writes all slices at `position`, in one call where the kernel lets it be one.
pub(super) fn write_slices(
    file: &File,
    mut slices: &[IoSlice<'_>],
    mut position: u64,
) -> io::Result<()> {
    while !slices.is_empty() {
        let window = &slices[..slices.len().min(IOV_MAX)];
        let mut written = match rustix::io::pwritev(file, window, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(Errno::INTR) => continue,
            Err(cause) => return Err(cause.into()),
        };
        position += u64::try_from(written).expect("a size in memory fits");
        while let Some((first, rest)) = slices.split_first()
            && written >= first.len()
        {
            written -= first.len();
            slices = rest;
        }
        if written > 0
            && let Some((first, rest)) = slices.split_first()
        {
            let missing = &first[written..];
            file.write_all_at(missing, position)?;
            position += u64::try_from(missing.len()).expect("a size in memory fits");
            slices = rest;
        }
    }
    Ok(())
}
