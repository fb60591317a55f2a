//! Fetch (key 1), versions 4 to 18.
//! Reads each partition in turn until `max_bytes` is used up; the first that has records gives at least one whole batch.
//! Waits until `min_bytes` are there or `max_wait_ms` is over; a partition that cannot be read is told at once, an unknown
//! one only together with the others.
//! v7 sessions (KIP-227), v9 leader epochs (KIP-320), v12 diverging epochs (KIP-595), v13 topic ids (KIP-516), v16 the
//! leader along with FENCED_LEADER_EPOCH (KIP-951).
//! Differs from Kafka: followers are served as consumers are; the last batch of a partition is whole or not there; there is
//! no preferred replica; unknown isolation levels count as `read_uncommitted`.

mod partition;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use vltava_model::PartitionIndex;
use vltava_partition::{FetchWaiter, Isolation, Partition};
use vltava_protocol::messages::fetch::{
    FetchRequest, FetchResponse, FetchableTopicResponse, NodeEndpoint, PartitionData,
};
use vltava_protocol::{ErrorCode, Records, Str};

use self::partition::{PartitionReader, failed};
use crate::broker::Broker;
use crate::connection::{Answer, Started};
use crate::dispatch::{Call, Reply, RequestContext};
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
    let fetch = Fetch::new(&ctx, reply, &request, context);
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
    listener: usize,
    reply: Reply,
    context: FetchContext,
    /// The partitions of the context's targets, or why there is none.
    partitions: Vec<Result<Arc<Partition>, ErrorCode>>,
    reader: PartitionReader,
    session_id: i32,
    min_bytes: usize,
    max_bytes: usize,
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
        ctx: &RequestContext,
        reply: Reply,
        request: &FetchRequest,
        context: FetchContext,
    ) -> Fetch {
        let broker = Arc::clone(&ctx.broker);
        let bytes = |n: i32| usize::try_from(n).unwrap_or(0);
        let max_bytes = bytes(request.max_bytes).min(broker.settings.fetch_max_bytes);
        let isolation = match request.isolation_level {
            1 => Isolation::ReadCommitted,
            _ => Isolation::ReadUncommitted,
        };
        let broker_id = broker.node.broker_id();
        let partitions: Vec<_> =
            context.targets.iter().map(|target| find(&broker, target)).collect();
        Fetch {
            listener: ctx.listener,
            reader: PartitionReader { version: ctx.version, isolation, broker_id },
            session_id: request.session_id,
            min_bytes: bytes(request.min_bytes).min(max_bytes),
            max_bytes,
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
        let data = Vec::with_capacity(self.partitions.len());
        let mut pass = Pass { data, bytes: 0, urgent: false };
        for (target, partition) in self.context.targets.iter().zip(&self.partitions) {
            let data = match partition {
                Ok(partition) => {
                    let max_bytes = usize::try_from(target.max_bytes).unwrap_or(0);
                    let max_bytes = max_bytes.min(self.max_bytes.saturating_sub(pass.bytes));
                    let data = self.reader.read(target, partition, max_bytes, pass.bytes == 0);
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

    /// Waits for records. Each round first arms the waiter and then reads, so that no append is missed in between.
    async fn wait(self, mut pass: Pass, deadline: Instant) -> Answer {
        let partitions = self.partitions.iter().flatten().cloned().collect();
        let watch = Watch::new(partitions, self.reader.isolation);
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
        let all = self.partitions.iter().zip(&pass.data);
        let mut known = all.filter_map(|(partition, data)| Some((partition.as_ref().ok()?, data)));
        known.any(|(partition, data)| self.reader.has_moved(partition, data))
    }

    fn answer(self, pass: Pass) -> Answer {
        let done = match self.broker.fetch_sessions.conclude(self.context, pass.data) {
            Ok(done) => done,
            Err(error) => return refuse(self.reply, error, self.session_id),
        };
        let mut responses: Vec<FetchableTopicResponse> = Vec::new();
        let mut names_leader = false;
        let mut last = None;
        for (topic, data) in done.partitions {
            names_leader |= data.current_leader.leader_id >= 0;
            match responses.last_mut() {
                Some(response) if last.as_ref() == Some(&topic) => response.partitions.push(data),
                _ => {
                    responses.push(topic_response(&topic, data));
                    last = Some(topic);
                }
            }
        }
        let itself = names_leader.then(|| endpoint(&self.broker, self.listener));
        self.reply.with(&FetchResponse {
            session_id: done.session_id,
            responses,
            node_endpoints: itself.into_iter().collect(),
            ..FetchResponse::default()
        })
    }
}

/// Partitions that wake a waiter, until this is dropped.
struct Watch {
    waiter: Arc<FetchWaiter>,
    partitions: Vec<Arc<Partition>>,
}

impl Watch {
    fn new(partitions: Vec<Arc<Partition>>, isolation: Isolation) -> Watch {
        let waiter = FetchWaiter::reading(isolation);
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

fn endpoint(broker: &Broker, listener: usize) -> NodeEndpoint {
    let endpoint = &broker.listeners[listener].advertised;
    NodeEndpoint {
        node_id: broker.node.broker_id().0,
        host: Str::from(endpoint.host.as_str()),
        port: i32::from(endpoint.port),
        rack: broker.settings.rack.as_deref().map(Str::from),
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
