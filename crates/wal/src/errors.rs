//! What can go wrong, one enum for each operation.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use vltava_model::BrokerId;

/// Why a write-ahead log cannot be opened or read back. All of them need a person: what they speak of may hold
/// acknowledged records.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `rename`, ….
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A chunk is not readable, or not there, although later ones are.
    #[error(
        "write-ahead log {} is damaged at position {position}: chunk {sequence} is not readable, but a later one is ({reason})",
        path.display()
    )]
    Damaged {
        /// The file in which the chunk should be.
        path: PathBuf,
        /// Where in it.
        position: u64,
        /// The number of the chunk.
        sequence: u64,
        /// How the chunk is not right.
        reason: &'static str,
    },
    /// A chunk of another broker.
    #[error("{} belongs to broker {found}, not {expected}", path.display())]
    OtherBroker {
        /// The file.
        path: PathBuf,
        /// The id asked for.
        expected: BrokerId,
        /// The id in the chunk.
        found: BrokerId,
    },
    /// A chunk of a format that this version does not know.
    #[error("{} has format version {version}, which is not known", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version in the chunk.
        version: u16,
    },
}

impl OpenError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
        move |source| OpenError::Io { action, path: path.to_owned(), source }
    }
}

/// The write-ahead log does not write any more: a write or sync failed before, or it was closed. What was not durable
/// until then never will be in this run. The cause was logged when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the write-ahead log has stopped")]
pub struct WalFailed;
