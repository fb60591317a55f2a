//! The log: its segments, and what belongs to all of them.

mod append;
mod flush;
mod listing;
mod open;
mod recovery;
mod retention;
mod snapshots;
mod swap;
mod transactions;
mod truncate;

use std::io;
use std::path::Path;
use std::sync::Arc;

use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId};

use crate::config::LogConfig;
use crate::epochs::Epochs;
use crate::errors::ReadError;
use crate::producers::Producers;
use crate::segment::Segment;
use snapshots::Snapshots;

pub(crate) use transactions::marker_of;

pub use flush::FlushPlan;
pub use retention::{DeleteReason, DeletedSegment};
pub use swap::SwappedIn;

/// One partition's log. See the crate's documentation.
#[derive(Debug)]
pub struct Log {
    dir: Arc<Path>,
    config: LogConfig,
    /// By base offset; never empty. The last one is active.
    segments: Vec<Arc<Segment>>,
    log_start_offset: Offset,
    log_end_offset: Offset,
    recovery_point: Offset,
    /// When the active segment was made, or opened.
    active_since: Timestamp,
    epochs: Epochs,
    producers: Producers,
    /// Up to where `producers` speak.
    producers_end: Offset,
    snapshots: Snapshots,
    /// Segments whose files wait to be removed, and from when on they may be.
    deleted: Vec<(Timestamp, Offset)>,
    /// Counts the files made and renamed, so that a flush knows whether the folder must be synced …
    folder_changes: u32,
    /// … and up to which count it was.
    folder_synced: u32,
    /// The topic's id while there is no folder yet: the first append makes it.
    unmade: Option<TopicId>,
}

/// How a log was when it was closed: what [`Log::open_closed`] goes by, and what is known of it without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedLog {
    /// The first offset that can be read.
    pub log_start_offset: Offset,
    /// Where it ends.
    pub end: LogPosition,
    /// Bytes of batches in all segments.
    pub size_bytes: u64,
    /// When `retention.ms` has something to delete; `None` for never.
    pub expires: Option<Timestamp>,
}

/// A place between two batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// The offset of what comes next.
    pub offset: Offset,
    /// The base offset of the segment.
    pub segment: Offset,
    /// The position in the segment's file.
    pub position: u32,
}

/// Where to read.
#[derive(Clone, Debug)]
pub struct ReadAt {
    /// The segment that holds the offset, unless a gap or its end lies there.
    pub segment: Arc<Segment>,
    /// The base offset of the segment after it: to be located when this one has nothing (more).
    pub next: Option<Offset>,
}

impl Log {
    /// Takes new settings; they hold from the next append on.
    pub fn configure(&mut self, config: LogConfig) {
        self.config = config;
    }

    /// The settings in force.
    pub fn config(&self) -> &LogConfig {
        &self.config
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The first offset that can be read.
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// The offset that the next record gets.
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// The log end offset with its place.
    pub fn end_position(&self) -> LogPosition {
        let active = self.active();
        LogPosition {
            offset: self.log_end_offset,
            segment: active.base_offset(),
            position: active.size_bytes(),
        }
    }

    /// The place of `offset`, which lies between log start and end; inside a batch, that of the batch. Does I/O unless
    /// it is the end.
    pub fn position_of(&self, offset: Offset) -> io::Result<LogPosition> {
        for segment in &self.segments[self.segment_index(offset)..] {
            if let Some(found) = segment.find(offset, segment.size_bytes())? {
                let segment = segment.base_offset();
                let offset = found.header.first_offset();
                return Ok(LogPosition { offset, segment, position: found.position });
            }
        }
        Ok(self.end_position())
    }

    /// Bytes of batches in all segments.
    pub fn size_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.size_bytes())).sum()
    }

    /// The segment in which to read at `offset`. Cheap, does no I/O. At the log end offset it is the active segment.
    pub fn locate(&self, offset: Offset) -> Result<ReadAt, ReadError> {
        if offset < self.log_start_offset || offset > self.log_end_offset {
            return Err(ReadError::OutOfRange {
                offset,
                log_start_offset: self.log_start_offset,
                log_end_offset: self.log_end_offset,
            });
        }
        let index = self.segment_index(offset);
        let next = self.segments.get(index + 1).map(|next| next.base_offset());
        Ok(ReadAt { segment: Arc::clone(&self.segments[index]), next })
    }

    /// The segments, oldest first, for searches that look at several (timestamps) outside of the lock.
    pub fn segments(&self) -> Vec<Arc<Segment>> {
        self.segments.clone()
    }

    /// The first record at or after `start` whose timestamp is `target` or later, over all segments. Does I/O.
    pub fn offset_for_timestamp(
        segments: &[Arc<Segment>],
        target: Timestamp,
        start: Offset,
    ) -> io::Result<Option<(Timestamp, Offset)>> {
        for segment in segments {
            let found = segment.offset_for_timestamp(target, start)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The largest timestamp and the first record that has it, over all segments. Does I/O.
    pub fn max_timestamp(segments: &[Arc<Segment>]) -> io::Result<Option<(Timestamp, Offset)>> {
        let mut latest: Option<(Timestamp, &Segment)> = None;
        for segment in segments {
            if let Some(largest) = segment.largest_timestamp()?
                && latest.is_none_or(|(so_far, _)| largest > so_far)
            {
                latest = Some((largest, segment));
            }
        }
        latest.map_or(Ok(None), |(_, segment)| segment.max_timestamp())
    }

    /// The leader epoch of the last batch, or the one that [`Log::begin_epoch`] began after it; `None` for an empty log.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// The epoch under which a record was written.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.epochs.at(offset)
    }

    /// The largest epoch at or below `epoch`, and where it ended (OffsetForLeaderEpoch, KIP-320). Below the first known
    /// epoch: that one's start; above the last: `None`.
    pub fn epoch_end_offset(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        self.epochs.end_of(epoch, self.log_end_offset)
    }

    /// Notes that `epoch` writes from the log end offset on. A new leader calls it before its first append, as Kafka's
    /// does, so that [`Log::epoch_end_offset`] knows its epoch; appends do it by themselves.
    pub fn begin_epoch(&mut self, epoch: LeaderEpoch) {
        self.epochs.assign(epoch, self.log_end_offset);
    }

    fn active(&self) -> &Arc<Segment> {
        self.segments.last().expect("a log has a segment")
    }

    /// The last segment whose base offset is at most `offset`, or the first.
    fn segment_index(&self, offset: Offset) -> usize {
        self.segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1)
    }
}
