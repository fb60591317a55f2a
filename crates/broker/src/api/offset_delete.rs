//! OffsetDelete (key 47), version 0.
//! Forgets what a group has committed for partitions (KIP-496), unless it is subscribed to their topic.
//! As in Kafka, partitions that are not there come first in the answer for their topic.

use vltava_coordinator::group::{Answer, OffsetDelete, Request, TopicOutcome, TopicPartitions};
use vltava_metadata::Image;
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
    let known: Vec<Option<TopicPartitions>> =
        request.topics.iter().map(|topic| known(&image, topic)).collect();
    let delete = OffsetDelete {
        group_id: group_id.clone(),
        topics: known.iter().flatten().cloned().collect(),
    };
    let outcomes = match ask(&ctx.broker, &group_id, Request::OffsetDelete(delete)).await {
        Ok(Answer::OffsetDelete(outcomes)) => outcomes.map_err(|error| error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => Err(error.code()),
    };
    let mut outcomes = match outcomes {
        Ok(outcomes) => outcomes.into_iter(),
        Err(error_code) => {
            return OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() };
        }
    };
    let topics = request.topics.into_iter().zip(known).map(|(topic, known)| {
        let outcome = known.as_ref().and_then(|_| outcomes.next());
        answer(topic, known.as_ref(), outcome)
    });
    OffsetDeleteResponse { topics: topics.collect(), ..OffsetDeleteResponse::default() }
}

/// Those partitions of a topic that are there; `None` if there are none.
fn known(image: &Image, topic: &OffsetDeleteRequestTopic) -> Option<TopicPartitions> {
    let found = image.topic(&topic.name)?;
    let indexes = topic.partitions.iter().map(|p| PartitionIndex(p.partition_index));
    let partitions: Vec<_> = indexes.filter(|index| found.partition(*index).is_some()).collect();
    let (topic, topic_id) = (found.name.clone(), found.id);
    (!partitions.is_empty()).then_some(TopicPartitions { topic, topic_id, partitions })
}

fn answer(
    topic: OffsetDeleteRequestTopic,
    known: Option<&TopicPartitions>,
    outcome: Option<TopicOutcome>,
) -> OffsetDeleteResponseTopic {
    let is_known =
        |index: i32| known.is_some_and(|known| known.partitions.contains(&PartitionIndex(index)));
    let partition =
        |partition_index, error_code| OffsetDeleteResponsePartition { partition_index, error_code };
    let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.code();
    let indexes = topic.partitions.iter().map(|p| p.partition_index);
    let missing = indexes.filter(|index| !is_known(*index)).map(|index| partition(index, unknown));
    let outcomes = outcome.map(|outcome| outcome.partitions).unwrap_or_default();
    let done = outcomes.iter().map(|(index, outcome)| partition(index.0, code_of(outcome)));
    let partitions = missing.chain(done).collect();
    OffsetDeleteResponseTopic { partitions, name: topic.name }
}
