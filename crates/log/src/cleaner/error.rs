//! Why a log was not cleaned.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use thiserror::Error;
use vltava_records::BatchError;

/// Why a cleaning ended early. The log is as the groups before left it, which is sound.
#[derive(Debug, Error)]
pub enum CleanError {
    /// Whoever asked for it does not want it any more.
    #[error("the cleaning was called off")]
    Stopped,
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, ….
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A batch is damaged. It will be the next time, too.
    #[error("damaged batch in {} at position {position}", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the batch begins.
        position: u32,
        /// How.
        #[source]
        source: BatchError,
    },
    /// What stays of a group does not fit into one segment or one batch.
    #[error("what stays of {} is larger than it can be", path.display())]
    TooLarge {
        /// The segment.
        path: PathBuf,
    },
}

impl CleanError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CleanError {
        move |source| CleanError::Io { action, path: path.to_owned(), source }
    }

    /// Whether the next try may succeed: it was called off, there was no room, or the log changed meanwhile.
    pub fn is_passing(&self) -> bool {
        match self {
            CleanError::Stopped => true,
            CleanError::Io { source, .. } => {
                source.kind() == io::ErrorKind::NotFound
                    || matches!(
                        Errno::from_io_error(source),
                        Some(Errno::NOSPC | Errno::DQUOT | Errno::MFILE | Errno::NFILE)
                    )
            }
            CleanError::Damaged { .. } | CleanError::TooLarge { .. } => false,
        }
    }
}
