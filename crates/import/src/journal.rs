//! The mark of an import that has begun and is not complete, with all that it takes to go back.
//!
//! ```json
//! vltava-import.json in the data folder: {"version":1,"mode":"in-place",
//!     "renames":[{"from":"/kafka/b/orders-1","to":"/kafka/a/orders-1"}],"made":["/kafka/a/meta.properties"]}
//! ```
//! It is written before the first rename, and removed after the metadata store is in place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of the file.
pub const JOURNAL: &str = "vltava-import.json";

const VERSION: u32 = 1;

/// How data is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Folders stay, or are renamed.
    InPlace,
    /// Folders are copied; the originals are only read.
    Copy,
}

/// An import under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Journal {
    version: u32,
    pub(crate) mode: Mode,
    /// In the order in which they are done.
    pub(crate) renames: Vec<Rename>,
    /// Files that are made anew.
    pub(crate) made: Vec<PathBuf>,
}

/// One rename.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rename {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
}

/// Why an import could not be begun, carried on or taken back.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot {action} {path}", path = .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The journal makes no sense.
    #[error("{path} is damaged, so that it cannot be told how far the import was", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        #[source]
        source: serde_json::Error,
    },
    /// Both ends of a rename are there: somebody has worked on the folders since.
    #[error(
        "{from} and {to} are both there: was Kafka started since the import was broken off? Keep the right one, move the other away, and run this again",
        from = .from.display(), to = .to.display()
    )]
    Both {
        /// Where the folder was.
        from: PathBuf,
        /// Where it went.
        to: PathBuf,
    },
    /// Neither end of a rename is there.
    #[error("neither {from} nor {to} is there", from = .from.display(), to = .to.display())]
    Neither {
        /// Where the folder was.
        from: PathBuf,
        /// Where it should go.
        to: PathBuf,
    },
    /// A copy cannot be taken back: nothing was changed.
    #[error("the import into {folder} was a copy: remove that folder, the original is as it was", folder = .folder.display())]
    WasCopy {
        /// The data folder.
        folder: PathBuf,
    },
}

impl JournalError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
        let path = path.to_owned();
        move |source| JournalError::Io { action, path, source }
    }
}

impl Journal {
    pub(crate) fn new(mode: Mode, renames: Vec<Rename>, made: Vec<PathBuf>) -> Journal {
        Journal { version: VERSION, mode, renames, made }
    }

    /// The journal of an import into this data folder that is not complete.
    pub(crate) fn read(folder: &Path) -> Result<Option<Journal>, JournalError> {
        let path = folder.join(JOURNAL);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io("read", &path)(error)),
        };
        let journal = serde_json::from_slice(&text);
        journal.map(Some).map_err(|source| JournalError::Damaged { path, source })
    }

    /// Writes it, durably: from here on the import has begun.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), JournalError> {
        let path = folder.join(JOURNAL);
        let temporary = folder.join(format!("{JOURNAL}.tmp"));
        let text = serde_json::to_vec(self)
            .map_err(|source| JournalError::Damaged { path: path.clone(), source })?;
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            sync_folder(folder)
        };
        write().map_err(JournalError::io("write", &path))
    }

    /// Does the renames that were not done yet.
    pub(crate) fn forward(&self) -> Result<(), JournalError> {
        self.renames.iter().try_for_each(|Rename { from, to }| rename(from, to))?;
        self.sync()
    }

    /// Undoes the renames that were done, and removes what was made.
    pub(crate) fn back(&self) -> Result<(), JournalError> {
        for path in &self.made {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::io("remove", path)(error));
                }
                _ => {}
            }
        }
        self.renames.iter().rev().try_for_each(|Rename { from, to }| rename(to, from))?;
        self.sync()
    }

    fn sync(&self) -> Result<(), JournalError> {
        let ends = self.renames.iter().flat_map(|rename| [&rename.from, &rename.to]);
        let mut folders: Vec<&Path> = ends.filter_map(|path| path.parent()).collect();
        folders.sort();
        folders.dedup();
        // A folder may have gone along with its own rename.
        for folder in folders.into_iter().filter(|folder| folder.exists()) {
            sync_folder(folder).map_err(JournalError::io("sync", folder))?;
        }
        Ok(())
    }
}

/// Renames, unless that was done before.
fn rename(from: &Path, to: &Path) -> Result<(), JournalError> {
    let there = |path: &Path| path.symlink_metadata().is_ok();
    match (there(from), there(to)) {
        (true, false) => fs::rename(from, to).map_err(JournalError::io("rename", from)),
        (false, true) => Ok(()),
        (true, true) => Err(JournalError::Both { from: from.to_owned(), to: to.to_owned() }),
        (false, false) => Err(JournalError::Neither { from: from.to_owned(), to: to.to_owned() }),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether an import into this folder has begun and is not complete.
pub fn begun(folder: &Path) -> Result<Option<Mode>, JournalError> {
    Ok(Journal::read(folder)?.map(|journal| journal.mode))
}

/// Takes an import in place back: everything is as Kafka left it. To be called while nobody uses the folders.
pub fn take_back(folder: &Path) -> Result<(), JournalError> {
    let Some(journal) = Journal::read(folder)? else { return Ok(()) };
    if journal.mode == Mode::Copy {
        return Err(JournalError::WasCopy { folder: folder.to_owned() });
    }
    journal.back()?;
    end(folder)
}

/// Ends an import, complete or taken back.
pub fn end(folder: &Path) -> Result<(), JournalError> {
    let path = folder.join(JOURNAL);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(JournalError::io("remove", &path)(error))
        }
        _ => sync_folder(folder).map_err(JournalError::io("sync", folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_go_forward_and_back_from_wherever_they_stopped() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let renames: Vec<Rename> = (0..3)
            .map(|n| Rename { from: path(&format!("a{n}")), to: path(&format!("b{n}")) })
            .collect();
        renames.iter().for_each(|rename| fs::create_dir(&rename.from).unwrap());
        let journal = Journal::new(Mode::InPlace, renames.clone(), vec![path("made")]);
        journal.write(root.path()).unwrap();
        assert_eq!(Journal::read(root.path()).unwrap(), Some(journal.clone()));
        for done in 0..=renames.len() {
            renames[..done].iter().for_each(|rename| fs::rename(&rename.from, &rename.to).unwrap());
            journal.forward().unwrap();
            assert!(renames.iter().all(|rename| rename.to.exists() && !rename.from.exists()));
            renames[done..].iter().for_each(|rename| fs::rename(&rename.to, &rename.from).unwrap());
            fs::write(path("made"), "x").unwrap();
            journal.back().unwrap();
            assert!(renames.iter().all(|rename| rename.from.exists() && !rename.to.exists()));
            assert!(!path("made").exists());
        }
        fs::create_dir(path("b1")).unwrap();
        assert!(matches!(journal.forward(), Err(JournalError::Both { .. })));
        take_back(root.path()).unwrap_err();
        fs::remove_dir(path("b1")).unwrap();
        take_back(root.path()).unwrap();
        assert_eq!(begun(root.path()).unwrap(), None);
    }
}
