//! ListOffsets (key 2), versions 1 to 11.
//! The offset of the first record at or after a timestamp, or a special one: -1 the end that the client may read to, -2 the
//! start, -3 the record with the largest timestamp (v7, KIP-734), -4 the start on local disk (v8, KIP-405), -5 the end of what
//! is tiered (v9, KIP-1005), -6 the start of what is still to be tiered (v11, KIP-1023).
//! v2 isolation levels, v4 leader epochs (KIP-320).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;
use vltava_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp};
use vltava_partition::{Isolation, LookupError, Partition, TimestampOffset};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopicResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::leader_epochs;
use crate::api::settle::settle;
use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// What stands for the special timestamp in the version, for an error if there is none.
fn first_version(timestamp: i64) -> Option<i16> {
    match timestamp {
        0.. | LATEST | EARLIEST => Some(1),
        MAX_TIMESTAMP => Some(7),
        EARLIEST_LOCAL => Some(8),
        LATEST_TIERED => Some(9),
        EARLIEST_PENDING_UPLOAD => Some(11),
        _ => None,
    }
}

/// The id with which consumers come; others may see records that are not durable yet.
const CONSUMER: i32 = -1;

/// How long an answer waits for records that are not durable yet: a hundred times what a sync takes on an SSD. A disk that
/// needs longer, or is full, is no reason to hide what is safe.
const SETTLE_MAX: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
enum View {
    Consumer(Isolation),
    Replica,
}

pub(crate) async fn handle(
    ctx: RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let isolation =
        if request.isolation_level == 1 { Isolation::ReadCommitted } else { Isolation::default() };
    let view =
        if request.replica_id == CONSUMER { View::Consumer(isolation) } else { View::Replica };
    if request.replica_id == CONSUMER {
        settle(measured(&ctx.broker, &request), SETTLE_MAX).await;
    }
    let mut twice = twice(&request);
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let index = asked.partition_index;
            let outcome = match twice.get_mut(&(topic.name.clone(), index)) {
                None => find(&ctx, &topic.name, &asked, view).await,
                Some(answered) if *answered => continue,
                Some(answered) => {
                    *answered = true;
                    Err(ErrorCode::INVALID_REQUEST)
                }
            };
            partitions.push(answer(index, outcome));
        }
        if !partitions.is_empty() {
            topics.push(ListOffsetsTopicResponse { name: topic.name, partitions });
        }
    }
    ListOffsetsResponse { throttle_time_ms: 0, topics }
}

/// The partitions of which it matters where they end.
fn measured(broker: &Broker, request: &ListOffsetsRequest) -> Vec<Arc<Partition>> {
    let asked = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().filter(|asked| needs_end(asked.timestamp)).filter_map(|asked| {
            let index = PartitionIndex(asked.partition_index);
            broker.node.partitions().by_name(&topic.name, index).ok()
        })
    });
    asked.collect()
}

fn needs_end(timestamp: i64) -> bool {
    matches!(timestamp, LATEST | MAX_TIMESTAMP | 0..)
}

/// The partitions that come more than once, which is an error and answered once; none of them is answered yet.
fn twice(request: &ListOffsetsRequest) -> HashMap<(Str, i32), bool> {
    let mut seen = HashSet::new();
    let all = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| (topic.name.clone(), partition.partition_index))
    });
    all.filter(|id| !seen.insert(id.clone())).map(|id| (id, false)).collect()
}

async fn find(
    ctx: &RequestContext,
    topic: &str,
    asked: &ListOffsetsPartition,
    view: View,
) -> Result<Found, ErrorCode> {
    if first_version(asked.timestamp).is_none_or(|first| ctx.version < first) {
        return Err(ErrorCode::UNSUPPORTED_VERSION);
    }
    let index = PartitionIndex(asked.partition_index);
    let partition = ctx.broker.node.partitions().by_name(topic, index);
    let partition = partition.map_err(|error| error.error_code())?;
    leader_epochs::check(&partition, asked.current_leader_epoch)?;
    let end = match view {
        View::Consumer(Isolation::ReadUncommitted) => partition.high_watermark(),
        View::Consumer(Isolation::ReadCommitted) => partition.last_stable_offset(),
        View::Replica => partition.log_end_offset(),
    };
    match asked.timestamp {
        LATEST => Ok(Found::at(end, partition.leader_epoch())),
        EARLIEST | EARLIEST_LOCAL => {
            let start = partition.log_start_offset();
            Ok(Found::at(start, leader_epochs::at(&partition, start)))
        }
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => Ok(Found::NOTHING),
        timestamp => {
            let found = search(&ctx.broker, partition, timestamp, view).await;
            let found = found.map_err(|error| error.error_code())?;
            Ok(found.filter(|found| found.offset < end).map_or(Found::NOTHING, Found::from))
        }
    }
}

/// Looks into the files, which may block.
async fn search(
    broker: &Broker,
    partition: Arc<Partition>,
    timestamp: i64,
    view: View,
) -> Result<Option<TimestampOffset>, LookupError> {
    let isolation = match view {
        View::Consumer(isolation) => isolation,
        View::Replica => Isolation::ReadUncommitted,
    };
    let search = move || match timestamp {
        MAX_TIMESTAMP => partition.max_timestamp(),
        _ => partition.offset_for_timestamp(Timestamp(timestamp), isolation),
    };
    match broker.stop.tasks().spawn_blocking(search).await {
        Ok(found) => found,
        Err(error) => {
            warn!(%error, "a search by time was lost");
            Err(LookupError::Closed)
        }
    }
}

/// What was found, as it is answered.
struct Found {
    timestamp: i64,
    offset: i64,
    leader_epoch: LeaderEpoch,
}

impl Found {
    const NOTHING: Found = Found { timestamp: -1, offset: -1, leader_epoch: LeaderEpoch::NONE };

    fn at(offset: Offset, leader_epoch: LeaderEpoch) -> Found {
        Found { timestamp: -1, offset: offset.0, leader_epoch }
    }
}

impl From<TimestampOffset> for Found {
    fn from(found: TimestampOffset) -> Found {
        Found {
            timestamp: found.timestamp.0,
            offset: found.offset.0,
            leader_epoch: found.leader_epoch.unwrap_or(LeaderEpoch::NONE),
        }
    }
}

fn answer(partition_index: i32, outcome: Result<Found, ErrorCode>) -> ListOffsetsPartitionResponse {
    match outcome {
        Ok(found) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: ErrorCode::NONE.code(),
            timestamp: found.timestamp,
            offset: found.offset,
            leader_epoch: found.leader_epoch.0,
        },
        Err(error) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: error.code(),
            ..ListOffsetsPartitionResponse::default()
        },
    }
}
