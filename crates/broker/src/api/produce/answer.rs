//! What is told of a batch: where it is, or why it is not.
//!
//! Single records that break a rule of the topic are told in Kafka's words (KIP-467), which users know from their producers'
//! exceptions; for other errors Kafka has none, and these are ours.

use std::sync::Arc;

use vltava_model::TopicPartition;
use vltava_partition::{AppendError, Appended, Partition};
use vltava_protocol::messages::produce::{BatchIndexAndErrorMessage, PartitionProduceResponse};
use vltava_protocol::{ErrorCode, Str};
use vltava_records::{BatchError, ErrorKind, RecordFault, RecordRule};

use crate::errors::Coded;

/// How many records' errors stand in the message as well.
const ERRORS_IN_MESSAGE: usize = 3;

/// Why a batch was not appended.
pub(super) enum Refusal {
    /// By its partition.
    Append(AppendError, Arc<Partition>),
    /// Before it came to its partition.
    Code(ErrorCode),
}

pub(super) fn success(index: i32, appended: &Appended) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        base_offset: appended.base_offset.0,
        log_append_time_ms: appended.log_append_time.map_or(-1, |time| time.0),
        log_start_offset: appended.log_start_offset.0,
        ..PartitionProduceResponse::default()
    }
}

pub(super) fn failure(index: i32, refusal: &Refusal) -> PartitionProduceResponse {
    let answer = PartitionProduceResponse {
        index,
        base_offset: -1,
        log_start_offset: -1,
        ..PartitionProduceResponse::default()
    };
    let (error, partition) = match refusal {
        Refusal::Code(code) => {
            return PartitionProduceResponse { error_code: code.code(), ..answer };
        }
        Refusal::Append(error, partition) => (error, partition),
    };
    let record_errors = record_errors(error, partition.id());
    PartitionProduceResponse {
        error_code: error.code(),
        error_message: message(error, &record_errors),
        log_start_offset: match tells_log_start(error) {
            true => partition.log_start_offset().0,
            false => -1,
        },
        record_errors,
        ..answer
    }
}

/// Whether Kafka tells the log start offset along with an error, which is so where its log has looked at the records.
fn tells_log_start(error: &AppendError) -> bool {
    match error {
        AppendError::Batch(error) => match error.kind() {
            ErrorKind::Timestamp | ErrorKind::Invalid => true,
            ErrorKind::Incomplete
            | ErrorKind::NotOne
            | ErrorKind::Corrupt
            | ErrorKind::OldFormat
            | ErrorKind::Compression
            | ErrorKind::TooLarge => false,
        },
        AppendError::Sequence(_) => true,
        AppendError::LargerThanSegment { .. }
        | AppendError::OutOfSpace
        | AppendError::Storage(_)
        | AppendError::Closed => false,
    }
}

/// Which records break a rule of the topic; empty where the fault is not that of single records.
fn record_errors(error: &AppendError, id: &TopicPartition) -> Vec<BatchIndexAndErrorMessage> {
    let AppendError::Batch(BatchError::InvalidRecords(faults)) = error else { return Vec::new() };
    let told = |fault: &RecordFault| BatchIndexAndErrorMessage {
        batch_index: fault.index,
        batch_index_error_message: Some(words(fault, id).into()),
    };
    faults.iter().map(told).collect()
}

fn words(fault: &RecordFault, id: &TopicPartition) -> String {
    let index = fault.index;
    match &fault.rule {
        RecordRule::MissingKey => {
            format!("Compacted topic cannot accept message without key in topic partition {id}")
        }
        RecordRule::TimestampOutOfRange { timestamp, allowed } => format!(
            "Timestamp {timestamp} of message with offset {index} is out of range. The timestamp should be within [{}, {}]",
            allowed.start(),
            allowed.end()
        ),
        RecordRule::LogAppendTimeFromClient { timestamp, key_bytes, value_bytes } => format!(
            "Invalid timestamp type in message DefaultRecord(offset={index}, timestamp={timestamp}, key={key_bytes} bytes, \
             value={value_bytes} bytes). Producer should not set timestamp type to LogAppendTime."
        ),
    }
}

fn message(error: &AppendError, records: &[BatchIndexAndErrorMessage]) -> Option<Str> {
    if records.is_empty() {
        return error.message();
    }
    if error.error_code() == ErrorCode::INVALID_TIMESTAMP {
        return Some("One or more records have been rejected due to invalid timestamp".into());
    }
    let told = |record: &BatchIndexAndErrorMessage| {
        let message = record.batch_index_error_message.as_deref().unwrap_or_default();
        format!("RecordError(batchIndex={}, message='{message}')", record.batch_index)
    };
    let first: Vec<String> = records.iter().take(ERRORS_IN_MESSAGE).map(told).collect();
    let text = format!(
        "One or more records have been rejected due to {} record errors in total, and only showing the first three errors at \
         most: [{}]",
        records.len(),
        first.join(", ")
    );
    Some(text.into())
}
