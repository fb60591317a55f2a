//! Control records: what the broker itself writes into a partition's log.
//!
//! ```text
//! key    i16 version, 0; i16 type
//! value  i16 version, 0; i32 coordinator epoch         (end of transaction)
//! ```
//! A control batch holds one record. Later versions begin with the same fields.

use bytes::Bytes;
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::batch::Batch;
use crate::builder::BatchBuilder;
use crate::compression::Compression;
use crate::error::BatchError;

/// What a control record says, by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlRecordType {
    /// A transaction ends, and its records in this partition do not count.
    Abort,
    /// A transaction ends, and its records in this partition count.
    Commit,
    /// The KRaft log has a new leader.
    LeaderChange,
    /// A KRaft snapshot begins.
    SnapshotHeader,
    /// A KRaft snapshot ends.
    SnapshotFooter,
    /// The version of KRaft.
    KRaftVersion,
    /// The voters of KRaft.
    KRaftVoters,
    /// Something newer.
    Unknown(i16),
}

impl ControlRecordType {
    /// Reads a control record's key.
    pub fn parse(key: &[u8]) -> Result<ControlRecordType, BatchError> {
        let (version, rest) = split_i16(key, "the key is shorter than 4 bytes")?;
        if version < 0 {
            return Err(BatchError::MalformedControlRecord("the key's version is negative"));
        }
        let (id, _) = split_i16(rest, "the key is shorter than 4 bytes")?;
        Ok(match id {
            0 => ControlRecordType::Abort,
            1 => ControlRecordType::Commit,
            2 => ControlRecordType::LeaderChange,
            3 => ControlRecordType::SnapshotHeader,
            4 => ControlRecordType::SnapshotFooter,
            5 => ControlRecordType::KRaftVersion,
            6 => ControlRecordType::KRaftVoters,
            other => ControlRecordType::Unknown(other),
        })
    }
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionResult {
    /// Its records do not count.
    Abort,
    /// Its records count.
    Commit,
}

/// The end of a producer's transaction in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// How it ended.
    pub result: TransactionResult,
    /// The leader epoch of the transaction coordinator that decided it.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// The marker's batch, to be stamped.
    pub fn build(
        self,
        producer_id: ProducerId,
        producer_epoch: ProducerEpoch,
        timestamp: Timestamp,
    ) -> Bytes {
        let id: i16 = match self.result {
            TransactionResult::Abort => 0,
            TransactionResult::Commit => 1,
        };
        let mut key = [0; 4];
        key[2..].copy_from_slice(&id.to_be_bytes());
        let mut value = [0; 6];
        value[2..].copy_from_slice(&self.coordinator_epoch.to_be_bytes());
        let builder = BatchBuilder::new().producer(producer_id, producer_epoch, Sequence(-1));
        let mut builder = builder.transactional().control();
        builder.push(timestamp, Some(&key), Some(&value), &[]);
        builder.build(Compression::None)
    }

    /// The marker that a control batch holds; `None` if it holds none: the batch is not about a transaction, or is empty,
    /// because the whole transaction was compacted away.
    pub fn of(batch: &Batch) -> Result<Option<EndTransactionMarker>, BatchError> {
        if !batch.header.is_control() {
            return Ok(None);
        }
        match batch.records()?.next().transpose()? {
            Some(record) => {
                let key = record.key.unwrap_or_default();
                EndTransactionMarker::parse(&key, record.value.as_deref())
            }
            None => Ok(None),
        }
    }

    /// Reads a control record; `None` if it is not about a transaction.
    pub fn parse(
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<Option<EndTransactionMarker>, BatchError> {
        const CUT_OFF: &str = "the value is shorter than 6 bytes";
        let result = match ControlRecordType::parse(key)? {
            ControlRecordType::Abort => TransactionResult::Abort,
            ControlRecordType::Commit => TransactionResult::Commit,
            _ => return Ok(None),
        };
        let (version, rest) = split_i16(value.unwrap_or_default(), CUT_OFF)?;
        if version < 0 {
            return Err(BatchError::MalformedControlRecord("the value's version is negative"));
        }
        let epoch = rest.first_chunk().ok_or(BatchError::MalformedControlRecord(CUT_OFF))?;
        let coordinator_epoch = i32::from_be_bytes(*epoch);
        Ok(Some(EndTransactionMarker { result, coordinator_epoch }))
    }
}

fn split_i16<'a>(bytes: &'a [u8], cut_off: &'static str) -> Result<(i16, &'a [u8]), BatchError> {
    let (number, rest) =
        bytes.split_first_chunk().ok_or(BatchError::MalformedControlRecord(cut_off))?;
    Ok((i16::from_be_bytes(*number), rest))
}
