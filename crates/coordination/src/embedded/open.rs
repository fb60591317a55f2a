//! Opening the store's file.

use std::io;
use std::path::{Path, PathBuf};

use redb::{Builder, DatabaseError};
use thiserror::Error;

use super::file::{File, REVISION, Tables};
use crate::Revision;
use crate::limits::CACHE_BYTES;

const FORMAT: &str = "format";

/// What this version writes and reads.
const FORMAT_VERSION: u64 = 1;

/// Why the store's file was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another process", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// We may not read and write it, or not make it.
    #[error("no permission to read and write {}", .path.display())]
    PermissionDenied {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It is damaged, or not a store at all.
    #[error("{} is damaged or not a metadata store", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A later version of Vltava wrote it.
    #[error("{} has format {found}, and this version reads {FORMAT_VERSION}", .path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: u64,
    },
    /// It could not be read or written.
    #[error("cannot open {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// What stands behind the name of a file that is being made.
const UNFINISHED: &str = "new";

/// Opens the file, ready for use, and tells its revision. A new one gets its name once it is whole, so that a power cut
/// leaves all of it or none.
pub(super) fn open(path: &Path) -> Result<(File, Revision), OpenError> {
    let is_new = !path.exists();
    let io_error = |source| OpenError::Io { path: path.to_owned(), source };
    let mut builder = Builder::new();
    // The check reads the whole file, which is small, and spares us a panic at a page that is damaged.
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(!is_new);
    let unfinished = path.with_added_extension(UNFINISHED);
    let at = if is_new { unfinished.as_path() } else { path };
    if is_new
        && let Err(error) = std::fs::remove_file(at)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(other_error(path, error.into()));
    }
    let database = builder.create(at).map_err(|error| database_error(path, error))?;
    let file = File { database, path: path.to_owned() };
    let revision = prepare(&file).map_err(|error| match error {
        PrepareError::UnknownFormat(found) => {
            OpenError::UnknownFormat { path: path.to_owned(), found }
        }
        PrepareError::Database(error) => other_error(path, error),
    })?;
    if is_new {
        std::fs::rename(at, path).and_then(|()| sync_folder(path)).map_err(io_error)?;
    }
    Ok((file, revision))
}

enum PrepareError {
    UnknownFormat(u64),
    Database(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for PrepareError {
    fn from(error: E) -> PrepareError {
        PrepareError::Database(error.into())
    }
}

/// Makes the tables of a new file, and ends the leases of an old one.
fn prepare(file: &File) -> Result<Revision, PrepareError> {
    let transaction = file.database.begin_write()?;
    let mut tables = Tables::open(&transaction)?;
    let format = tables.meta(FORMAT)?;
    let revision = Revision(tables.meta(REVISION)?.unwrap_or(0));
    match format {
        None => tables.set_meta(FORMAT, FORMAT_VERSION)?,
        Some(FORMAT_VERSION) => {}
        Some(found) => return Err(PrepareError::UnknownFormat(found)),
    }
    let leases_ended = tables.remove_leased()?;
    let revision = if leases_ended { revision.next() } else { revision };
    tables.set_meta(REVISION, revision.0)?;
    drop(tables);
    if format.is_some() && !leases_ended {
        transaction.abort()?;
    } else {
        transaction.commit()?;
    }
    Ok(revision)
}

/// Makes a new file's name as durable as its bytes.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => std::fs::File::open(".")?.sync_all(),
    }
}

fn database_error(path: &Path, error: DatabaseError) -> OpenError {
    let path_buf = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            OpenError::Locked { path: path_buf }
        }
        DatabaseError::RepairAborted | DatabaseError::UpgradeRequired(_) => {
            OpenError::Corrupt { path: path_buf, cause: Box::new(error) }
        }
        other => other_error(path, other.into()),
    }
}

fn other_error(path: &Path, error: redb::Error) -> OpenError {
    let path = path.to_owned();
    match error {
        redb::Error::Io(source) => match source.kind() {
            io::ErrorKind::PermissionDenied => OpenError::PermissionDenied { path, source },
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                OpenError::Corrupt { path, cause: Box::new(source) }
            }
            _ => OpenError::Io { path, source },
        },
        other => OpenError::Corrupt { path, cause: Box::new(other) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_refuses_is_told_apart() {
        let path = Path::new("/data/metadata.redb");
        let open_error = |kind: io::ErrorKind| other_error(path, redb::Error::Io(kind.into()));
        let denied = open_error(io::ErrorKind::PermissionDenied);
        assert!(matches!(denied, OpenError::PermissionDenied { .. }));
        assert_eq!(denied.to_string(), "no permission to read and write /data/metadata.redb");
        assert!(matches!(open_error(io::ErrorKind::UnexpectedEof), OpenError::Corrupt { .. }));
        assert!(matches!(open_error(io::ErrorKind::StorageFull), OpenError::Io { .. }));
    }
}
