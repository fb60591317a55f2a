//! Appending: whose batches are taken, and what happens to them under the log's lock.

use std::sync::Arc;

use bytes::Bytes;
use tracing::error;
use vltava_log::{BatchCheck, ProducerCheck, Verification, WriteError};
use vltava_model::{Offset, Timestamp};
use vltava_records::{Batch, StampedBatch};
use vltava_wal::{Admission, Entry, Lsn};

use super::{Causes, Open, Partition};
use crate::settings::TimestampType;
use crate::{AppendError, StorageFailed, TopicSettings};

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
                self.append_valid(&batch, true).await
            }
            Origin::Coordinator => {
                let batches = self.check_coordinator(records, &settings).await?;
                self.append_valid(&batches, false).await
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
    async fn append_valid(
        self: &Arc<Self>,
        batches: &[Batch],
        check_sequence: bool,
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
            let attempt = Attempt { batches, bytes, check_sequence };
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
        if let Some(duplicate) = self.check_sequence(&state, &settings, attempt)? {
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
        if let Err(cause) = state.log.append(&stamped, now) {
            return Err(self.not_appended(cause, attempt, segment_bytes));
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

    /// The answer to a batch that is there already. If it is not durable yet, `acks=all` has to wait for it as its first
    /// sender does: the last entry of this partition in the WAL stands for it, since entries become durable in order.
    fn check_sequence(
        &self,
        state: &Open,
        settings: &TopicSettings,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Appended>, AppendError> {
        let batch = match attempt.batches {
            [batch] if attempt.check_sequence && batch.header.has_producer_id() => batch,
            _ => return Ok(None),
        };
        let how = BatchCheck { sequences: true, verification: Verification::Missing };
        match state.log.check_producer(&batch.header, how)? {
            ProducerCheck::New => Ok(None),
            ProducerCheck::Duplicate { base_offset, last_offset, timestamp, log_start_offset } => {
                let is_durable = last_offset < self.tail.high_watermark().offset;
                let log_append_time = match settings.message_timestamp_type {
                    TimestampType::LogAppendTime => Some(timestamp),
                    TimestampType::CreateTime => None,
                };
                Ok(Some(Appended {
                    base_offset,
                    last_offset,
                    log_append_time,
                    log_start_offset,
                    duplicate: true,
                    lsn: state.last_lsn.filter(|_| !is_durable),
                }))
            }
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
struct Attempt<'a> {
    batches: &'a [Batch],
    bytes: usize,
    check_sequence: bool,
}

enum Outcome {
    Done(Appended),
    /// Done, but to be answered after a flush.
    FlushDue(Appended),
    /// The WAL is needed after all.
    Again,
}
