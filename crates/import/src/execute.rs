//! Carries a plan out, up to the metadata store: that is the last thing, and completes the import.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use vltava_log::checkpoints::{
    self, CLEAN_SHUTDOWN, LOG_START_OFFSETS, META_PROPERTIES, MetaProperties, RECOVERY_POINTS,
};

use crate::copy::{self, CopyError, Progress};
use crate::folder::LogFolder;
use crate::journal::{Journal, JournalError, Mode, Rename};
use crate::metadata_log::METADATA_FOLDER;
use crate::plan::Plan;

/// What every file of an old-format segment ends with, once it is left out.
const LEFT_OUT: &str = "old-format";
/// What Kafka's own files end with, once ours are in their places.
const KAFKAS: &str = "kafka";
/// The id of Kafka's metadata topic.
const METADATA_TOPIC_ID: &str = "AAAAAAAAAAAAAAAAAAAAAQ";

/// Everything that a take-over needs to know.
#[derive(Clone, Copy, Debug)]
pub struct TakeOver<'a> {
    /// What to do.
    pub plan: &'a Plan,
    /// The log folders that the plan was made of.
    pub folders: &'a [LogFolder],
    /// The folder `__cluster_metadata-0`.
    pub metadata: &'a Path,
    /// The data folder, which is there; one of `folders`, or empty.
    pub target: &'a Path,
    /// How.
    pub mode: Mode,
}

/// Why a take-over stopped. It can be tried again, or taken back.
#[derive(Debug, Error)]
pub enum TakeOverError {
    /// See [`JournalError`].
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// See [`CopyError`].
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The folders cannot be renamed into the data folder.
    #[error(
        "{from} and {to} are on different file systems: give --copy, or choose a data folder on the disk of the log folders",
        from = .from.display(), to = .to.display()
    )]
    OtherFileSystem {
        /// A log folder.
        from: PathBuf,
        /// The data folder.
        to: PathBuf,
    },
}

impl TakeOver<'_> {
    /// Refuses what cannot work, before anything is touched.
    pub fn check(&self) -> Result<(), TakeOverError> {
        if self.mode == Mode::Copy {
            return Ok(copy::check_space(self.plan, self.target)?);
        }
        let device = |path: &Path| {
            let metadata = fs::metadata(path).map_err(JournalError::io("read", path))?;
            Ok::<u64, JournalError>(metadata.dev())
        };
        for folder in self.folders {
            if device(&folder.path)? != device(self.target)? {
                let (from, to) = (folder.path.clone(), self.target.to_owned());
                return Err(TakeOverError::OtherFileSystem { from, to });
            }
        }
        Ok(())
    }

    /// Brings the data folder into the state that a first start needs, but for the metadata store.
    pub fn run(&self, mut progress: impl FnMut(Progress)) -> Result<(), TakeOverError> {
        let journal = Journal::new(self.mode, self.renames()?, self.made());
        journal.write(self.target)?;
        match self.mode {
            Mode::InPlace => journal.forward()?,
            Mode::Copy => {
                let mut done = Progress::default();
                for taken in &self.plan.partitions {
                    copy::partition(taken, self.target, |bytes| {
                        done.bytes += bytes;
                        progress(done);
                    })?;
                    done.partitions += 1;
                    progress(done);
                }
            }
        }
        Ok(self.write_files()?)
    }

    /// Whether the data folder is one of Kafka's.
    fn is_own(&self, folder: &Path) -> bool {
        folder == self.target
    }

    fn renames(&self) -> Result<Vec<Rename>, JournalError> {
        let mut renames = Vec::new();
        if self.mode == Mode::Copy {
            return Ok(renames);
        }
        for taken in &self.plan.partitions {
            let name = taken.id.to_string();
            let (from, to) = (taken.from.join(&name), self.target.join(&name));
            for segment in &taken.left_segments {
                renames.extend(leave_out(&from, segment)?);
            }
            if !self.is_own(&taken.from) {
                renames.push(Rename { from, to });
            }
        }
        renames.push(Rename { from: self.metadata.to_owned(), to: stray(self.metadata) });
        for folder in self.folders {
            let there = |name: &&str| folder.path.join(name).exists();
            let names: &[&str] = match self.is_own(&folder.path) {
                true if self.plan.clean => &[RECOVERY_POINTS, LOG_START_OFFSETS],
                true => &[RECOVERY_POINTS, LOG_START_OFFSETS, CLEAN_SHUTDOWN],
                // Without it no Kafka starts there.
                false => &[META_PROPERTIES],
            };
            for name in names.iter().filter(|name| there(name)) {
                let to = folder.path.join(format!("{name}.{KAFKAS}"));
                renames.push(Rename { from: folder.path.join(name), to });
            }
        }
        Ok(renames)
    }

    /// The files that are made anew in the data folder.
    fn made(&self) -> Vec<PathBuf> {
        let mut names = vec![RECOVERY_POINTS, LOG_START_OFFSETS];
        if !self.folders.iter().any(|folder| self.is_own(&folder.path)) {
            names.push(META_PROPERTIES);
            names.push(CLEAN_SHUTDOWN);
        }
        names.into_iter().map(|name| self.target.join(name)).collect()
    }

    fn write_files(&self) -> Result<(), JournalError> {
        let Plan { recovery_points, log_starts, clean, cluster, .. } = self.plan;
        for (name, offsets) in [(RECOVERY_POINTS, recovery_points), (LOG_START_OFFSETS, log_starts)]
        {
            let path = self.target.join(name);
            let offsets = offsets.iter().map(|(id, offset)| (id, *offset));
            checkpoints::write_offsets(&path, offsets).map_err(JournalError::io("write", &path))?;
        }
        if self.folders.iter().any(|folder| self.is_own(&folder.path)) {
            return Ok(());
        }
        let meta = MetaProperties {
            cluster_id: cluster.cluster_id.clone(),
            node_id: cluster.broker,
            directory_id: None,
        };
        meta.write(self.target)
            .map_err(JournalError::io("write", &self.target.join(META_PROPERTIES)))?;
        let path = self.target.join(CLEAN_SHUTDOWN);
        if *clean {
            return checkpoints::write_clean_shutdown(self.target)
                .map_err(JournalError::io("write", &path));
        }
        checkpoints::remove_clean_shutdown(self.target).map_err(JournalError::io("remove", &path))
    }
}

/// The renames that take a segment out of a log, whose folder is still where it was.
fn leave_out(folder: &Path, segment: &str) -> Result<Vec<Rename>, JournalError> {
    let mut renames = Vec::new();
    for entry in fs::read_dir(folder).map_err(JournalError::io("read", folder))? {
        let from = entry.map_err(JournalError::io("read", folder))?.path();
        let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_its = name.split_once('.').is_some_and(|(base, _)| base == segment);
        if is_its && !name.ends_with(LEFT_OUT) {
            renames.push(Rename { to: folder.join(format!("{name}.{LEFT_OUT}")), from });
        }
    }
    Ok(renames)
}

/// The name under which the metadata log is set aside, as Kafka sets aside what belongs to no topic.
fn stray(metadata: &Path) -> PathBuf {
    let name = |count: u32| match count {
        0 => format!("{METADATA_FOLDER}.{METADATA_TOPIC_ID}-stray"),
        _ => format!("{METADATA_FOLDER}.{METADATA_TOPIC_ID}.{count}-stray"),
    };
    let mut names = (0..).map(|count| metadata.with_file_name(name(count)));
    names.find(|path| !path.exists()).expect("a folder does not hold every name")
}
