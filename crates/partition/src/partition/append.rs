//! Appending: whose batches are taken, and what happens to them under the log's lock.

use std::sync::Arc;

use bytes::Bytes;
use tracing::error;
use vltava_log::{Verification, WriteError};
use vltava_model::{Offset, Timestamp};
use vltava_records::{Batch, StampedBatch};
use vltava_wal::{Admission, Entry, Lsn};

use super::transactions::Check;
use super::{Causes, Partition};
use crate::settings::TimestampType;
use crate::{AppendError, StorageFailed};

/// Whose batches they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client's: Kafka's rules for produce requests hold.
    Client,
    /// The broker's own, a coordinator's: any number of batches, trusted but for their CRC.
    Coordinator,
}

/// What a request's version allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendLimits {
    /// Whether batches may be compressed with zstd (Produce since version 7).
    pub zstd: bool,
}

impl Default for AppendLimits {
    fn default() -> AppendLimits {
        AppendLimits { zstd: true }
    }
}

/// Where batches were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The first record's offset.
    pub base_offset: Offset,
    /// The last record's offset.
    pub last_offset: Offset,
    /// With `message.timestamp.type=LogAppendTime`: the time that the records got.
    pub log_append_time: Option<Timestamp>,
    /// The log start offset at that moment.
    pub log_start_offset: Offset,
    /// The producer had sent the batch before: the offsets are those of then.
    pub duplicate: bool,
    /// What [`Partition::wait_durable`] waits for; `None` if there is nothing to wait for.
    pub lsn: Option<Lsn>,
}

/// Appending.
impl Partition {
    /// Appends batches, which are in the segment (page cache) at the end: what `acks=1` asks for. Waits for room in the
    /// WAL's queue, before anything is decided; and with `flush.messages`, for the sync that it asks for.
    pub async fn append(
        self: &Arc<Self>,
        records: Bytes,
        origin: Origin,
        limits: &AppendLimits,
    ) -> Result<Appended, AppendError> {
        let settings = self.settings();
        match origin {
            Origin::Client => {
                let batch = [self.check_client(records, &settings, limits).await?];
                self.append_valid(&batch, Check::of(origin, Verification::Missing)).await
            }
            Origin::Coordinator => {
                let batches = self.check_coordinator(records, &settings).await?;
                self.append_valid(&batches, Check::None).await
            }
        }
    }

    /// Waits until an append is durable: what `acks=all` asks for. May be dropped at any time.
    pub async fn wait_durable(&self, appended: &Appended) -> Result<(), AppendError> {
        let Some(lsn) = appended.lsn else { return Ok(()) };
        Ok(self.wait_settled(lsn).await?)
    }

    /// The last append, while it is not below the high watermark yet: what [`Partition::wait_settled`] waits for.
    pub fn unsettled(&self) -> Option<Lsn> {
        let state = self.lock_open().ok()?;
        let is_settled = state.log.log_end_offset() <= self.high_watermark();
        state.last_lsn.filter(|_| !is_settled)
    }

    /// The last entry of this partition that went to the WAL in this run; after a failure, too, and then for good.
    pub fn last_entry(&self) -> Option<Lsn> {
        self.state.lock().as_ref().and_then(|open| open.last_lsn)
    }

    /// Waits until an append, and all that came to the WAL before it, is below the high watermarks. May be dropped at any
    /// time.
    pub async fn wait_settled(&self, lsn: Lsn) -> Result<(), StorageFailed> {
        self.wal.durable(lsn).await.map_err(|_failed| StorageFailed)
    }

    /// Gets room in the WAL's queue, then does the rest at once. Should `write.caching` be switched in between, again.
    pub(super) async fn append_valid(
        self: &Arc<Self>,
        batches: &[Batch],
        check: Check,
    ) -> Result<Appended, AppendError> {
        let bytes = batches.iter().map(|batch| batch.bytes.len()).sum();
        loop {
            self.check_open()?;
            let admission = match self.settings().write_caching {
                true => None,
                false => match self.wal.admit(bytes).await {
                    Ok(admission) => Some(admission),
                    Err(_failed) => return Err(self.no_wal()),
                },
            };
            let attempt = Attempt { batches, bytes, check };
            match self.append_now(&attempt, admission)? {
                Outcome::Done(appended) => return Ok(appended),
                Outcome::FlushDue(appended) => {
                    self.flush_elsewhere().await?;
                    return Ok(appended);
                }
                Outcome::Again => {}
            }
        }
    }

    /// All that happens under the log's lock.
    fn append_now(
        self: &Arc<Self>,
        attempt: &Attempt<'_>,
        admission: Option<Admission>,
    ) -> Result<Outcome, AppendError> {
        let mut state = self.lock_open()?;
        let settings = self.settings();
        if !settings.write_caching && admission.is_none() {
            return Ok(Outcome::Again);
        }
        if let Some(duplicate) = self.check_producers(&state, &settings, attempt)? {
            return Ok(Outcome::Done(duplicate));
        }
        let now = self.clock.now();
        let segment_bytes = settings.log.segment_bytes;
        if u64::try_from(attempt.bytes).is_ok_and(|bytes| bytes > u64::from(segment_bytes)) {
            let size = attempt.bytes;
            return Err(AppendError::LargerThanSegment { size, segment_bytes });
        }
        let log_append_time = match settings.message_timestamp_type {
            TimestampType::LogAppendTime => Some(now),
            TimestampType::CreateTime => None,
        };
        let base_offset = state.log.log_end_offset();
        let stamped = self.stamp(attempt.batches, base_offset, log_append_time);
        let completed = match state.log.append(&stamped, now) {
            Ok(completed) => completed,
            Err(cause) => return Err(self.not_appended(cause, attempt, segment_bytes)),
        };
        if attempt.batches.iter().any(|batch| batch.header.is_transactional()) {
            self.note_transactions(&mut state, &completed)?;
        }
        let mut appended = Appended {
            base_offset,
            last_offset: Offset(state.log.log_end_offset().0 - 1),
            log_append_time,
            log_start_offset: state.log.log_start_offset(),
            duplicate: false,
            lsn: None,
        };
        let (end, bytes) = (state.log.end_position(), u64::try_from(attempt.bytes).unwrap_or(0));
        match admission {
            Some(admission) if !settings.write_caching => {
                self.tail.append_pending(end, bytes);
                appended.lsn = Some(self.submit(admission, stamped)?);
                state.last_lsn = appended.lsn;
            }
            _ => self.tail.append_visible(end, bytes),
        }
        let unflushed = end.offset.distance_from(state.log.recovery_point());
        match appended.lsn.is_none() && unflushed >= settings.flush_messages {
            true => Ok(Outcome::FlushDue(appended)),
            false => Ok(Outcome::Done(appended)),
        }
    }

    fn stamp(
        &self,
        batches: &[Batch],
        base_offset: Offset,
        log_append_time: Option<Timestamp>,
    ) -> Vec<StampedBatch> {
        let mut next = base_offset;
        let stamp = |batch: &Batch| {
            let stamped = batch.stamp(next, self.leader_epoch, log_append_time);
            next = stamped.last_offset().next();
            stamped
        };
        batches.iter().map(stamp).collect()
    }

    fn submit(
        self: &Arc<Self>,
        admission: Admission,
        batches: Vec<StampedBatch>,
    ) -> Result<Lsn, AppendError> {
        let (topic_id, partition) = (self.topic_id, self.id.partition);
        let listener = Arc::clone(self) as Arc<dyn vltava_wal::Durable>;
        let entry = Entry { topic_id, partition, batches, listener };
        self.wal.submit(admission, entry).map_err(|_failed| self.no_wal())
    }

    /// The WAL takes nothing any more: it failed, or the broker is stopping.
    fn no_wal(&self) -> AppendError {
        if self.wal.has_failed() { self.fail_with_wal().into() } else { AppendError::Closed }
    }

    fn not_appended(
        &self,
        cause: WriteError,
        attempt: &Attempt<'_>,
        segment_bytes: u32,
    ) -> AppendError {
        match cause {
            WriteError::OutOfSpace { .. } => {
                error!(partition = %self.id, error = %Causes(&cause), "no space to append records");
                AppendError::OutOfSpace
            }
            WriteError::TooLarge { .. } => {
                AppendError::LargerThanSegment { size: attempt.bytes, segment_bytes }
            }
            WriteError::Io { .. } | WriteError::NotContiguous { .. } => {
                self.fail("append to it", &cause).into()
            }
        }
    }
}

/// What is to be appended.
pub(super) struct Attempt<'a> {
    pub(super) batches: &'a [Batch],
    bytes: usize,
    pub(super) check: Check,
}

enum Outcome {
    Done(Appended),
    /// Done, but to be answered after a flush.
    FlushDue(Appended),
    /// The WAL is needed after all.
    Again,
}
