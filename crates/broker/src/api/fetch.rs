//! Fetch (key 1), versions 4 to 18.
//! Reads each partition in turn until `max_bytes` is used up; the first that has records gives at least one whole batch.
//! Waits until `min_bytes` are there or `max_wait_ms` is over; a partition that cannot be read is told at once, an unknown
//! one only together with the others.
//! v7 sessions (KIP-227), v9 leader epochs (KIP-320), v12 diverging epochs (KIP-595), v13 topic ids (KIP-516).
//! Differs from Kafka: followers are served as consumers are; the last batch of a partition is whole or not there; there is
//! no preferred replica; unknown isolation levels count as `read_uncommitted`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use vltava_model::{LeaderEpoch, Offset, PartitionIndex};
use vltava_partition::{FetchWaiter, Isolation, Partition, ReadError, ReadOutcome};
use vltava_protocol::messages::fetch::{
    EpochEndOffset, FetchRequest, FetchResponse, FetchableTopicResponse, LeaderIdAndEpoch,
    PartitionData,
};
use vltava_protocol::{ErrorCode, FileRange, Records};

use crate::api::leader_epochs;
use crate::broker::Broker;
use crate::connection::{Answer, Started};
use crate::dispatch::{Call, Reply};
use crate::errors::Coded;
use crate::fetch_sessions::{FetchContext, FetchTarget, TopicKey};

/// Reads once, and waits if that is not enough.
pub(crate) async fn start(call: Call) -> Started {
    let (ctx, reply, request) = match call.decode::<FetchRequest>() {
        Ok(decoded) => decoded,
        Err(answer) => return Started::Done(answer),
    };
    let context = match ctx.broker.fetch_sessions.begin(ctx.version, &request) {
        Ok(context) => context,
        Err(error) => return Started::Done(refuse(reply, error, 0)),
    };
    let fetch = Fetch::new(ctx.broker, reply, &request, context);
    let pass = fetch.read_all();
    if fetch.is_enough(&pass) {
        return Started::Done(fetch.answer(pass));
    }
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    Started::Later(Box::pin(fetch.wait(pass, Instant::now() + max_wait)))
}

/// A request on its way.
struct Fetch {
    broker: Arc<Broker>,
    reply: Reply,
    context: FetchContext,
    /// The partitions of the context's targets, or why there is none.
    partitions: Vec<Result<Arc<Partition>, ErrorCode>>,
    session_id: i32,
    min_bytes: usize,
    max_bytes: usize,
    isolation: Isolation,
    waits: bool,
}

/// What one reading of all partitions found.
struct Pass {
    data: Vec<PartitionData>,
    bytes: usize,
    /// Whether there is something besides records that the client should hear of now.
    urgent: bool,
}

impl Fetch {
    fn new(
        broker: Arc<Broker>,
        reply: Reply,
        request: &FetchRequest,
        context: FetchContext,
    ) -> Fetch {
        let bytes = |n: i32| usize::try_from(n).unwrap_or(0);
        let max_bytes = bytes(request.max_bytes).min(broker.settings.fetch_max_bytes);
        let isolation = match request.isolation_level {
            1 => Isolation::ReadCommitted,
            _ => Isolation::ReadUncommitted,
        };
        let partitions: Vec<_> =
            context.targets.iter().map(|target| find(&broker, target)).collect();
        Fetch {
            session_id: request.session_id,
            min_bytes: bytes(request.min_bytes).min(max_bytes),
            max_bytes,
            isolation,
            waits: request.max_wait_ms > 0 && partitions.iter().any(Result::is_ok),
            broker,
            reply,
            context,
            partitions,
        }
    }

    fn is_enough(&self, pass: &Pass) -> bool {
        !self.waits || pass.urgent || pass.bytes >= self.min_bytes
    }

    /// Reads every partition, as far as `max_bytes` goes. Those behind it tell their offsets only.
    fn read_all(&self) -> Pass {
        let mut pass =
            Pass { data: Vec::with_capacity(self.partitions.len()), bytes: 0, urgent: false };
        for (target, partition) in self.context.targets.iter().zip(&self.partitions) {
            let data = match partition {
                Ok(partition) => {
                    let max_bytes = usize::try_from(target.max_bytes).unwrap_or(0);
                    let max_bytes = max_bytes.min(self.max_bytes.saturating_sub(pass.bytes));
                    let data = self.read(target, partition, max_bytes, pass.bytes == 0);
                    pass.urgent |= data.error_code != 0 || data.diverging_epoch.epoch >= 0;
                    data
                }
                Err(code) => failed(target.partition, *code),
            };
            pass.bytes += data.records.as_ref().map_or(0, Records::len);
            pass.data.push(data);
        }
        pass
    }

    fn read(
        &self,
        target: &FetchTarget,
        partition: &Partition,
        max_bytes: usize,
        min_one: bool,
    ) -> PartitionData {
        let index = target.partition;
        if let Err(code) = leader_epochs::check(partition, target.current_leader_epoch) {
            return PartitionData { current_leader: self.leader(partition), ..failed(index, code) };
        }
        let offset = Offset(target.fetch_offset);
        if target.last_fetched_epoch >= 0 {
            match divergence(partition, LeaderEpoch(target.last_fetched_epoch), offset) {
                Ok(None) => {}
                Ok(Some(diverging_epoch)) => {
                    let empty = empty(partition, index, self.isolation);
                    return PartitionData { diverging_epoch, ..empty };
                }
                Err(code) => return failed(index, code),
            }
        }
        match partition.read(offset, max_bytes, min_one, self.isolation) {
            Ok(outcome) => found(index, outcome, self.isolation),
            Err(
                error @ (ReadError::OutOfRange { .. } | ReadError::Storage(_) | ReadError::Closed),
            ) => failed(index, error.error_code()),
        }
    }

    fn leader(&self, partition: &Partition) -> LeaderIdAndEpoch {
        LeaderIdAndEpoch {
            leader_id: self.broker.node.broker_id().0,
            leader_epoch: partition.leader_epoch().0,
        }
    }

    /// Waits for records. Each round first arms the waiter and then reads, so that no append is missed in between.
    async fn wait(self, mut pass: Pass, deadline: Instant) -> Answer {
        let watch = Watch::new(self.partitions.iter().flatten().cloned().collect());
        let stop = self.broker.stop.clone();
        loop {
            watch.waiter.arm(self.min_bytes);
            if self.has_moved(&pass) {
                pass = self.read_all();
            }
            if self.is_enough(&pass) {
                break;
            }
            watch.waiter.found(u64::try_from(pass.bytes).unwrap_or(u64::MAX));
            tokio::select! {
                () = watch.waiter.ready() => pass = self.read_all(),
                () = sleep_until(deadline) => {
                    if self.has_moved(&pass) {
                        pass = self.read_all();
                    }
                    break;
                }
                () = stop.begun() => break,
            }
        }
        drop(watch);
        self.answer(pass)
    }

    /// Whether there can be more than that reading found.
    fn has_moved(&self, pass: &Pass) -> bool {
        let end = |partition: &Arc<Partition>| match self.isolation {
            Isolation::ReadUncommitted => partition.high_watermark().0,
            Isolation::ReadCommitted => partition.last_stable_offset().0,
        };
        let seen = |data: &PartitionData| match self.isolation {
            Isolation::ReadUncommitted => data.high_watermark,
            Isolation::ReadCommitted => data.last_stable_offset,
        };
        self.partitions
            .iter()
            .zip(&pass.data)
            .any(|(partition, data)| partition.as_ref().is_ok_and(|p| end(p) != seen(data)))
    }

    fn answer(self, pass: Pass) -> Answer {
        let done = match self.broker.fetch_sessions.conclude(self.context, pass.data) {
            Ok(done) => done,
            Err(error) => return refuse(self.reply, error, self.session_id),
        };
        let mut responses: Vec<FetchableTopicResponse> = Vec::new();
        let mut last = None;
        for (topic, data) in done.partitions {
            match responses.last_mut() {
                Some(response) if last.as_ref() == Some(&topic) => response.partitions.push(data),
                _ => {
                    responses.push(topic_response(&topic, data));
                    last = Some(topic);
                }
            }
        }
        let session_id = done.session_id;
        self.reply.with(&FetchResponse { session_id, responses, ..FetchResponse::default() })
    }
}

/// Partitions that wake a waiter, until this is dropped.
struct Watch {
    waiter: Arc<FetchWaiter>,
    partitions: Vec<Arc<Partition>>,
}

impl Watch {
    fn new(partitions: Vec<Arc<Partition>>) -> Watch {
        let waiter = FetchWaiter::new();
        for partition in &partitions {
            partition.watch(&waiter);
        }
        Watch { waiter, partitions }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.unwatch(&self.waiter);
        }
    }
}

fn find(broker: &Broker, target: &FetchTarget) -> Result<Arc<Partition>, ErrorCode> {
    let index = PartitionIndex(target.partition);
    let partitions = broker.node.partitions();
    let found = match &target.topic {
        TopicKey::Name(name) => partitions.by_name(name, index),
        TopicKey::Id(id) => partitions.by_id(*id, index),
    };
    found.map_err(|error| error.error_code())
}

/// Where the client's log and ours part, if they do (KIP-595).
fn divergence(
    partition: &Partition,
    last_fetched: LeaderEpoch,
    offset: Offset,
) -> Result<Option<EpochEndOffset>, ErrorCode> {
    let (epoch, end) =
        leader_epochs::end_of(partition, last_fetched).ok_or(ErrorCode::OFFSET_OUT_OF_RANGE)?;
    let parts = epoch < last_fetched || end < offset;
    Ok(parts.then_some(EpochEndOffset { epoch: epoch.0, end_offset: end.0 }))
}

fn found(index: i32, outcome: ReadOutcome, isolation: Isolation) -> PartitionData {
    let records = outcome.records.map(|slice| {
        Records::File(FileRange {
            file: slice.file,
            position: slice.position,
            length: slice.length,
        })
    });
    PartitionData {
        partition_index: index,
        high_watermark: outcome.high_watermark.0,
        last_stable_offset: outcome.last_stable_offset.0,
        log_start_offset: outcome.log_start_offset.0,
        aborted_transactions: (isolation == Isolation::ReadCommitted).then(Vec::new),
        records: Some(records.unwrap_or_default()),
        ..PartitionData::default()
    }
}

fn empty(partition: &Partition, index: i32, isolation: Isolation) -> PartitionData {
    let outcome = ReadOutcome {
        records: None,
        high_watermark: partition.high_watermark(),
        last_stable_offset: partition.last_stable_offset(),
        log_start_offset: partition.log_start_offset(),
    };
    found(index, outcome, isolation)
}

fn failed(index: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: code.code(),
        high_watermark: -1,
        records: Some(Records::default()),
        ..PartitionData::default()
    }
}

fn refuse(reply: Reply, error: ErrorCode, session_id: i32) -> Answer {
    let error_code = error.code();
    reply.with(&FetchResponse { error_code, session_id, ..FetchResponse::default() })
}

fn topic_response(topic: &TopicKey, data: PartitionData) -> FetchableTopicResponse {
    let partitions = vec![data];
    match topic {
        TopicKey::Name(name) => {
            FetchableTopicResponse { topic: name.clone(), partitions, ..Default::default() }
        }
        TopicKey::Id(id) => {
            FetchableTopicResponse { topic_id: *id, partitions, ..Default::default() }
        }
    }
}
