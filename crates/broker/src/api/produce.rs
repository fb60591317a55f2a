//! Produce (key 0), versions 3 to 13; ApiVersions says 0, as Kafka's does, because old librdkafka stops compressing else.
//! Appends each partition's batch in the order of the request, before the connection's next request begins; then answers:
//! `acks=0` not at all, `acks=1` at once, `acks=all` when every batch is durable. An error under `acks=0` closes the
//! connection, which is how clients learn to look for another leader.
//! v13 topics by id (KIP-516).
//! Differs from Kafka: `min.insync.replicas` has no effect, as durability is not a matter of replicas here; a batch that is
//! part of a transaction is INVALID_TXN_STATE until there are transactions.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use vltava_model::{Offset, PartitionIndex};
use vltava_partition::{AppendError, AppendLimits, Appended, Origin, Partition};
use vltava_protocol::messages::produce::{
    BatchIndexAndErrorMessage, PartitionProduceData, PartitionProduceResponse, ProduceRequest,
    ProduceResponse, TopicProduceData, TopicProduceResponse,
};
use vltava_protocol::{ErrorCode, Records, Str};
use vltava_records::{BatchError, ErrorKind, RecordFault};

use crate::broker::Broker;
use crate::connection::{Answer, Started};
use crate::dispatch::{Call, Reply};
use crate::errors::Coded;

/// The first version that knows zstd.
const ZSTD_VERSION: i16 = 7;
/// The first version that names topics by id.
const TOPIC_IDS_VERSION: i16 = 13;
/// The client id under which Kafka's own tools may write to internal topics.
const ADMIN_CLIENT: &str = "__admin_client";
/// Where a batch has its attributes, and what says there that it is part of a transaction.
const ATTRIBUTES_LOW_BYTE: usize = 22;
const TRANSACTIONAL: u8 = 0x10;

/// Appends, and then waits for what `acks` asks for.
pub(crate) async fn start(call: Call) -> Started {
    let (ctx, reply, request) = match call.decode::<ProduceRequest>() {
        Ok(decoded) => decoded,
        Err(answer) => return Started::Done(answer),
    };
    let ProduceRequest { acks, timeout_ms, topic_data, .. } = request;
    let patience = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    let mut produce = Produce {
        broker: ctx.broker,
        version: ctx.version,
        acks,
        deadline: Instant::now() + patience,
        internal_allowed: ctx.client_id.as_deref() == Some(ADMIN_CLIENT),
        response: ProduceResponse::default(),
        unsettled: Vec::new(),
    };
    for topic in topic_data {
        produce.append_topic(topic).await;
    }
    match acks {
        0 => Started::Done(produce.answer_nothing(reply)),
        _ if produce.unsettled.is_empty() => Started::Done(reply.with(&produce.response)),
        _ => Started::Later(Box::pin(produce.settle(reply))),
    }
}

/// A request on its way.
struct Produce {
    broker: Arc<Broker>,
    version: i16,
    acks: i16,
    /// When the client gives up.
    deadline: Instant,
    internal_allowed: bool,
    response: ProduceResponse,
    /// Appends that are not durable yet.
    unsettled: Vec<Unsettled>,
}

struct Unsettled {
    partition: Arc<Partition>,
    appended: Appended,
    /// Where its answer is in the response.
    place: (usize, usize),
}

/// Why a batch was not appended.
enum Refusal {
    /// By its partition, whose log starts there.
    Append(AppendError, Offset),
    /// Before it came to its partition.
    Code(ErrorCode),
}

impl Produce {
    async fn append_topic(&mut self, topic: TopicProduceData) {
        let TopicProduceData { name, topic_id, partition_data } = topic;
        let topic_index = self.response.responses.len();
        let mut partition_responses = Vec::with_capacity(partition_data.len());
        for (partition_index, data) in partition_data.into_iter().enumerate() {
            let index = data.index;
            let found = self.find(&name, topic_id, index);
            let outcome = match found {
                Ok(partition) => self.append(&partition, data).await.map(|a| (partition, a)),
                Err(code) => Err(Refusal::Code(code)),
            };
            partition_responses.push(match outcome {
                Ok((partition, appended)) => {
                    let place = (topic_index, partition_index);
                    if self.acks == -1 && appended.lsn.is_some() {
                        self.unsettled.push(Unsettled { partition, appended, place });
                    }
                    success(index, &appended)
                }
                Err(refusal) => failure(index, &refusal),
            });
        }
        self.response.responses.push(TopicProduceResponse { name, topic_id, partition_responses });
    }

    fn find(
        &self,
        name: &Str,
        topic_id: vltava_model::TopicId,
        index: i32,
    ) -> Result<Arc<Partition>, ErrorCode> {
        if !matches!(self.acks, -1..=1) {
            return Err(ErrorCode::INVALID_REQUIRED_ACKS);
        }
        let partitions = self.broker.node.partitions();
        let found = if self.version >= TOPIC_IDS_VERSION {
            partitions.by_id(topic_id, PartitionIndex(index))
        } else {
            partitions.by_name(name, PartitionIndex(index))
        };
        let partition = found.map_err(|error| error.error_code())?;
        if !self.internal_allowed && partition.id().topic.is_internal() {
            return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
        }
        Ok(partition)
    }

    async fn append(
        &self,
        partition: &Arc<Partition>,
        data: PartitionProduceData,
    ) -> Result<Appended, Refusal> {
        let records = data.records.and_then(Records::into_bytes).unwrap_or_default();
        if records.get(ATTRIBUTES_LOW_BYTE).is_some_and(|low| low & TRANSACTIONAL != 0) {
            return Err(Refusal::Code(ErrorCode::INVALID_TXN_STATE));
        }
        let limits = AppendLimits { zstd: self.version >= ZSTD_VERSION };
        // Waits if the write-ahead log has no room; until it has, nothing is appended.
        match timeout_at(self.deadline, partition.append(records, Origin::Client, &limits)).await {
            Ok(Ok(appended)) => Ok(appended),
            Ok(Err(error)) => Err(Refusal::Append(error, partition.log_start_offset())),
            Err(_elapsed) => Err(Refusal::Code(ErrorCode::REQUEST_TIMED_OUT)),
        }
    }

    /// The end of a request whose client wants no answer.
    fn answer_nothing(&self, reply: Reply) -> Answer {
        let all = self.response.responses.iter().flat_map(|topic| &topic.partition_responses);
        let failed = all.filter(|partition| partition.error_code != 0).count();
        match failed {
            0 => Answer::Silence,
            _ => reply.close(&format!("{failed} partitions failed under acks=0")),
        }
    }

    /// Waits until all is durable.
    async fn settle(mut self, reply: Reply) -> Answer {
        for Unsettled { partition, appended, place } in self.unsettled {
            let refusal = match timeout_at(self.deadline, partition.wait_durable(&appended)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => Refusal::Append(error, partition.log_start_offset()),
                Err(_elapsed) => Refusal::Code(ErrorCode::REQUEST_TIMED_OUT),
            };
            let answer = &mut self.response.responses[place.0].partition_responses[place.1];
            *answer = failure(answer.index, &refusal);
        }
        reply.with(&self.response)
    }
}

fn success(index: i32, appended: &Appended) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        base_offset: appended.base_offset.0,
        log_append_time_ms: appended.log_append_time.map_or(-1, |time| time.0),
        log_start_offset: appended.log_start_offset.0,
        ..PartitionProduceResponse::default()
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

/// Which records break a rule of the topic (KIP-467); empty where the fault is not that of single records.
fn record_errors(refusal: &Refusal) -> Vec<BatchIndexAndErrorMessage> {
    let Refusal::Append(AppendError::Batch(BatchError::InvalidRecords(faults)), _) = refusal else {
        return Vec::new();
    };
    let told = |fault: &RecordFault| BatchIndexAndErrorMessage {
        batch_index: fault.index,
        batch_index_error_message: Some(fault.rule.to_string().into()),
    };
    faults.iter().map(told).collect()
}

fn failure(index: i32, refusal: &Refusal) -> PartitionProduceResponse {
    let (error_code, error_message, log_start_offset) = match refusal {
        Refusal::Append(error, start) if tells_log_start(error) => {
            (error.code(), error.message(), start.0)
        }
        Refusal::Append(error, _) => (error.code(), error.message(), -1),
        Refusal::Code(code) => (code.code(), None, -1),
    };
    PartitionProduceResponse {
        index,
        error_code,
        error_message,
        base_offset: -1,
        log_start_offset,
        record_errors: record_errors(refusal),
        ..PartitionProduceResponse::default()
    }
}
