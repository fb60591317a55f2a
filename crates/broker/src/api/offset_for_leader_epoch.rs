//! OffsetForLeaderEpoch (key 23), versions 2 to 4.
//! Where an epoch ends in a partition's log, so that a client whose leader changed can see whether records that it has read
//! are gone (KIP-320). Answers at once; an epoch that the log knows nothing of is -1 at -1.

use vltava_model::{LeaderEpoch, Offset, PartitionIndex};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition, OffsetForLeaderTopicResult,
};

use crate::api::leader_epochs;
use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let outcome = end_of_epoch(&ctx.broker, &topic.topic, asked);
            answer(asked.partition, outcome)
        });
        let partitions = partitions.collect();
        OffsetForLeaderTopicResult { topic: topic.topic, partitions }
    });
    OffsetForLeaderEpochResponse { throttle_time_ms: 0, topics: topics.collect() }
}

fn end_of_epoch(
    broker: &Broker,
    topic: &str,
    asked: &OffsetForLeaderPartition,
) -> Result<Option<(LeaderEpoch, Offset)>, ErrorCode> {
    let partition = broker.node.partitions().by_name(topic, PartitionIndex(asked.partition));
    let partition = partition.map_err(|error| error.error_code())?;
    leader_epochs::check(&partition, asked.current_leader_epoch)?;
    Ok(leader_epochs::end_of(&partition, LeaderEpoch(asked.leader_epoch)))
}

fn answer(
    partition: i32,
    outcome: Result<Option<(LeaderEpoch, Offset)>, ErrorCode>,
) -> EpochEndOffset {
    let unknown = EpochEndOffset { partition, ..EpochEndOffset::default() };
    match outcome {
        Ok(Some((epoch, end))) => {
            EpochEndOffset { leader_epoch: epoch.0, end_offset: end.0, ..unknown }
        }
        Ok(None) => unknown,
        Err(error) => EpochEndOffset { error_code: error.code(), ..unknown },
    }
}
