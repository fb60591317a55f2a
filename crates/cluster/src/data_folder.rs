//! The folder a node keeps everything in, held by one process at a time.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock, flock};
use rustix::io::Errno;
use thiserror::Error;

/// A data folder that this process has locked. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder could not be taken.
#[derive(Debug, Error)]
pub enum DataFolderError {
    /// The folder cannot be made, or is no folder.
    #[error("cannot use {path} as the data folder; check log.dirs and the folder's owner and mode")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process holds the folder.
    #[error(
        "{path} is in use by another broker; stop that one, or give this one a folder of its own with -o log.dirs=…"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

impl DataFolder {
    /// Makes the folder if it is missing and locks its `.lock` file.
    ///
    /// Takes both kinds of lock that Linux has: Kafka's is `fcntl`'s, which keeps a Kafka away but does not see
    /// a second holder in this process; `flock` does.
    pub fn open(path: &Path) -> Result<DataFolder, DataFolderError> {
        let unusable = |source| DataFolderError::Unusable { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(".lock"))
            .map_err(unusable)?;
        let locked = flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .and_then(|()| fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive));
        match locked {
            Ok(()) => Ok(DataFolder { path: path.to_owned(), _lock: lock }),
            Err(Errno::WOULDBLOCK | Errno::ACCESS) => {
                Err(DataFolderError::InUse { path: path.to_owned() })
            }
            Err(errno) => Err(unusable(errno.into())),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_holder() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let held = DataFolder::open(&path).unwrap();
        assert!(matches!(DataFolder::open(&path), Err(DataFolderError::InUse { .. })));
        drop(held);
        DataFolder::open(&path).unwrap();
    }
}
