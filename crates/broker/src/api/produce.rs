//! Produce (key 0), versions 3 to 13; ApiVersions says 0, as Kafka's does, because old librdkafka stops compressing else.
//! Appends each partition's batch in the order of the request, before the connection's next request begins; then answers:
//! `acks=0` not at all, `acks=1` at once, `acks=all` when every batch is durable. An error under `acks=0` closes the
//! connection, which is how clients learn to look for another leader.
//! v13 topics by id (KIP-516).
//! Differs from Kafka: `min.insync.replicas` has no effect, as durability is not a matter of replicas here; a batch that is
//! part of a transaction is INVALID_TXN_STATE until there are transactions.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use vltava_model::PartitionIndex;
use vltava_partition::{AppendLimits, Appended, Origin, Partition};
use vltava_protocol::messages::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData, TopicProduceResponse,
};
use vltava_protocol::{ErrorCode, Records, Str};

use crate::broker::Broker;
use crate::connection::{Answer, Started};
use crate::dispatch::{Call, Reply};
use crate::errors::Coded;
use answer::{Refusal, failure, success};

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
            Ok(Err(error)) => Err(Refusal::Append(error, Arc::clone(partition))),
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
                Ok(Err(error)) => Refusal::Append(error, partition),
                Err(_elapsed) => Refusal::Code(ErrorCode::REQUEST_TIMED_OUT),
            };
            let answer = &mut self.response.responses[place.0].partition_responses[place.1];
            *answer = failure(answer.index, &refusal);
        }
        reply.with(&self.response)
    }
}
