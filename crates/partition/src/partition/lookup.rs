//! Searching by time and by epoch.

use std::io;
use std::sync::Arc;

use vltava_log::{Log, Segment};
use vltava_model::{LeaderEpoch, Offset, Timestamp};

use super::{Isolation, Partition};
use crate::LookupError;
use crate::limits::READ_ATTEMPTS_MAX;

/// A record that a search by time found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// Its offset.
    pub offset: Offset,
    /// The epoch under which it was written.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Searching.
impl Partition {
    /// The first record that is `target` or later, below the high watermark or the last stable offset. Does I/O.
    pub fn offset_for_timestamp(
        &self,
        target: Timestamp,
        isolation: Isolation,
    ) -> Result<Option<TimestampOffset>, LookupError> {
        let found =
            self.search(|segments, start| Log::offset_for_timestamp(segments, target, start))?;
        let end = match isolation {
            Isolation::ReadUncommitted => self.high_watermark(),
            Isolation::ReadCommitted => self.last_stable_offset(),
        };
        Ok(found.filter(|found| found.offset < end))
    }

    /// The record with the largest timestamp; `None` if it is not below the high watermark. Does I/O.
    pub fn max_timestamp(&self) -> Result<Option<TimestampOffset>, LookupError> {
        let found = self.search(|segments, _start| Log::max_timestamp(segments))?;
        let end = self.high_watermark();
        Ok(found.filter(|found| found.offset < end))
    }

    /// Searches the segments without holding the lock; again if retention took one of them away meanwhile.
    fn search(
        &self,
        search: impl Fn(&[Arc<Segment>], Offset) -> io::Result<Option<(Timestamp, Offset)>>,
    ) -> Result<Option<TimestampOffset>, LookupError> {
        let mut attempts = 0;
        loop {
            let (segments, start) = {
                let state = self.lock_open()?;
                (state.log.segments(), state.log.log_start_offset())
            };
            match search(&segments, start) {
                Ok(None) => return Ok(None),
                Ok(Some((timestamp, offset))) => {
                    let leader_epoch = self.epoch_of(offset);
                    return Ok(Some(TimestampOffset { timestamp, offset, leader_epoch }));
                }
                Err(cause) => {
                    attempts += 1;
                    let is_gone = cause.kind() == io::ErrorKind::NotFound;
                    if !is_gone || attempts == READ_ATTEMPTS_MAX {
                        return Err(self.not_read(&cause).into());
                    }
                }
            }
        }
    }

    /// The epoch of the record at `offset`.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.lock_open().ok()?.log.epoch_of(offset)
    }

    /// The largest epoch at or below `epoch`, and where it ended (OffsetForLeaderEpoch, KIP-320); `None` if `epoch` is
    /// above this broker's, or the partition is closed.
    ///
    /// As in Kafka, this broker's own epoch counts from the moment that it leads. The log, which only knows epochs with
    /// records, need not be written for that.
    pub fn epoch_end_offset(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        let state = self.lock_open().ok()?;
        let end = state.log.log_end_offset();
        let latest = state.log.latest_epoch();
        if epoch > self.leader_epoch {
            None
        } else if epoch == self.leader_epoch {
            Some((epoch, end))
        } else if latest.is_some_and(|latest| epoch <= latest) {
            state.log.epoch_end_offset(epoch)
        } else {
            // After the last epoch with records and before ours, which begins where the log ends.
            Some((latest.unwrap_or(epoch), end))
        }
    }
}
