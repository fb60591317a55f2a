//! OffsetDelete (key 47), version 0.
//! Forgets what a group has committed for partitions (KIP-496), unless it is subscribed to their topic.

use vltava_coordinator::group::{Answer, OffsetDelete, Request, TopicOutcome, TopicPartitions};
use vltava_model::{GroupId, PartitionIndex};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestTopic, OffsetDeleteResponse,
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};

use crate::api::groups::{ask, mismatch};
use crate::dispatch::RequestContext;
use crate::errors::{Coded, code_of};

pub(crate) async fn handle(
    ctx: RequestContext,
    request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let image = ctx.broker.node.catalog().image();
    let group_id = GroupId::new(&*request.group_id);
    let topics: Vec<Option<TopicPartitions>> = request
        .topics
        .iter()
        .map(|topic| {
            let known = image.topic(&topic.name)?;
            let indexes = topic.partitions.iter().map(|p| PartitionIndex(p.partition_index));
            Some(TopicPartitions {
                topic: known.name.clone(),
                topic_id: known.id,
                partitions: indexes.collect(),
            })
        })
        .collect();
    let delete = OffsetDelete {
        group_id: group_id.clone(),
        topics: topics.iter().flatten().cloned().collect(),
    };
    let outcome = match ask(&ctx.broker, &group_id, Request::OffsetDelete(delete)).await {
        Ok(Answer::OffsetDelete(outcome)) => outcome.map_err(|error| error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => Err(error.code()),
    };
    let mut outcomes = match outcome {
        Ok(outcomes) => outcomes.into_iter(),
        Err(error_code) => {
            return OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() };
        }
    };
    let topics = request.topics.into_iter().zip(topics).map(|(topic, known)| match known {
        Some(_) => {
            let outcome = outcomes.next().expect("the shard answers for each topic, in order");
            done(topic, outcome)
        }
        None => unknown(topic),
    });
    OffsetDeleteResponse { topics: topics.collect(), ..OffsetDeleteResponse::default() }
}

fn done(topic: OffsetDeleteRequestTopic, outcome: TopicOutcome) -> OffsetDeleteResponseTopic {
    let partitions = outcome.partitions.iter().map(|(partition, outcome)| {
        OffsetDeleteResponsePartition { partition_index: partition.0, error_code: code_of(outcome) }
    });
    OffsetDeleteResponseTopic { partitions: partitions.collect(), name: topic.name }
}

fn unknown(topic: OffsetDeleteRequestTopic) -> OffsetDeleteResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| OffsetDeleteResponsePartition {
        partition_index: partition.partition_index,
        error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.code(),
    });
    OffsetDeleteResponseTopic { partitions: partitions.collect(), name: topic.name }
}
