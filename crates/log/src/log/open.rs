//! Opening a log: what is in the folder, what is whole, where it ends, and who wrote to it.

use std::path::Path;
use std::sync::Arc;

use tracing::warn;
use vltava_model::{Offset, Timestamp, TopicId};

use super::listing::{self, Listing};
use super::snapshots::Snapshots;
use super::{ClosedLog, Log, LogPosition, recovery};
use crate::config::{LogConfig, OpenOptions};
use crate::epochs::Epochs;
use crate::errors::{OpenError, WriteError};
use crate::files;
use crate::folder;
use crate::names::{self, Kind};
use crate::producers::Producers;
use crate::segment::Segment;
use crate::walk::WalkError;

impl Log {
    /// Opens the log in `dir`, whose name is `topic-partition`; makes an empty one if there is none.
    pub fn open(
        dir: &Path,
        topic_id: TopicId,
        config: LogConfig,
        options: OpenOptions,
        now: Timestamp,
    ) -> Result<Log, OpenError> {
        Log::open_at(dir, topic_id, config, (options, None), now)
    }

    /// Opens a log that was closed and left as `closed` says. Where its last segment is not as it was then, somebody has
    /// written to it since, and it is recovered.
    pub fn open_closed(
        dir: &Path,
        topic_id: TopicId,
        config: LogConfig,
        closed: &ClosedLog,
        now: Timestamp,
    ) -> Result<Log, OpenError> {
        let options = OpenOptions {
            recovery_point: closed.end.offset,
            clean_shutdown: true,
            log_start_offset: Some(closed.log_start_offset),
        };
        Log::open_at(dir, topic_id, config, (options, Some(closed.end)), now)
    }

    fn open_at(
        dir: &Path,
        topic_id: TopicId,
        config: LogConfig,
        (options, closed_at): (OpenOptions, Option<LogPosition>),
        now: Timestamp,
    ) -> Result<Log, OpenError> {
        let made = folder::make(dir)?;
        folder::check_topic_id(dir, topic_id)?;
        let dir: Arc<Path> = Arc::from(dir);
        let listing = if made { Listing::default() } else { listing::read(&dir)? };
        let mut log = Log {
            segments: listing::segments(&dir, &listing)?,
            dir,
            config,
            log_start_offset: options.log_start_offset.unwrap_or(Offset::ZERO),
            log_end_offset: Offset::ZERO,
            recovery_point: options.recovery_point,
            active_since: now,
            epochs: Epochs::default(),
            producers: Producers::default(),
            producers_end: Offset::ZERO,
            snapshots: Snapshots::new(listing.snapshots.clone()),
            deleted: Vec::new(),
            folder_changes: u32::from(made),
            folder_synced: 0,
            unmade: None,
        };
        let options = OpenOptions {
            clean_shutdown: options.clean_shutdown && closed_at.is_none_or(|at| log.ends_at(at)),
            ..options
        };
        let known_epochs = log.load_epochs()?;
        let has_file = |base| listing.has(base, Kind::TransactionIndex);
        log.check_transactions(has_file, now).map_err(OpenError::io("read", &log.dir))?;
        log.find_end(options, closed_at, known_epochs, now)?;
        log.find_start(options, now)?;
        log.load_producers(now).map_err(OpenError::io("read", &log.dir))?;
        log.segments.iter().for_each(|segment| segment.close_files());
        Ok(log)
    }

    /// An empty log whose folder is made when it is first written to. There must be no folder in `dir`.
    pub fn unmade(dir: &Path, topic_id: TopicId, config: LogConfig, now: Timestamp) -> Log {
        let dir: Arc<Path> = Arc::from(dir);
        Log {
            segments: vec![Arc::new(Segment::unmade(&dir, Offset::ZERO))],
            dir,
            config,
            log_start_offset: Offset::ZERO,
            log_end_offset: Offset::ZERO,
            recovery_point: Offset::ZERO,
            active_since: now,
            epochs: Epochs::default(),
            producers: Producers::default(),
            producers_end: Offset::ZERO,
            snapshots: Snapshots::default(),
            deleted: Vec::new(),
            folder_changes: 0,
            folder_synced: 0,
            unmade: Some(topic_id),
        }
    }

    /// Makes the folder if there is none yet.
    pub(super) fn make(&mut self) -> Result<(), WriteError> {
        let Some(topic_id) = self.unmade else { return Ok(()) };
        let made = folder::make(&self.dir);
        made.and_then(|_| folder::check_topic_id(&self.dir, topic_id)).map_err(
            |error| match error {
                OpenError::Io { action, path, source } => WriteError::io(action, &path)(source),
                other => WriteError::io("make", &self.dir)(files::invalid(other.to_string())),
            },
        )?;
        self.unmade = None;
        self.folder_changes = self.folder_changes.wrapping_add(1);
        Ok(())
    }

    /// Whether the last segment is the one, and of the size, that `at` says.
    fn ends_at(&self, at: LogPosition) -> bool {
        let is_last = |last: &Arc<Segment>| {
            (last.base_offset(), last.size_bytes()) == (at.segment, at.position)
        };
        self.segments.last().is_some_and(is_last)
    }

    /// Reads the epochs file; says whether it was there and made sense.
    fn load_epochs(&mut self) -> Result<bool, OpenError> {
        let path = self.dir.join(names::EPOCHS);
        let content = files::read_if_there(&path).map_err(OpenError::io("read", &path))?;
        match content.as_deref().map(Epochs::parse) {
            Some(Some(epochs)) => {
                self.epochs = epochs;
                return Ok(true);
            }
            Some(None) => {
                warn!(path = %path.display(), "damaged epochs, reading them from the batches")
            }
            None => {}
        }
        self.epochs.set_changed();
        Ok(false)
    }

    /// The log end offset, by recovery if the log was not closed.
    fn find_end(
        &mut self,
        options: OpenOptions,
        closed_at: Option<LogPosition>,
        known_epochs: bool,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let Some(active) = self.segments.last() else {
            self.log_end_offset = self.log_start_offset;
            // A checkpoint can name a folder that is gone. Were its offset kept, nothing below it would be synced.
            self.recovery_point = options.recovery_point.min(self.log_end_offset);
            return Ok(());
        };
        let mut recover_from = (!options.clean_shutdown).then_some(options.recovery_point);
        if options.clean_shutdown {
            match closed_at.map_or_else(|| active.read_end_offset(), |at| Ok(at.offset)) {
                Ok(end) => self.log_end_offset = end,
                Err(WalkError::Io(error)) => {
                    return Err(OpenError::io("read", &active.path(Kind::Log))(error));
                }
                Err(WalkError::NoBatch(error)) => {
                    let segment = active.path(Kind::Log);
                    warn!(segment = %segment.display(), %error, "closed log with a damaged end, recovering it");
                    recover_from = Some(active.base_offset());
                }
            }
        }
        if !known_epochs {
            // Recovery reads those of what it checks, when it knows how much of it is whole.
            let unread = recover_from.map_or(self.segments.len(), |from| self.segment_index(from));
            self.read_epochs(unread);
        }
        if let Some(from) = recover_from {
            recovery::recover(self, from, now).map_err(OpenError::io("recover", &self.dir))?;
        }
        self.recovery_point = match options.clean_shutdown && recover_from.is_none() {
            true => self.log_end_offset,
            false => options.recovery_point.min(self.log_end_offset),
        };
        Ok(())
    }

    /// Takes the epochs from the batches of the first `count` segments. A damaged batch ends it: reads will tell.
    fn read_epochs(&mut self, count: usize) {
        for segment in &self.segments[..count] {
            let epochs = &mut self.epochs;
            let note = |header: &vltava_records::BatchHeader| {
                if epochs.latest() < Some(header.leader_epoch()) {
                    epochs.assign(header.leader_epoch(), header.first_offset());
                }
            };
            if let Err(error) = segment.for_each_header(segment.base_offset(), note) {
                let path = segment.path(Kind::Log);
                warn!(segment = %path.display(), %error, "cannot read all epochs");
            }
        }
    }

    /// The log start offset, and a first segment if there is none.
    fn find_start(&mut self, options: OpenOptions, now: Timestamp) -> Result<(), OpenError> {
        let first = self.segments.first().map_or(Offset::ZERO, |first| first.base_offset());
        self.log_start_offset = options.log_start_offset.unwrap_or(first).max(first);
        let opened = |error: WriteError| OpenError::from(error);
        if self.log_start_offset > self.log_end_offset {
            let (start, end) = (self.log_start_offset, self.log_end_offset);
            warn!(dir = %self.dir.display(), %start, %end, "the log ends before its start, deleting what is left");
            self.truncate_fully_and_start_at(start, now).map_err(opened)?;
        } else if self.segments.is_empty() {
            self.add_segment(self.log_start_offset, now).map_err(opened)?;
        }
        self.epochs.truncate_end(self.log_end_offset);
        self.epochs.truncate_start(self.log_start_offset);
        Ok(())
    }
}
