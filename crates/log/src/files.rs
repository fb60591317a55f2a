//! Small things done to files.

use std::fs::{self, File};
use std::io::{self, IoSlice, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::limits::{SCAN_BUFFER_BYTES, WRITE_BUFFERS_MAX};
use crate::names::TEMPORARY;

/// Whether a replaced file must survive a power cut from here on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Now: the file is synced before it takes its name, the folder after.
    Synced,
    /// As for its content: there is the old or the new one, never an empty one. Its name with its folder.
    Content,
    /// Later, or never: it can be made again.
    Lazy,
}

/// The path under which a file is written before it replaces the one at `path`.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY);
    PathBuf::from(name)
}

/// Replaces a small file so that there is always the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let temporary = temporary(path);
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    if durability != Durability::Lazy {
        file.sync_all()?;
    }
    fs::rename(&temporary, path)?;
    if durability == Durability::Synced {
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a file's content durable; one that is not there is no error.
pub(crate) fn sync_if_there(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads a whole file; `None` if it is not there.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that is gone already is no error.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Renames a file; one that is not there is no error.
pub(crate) fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes all buffers at `position`, in as few calls as the kernel allows.
pub(crate) fn write_all_at(
    file: &File,
    mut buffers: &mut [IoSlice<'_>],
    mut position: u64,
) -> io::Result<()> {
    while !buffers.is_empty() {
        let now = buffers.len().min(WRITE_BUFFERS_MAX);
        match rustix::io::pwritev(file, &buffers[..now], position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                position += u64::try_from(written).expect("a length fits 64 bits");
                IoSlice::advance_slices(&mut buffers, written);
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Copies a part of a file.
pub(crate) fn copy_range(from: &File, range: Range<u64>, to: &mut File) -> io::Result<()> {
    let mut piece = vec![0; SCAN_BUFFER_BYTES];
    let mut position = range.start;
    while position < range.end {
        let left = usize::try_from(range.end - position).unwrap_or(usize::MAX);
        let length = left.min(piece.len());
        from.read_exact_at(&mut piece[..length], position)?;
        to.write_all(&piece[..length])?;
        position += length as u64;
    }
    Ok(())
}

/// An error that says that a file's content makes no sense.
pub(crate) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        assert_eq!(read_if_there(&path).unwrap(), None);
        replace(&path, b"one", Durability::Synced).unwrap();
        replace(&path, b"two", Durability::Lazy).unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_buffers_are_written() {
        let file = tempfile::tempfile().unwrap();
        let piece = [7u8; 3];
        let mut buffers: Vec<_> = (0..3000).map(|_| IoSlice::new(&piece)).collect();
        write_all_at(&file, &mut buffers, 10).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 9010);
    }
}
