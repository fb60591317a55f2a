//! OffsetFetch (key 9), versions 1 to 10.
//! What groups have committed: for the partitions named, or for all (v2, null). v8 many groups at once (KIP-709), v10 topics
//! by id. A partition for which nothing was committed has offset -1.
//! Differs from Kafka: `require_stable` (v7, KIP-447) finds every offset stable, as there are no transactions yet.

use futures::future::join_all;
use vltava_coordinator::group::{Answer, FetchedTopic, OffsetFetch, Request, TopicPartitions};
use vltava_model::{GroupId, PartitionIndex, TopicId, TopicName};
use vltava_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::groups::{ask, mismatch};
use crate::dispatch::RequestContext;

/// The first version that asks for many groups.
const GROUPS_VERSION: i16 = 8;
/// The first version that names topics by id.
const TOPIC_IDS_VERSION: i16 = 10;
/// The first version with an error for the whole answer.
const ERROR_VERSION: i16 = 2;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    let stable = request.require_stable;
    if ctx.version >= GROUPS_VERSION {
        let groups = request.groups.into_iter().map(|group| fetch(&ctx, group, stable));
        let groups = join_all(groups).await;
        return OffsetFetchResponse { groups, ..OffsetFetchResponse::default() };
    }
    let topics = request.topics.map(|topics| {
        let topic = |topic: vltava_protocol::messages::offset_fetch::OffsetFetchRequestTopic| {
            OffsetFetchRequestTopics {
                name: topic.name,
                partition_indexes: topic.partition_indexes,
                ..OffsetFetchRequestTopics::default()
            }
        };
        topics.into_iter().map(topic).collect()
    });
    let group_id = request.group_id;
    let group = OffsetFetchRequestGroup { group_id, topics, ..OffsetFetchRequestGroup::default() };
    single(ctx.version, fetch(&ctx, group, stable).await)
}

/// The answer of versions that know one group.
fn single(version: i16, group: OffsetFetchResponseGroup) -> OffsetFetchResponse {
    let partition = |partition: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: partition.partition_index,
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.metadata,
        error_code: if version < ERROR_VERSION { group.error_code } else { partition.error_code },
    };
    let topics = group.topics.into_iter().map(|topic| OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(partition).collect(),
    });
    let topics = topics.collect();
    OffsetFetchResponse { topics, error_code: group.error_code, ..OffsetFetchResponse::default() }
}

/// A topic of the request: as the client named it, and as the shard knows it.
struct Asked {
    topic: OffsetFetchRequestTopics,
    name: Result<TopicName, ErrorCode>,
}

async fn fetch(
    ctx: &RequestContext,
    group: OffsetFetchRequestGroup,
    require_stable: bool,
) -> OffsetFetchResponseGroup {
    let group_id = GroupId::new(&*group.group_id);
    let asked: Option<Vec<Asked>> =
        group.topics.map(|topics| topics.into_iter().map(|topic| resolve(ctx, topic)).collect());
    let topics = asked.as_ref().map(|asked| asked.iter().filter_map(for_shard).collect());
    let request = OffsetFetch { group_id: group_id.clone(), topics, require_stable };
    let (fetched, error_code) =
        match ask(&ctx.broker, &group_id, Request::OffsetFetch(request)).await {
            Ok(Answer::OffsetFetch(topics)) => (Some(topics), ErrorCode::NONE.code()),
            Ok(other) => mismatch(&other),
            Err(error) => (None, error.code()),
        };
    let topics = match (asked, fetched) {
        (None, fetched) => all(ctx, fetched.unwrap_or_default()),
        // Since version 2 an error for the group comes without topics; version 1 has nowhere else to say it.
        (Some(_), None) if ctx.version >= ERROR_VERSION => Vec::new(),
        (Some(asked), fetched) => {
            let mut fetched = fetched.unwrap_or_default().into_iter();
            asked.into_iter().map(|asked| named(asked, &mut fetched)).collect()
        }
    };
    OffsetFetchResponseGroup { group_id: group.group_id, topics, error_code }
}

fn resolve(ctx: &RequestContext, topic: OffsetFetchRequestTopics) -> Asked {
    let name = if ctx.version >= TOPIC_IDS_VERSION {
        let image = ctx.broker.node.catalog().image();
        let known = image.topic_by_id(topic.topic_id).map(|topic| topic.name.clone());
        known.ok_or(ErrorCode::UNKNOWN_TOPIC_ID)
    } else {
        // Nobody commits for a topic that cannot be; that there is nothing is no error.
        TopicName::new(&topic.name).or(Err(ErrorCode::NONE))
    };
    Asked { topic, name }
}

fn for_shard(asked: &Asked) -> Option<TopicPartitions> {
    Some(TopicPartitions {
        topic: asked.name.clone().ok()?,
        topic_id: asked.topic.topic_id,
        partitions: asked.topic.partition_indexes.iter().copied().map(PartitionIndex).collect(),
    })
}

/// The answer for a topic that was asked for.
fn named(
    asked: Asked,
    fetched: &mut impl Iterator<Item = FetchedTopic>,
) -> OffsetFetchResponseTopics {
    let Asked { topic, name } = asked;
    let partitions = match name {
        Ok(_) => fetched.next().map(offsets),
        Err(_) => None,
    };
    let error_code = name.err().unwrap_or(ErrorCode::NONE).code();
    let nothing = |&index: &i32| OffsetFetchResponsePartitions { error_code, ..nothing(index) };
    OffsetFetchResponseTopics {
        partitions: partitions
            .unwrap_or_else(|| topic.partition_indexes.iter().map(nothing).collect()),
        name: topic.name,
        topic_id: topic.topic_id,
    }
}

/// The answer for whatever was committed. Topics that are gone have no id to name them by.
fn all(ctx: &RequestContext, fetched: Vec<FetchedTopic>) -> Vec<OffsetFetchResponseTopics> {
    let image = ctx.broker.node.catalog().image();
    let by_id = ctx.version >= TOPIC_IDS_VERSION;
    fetched
        .into_iter()
        .filter_map(|topic| {
            let id = image.topic(topic.topic.as_str()).map(|topic| topic.id);
            Some(OffsetFetchResponseTopics {
                name: Str::from(&topic.topic),
                topic_id: if by_id { id? } else { TopicId::ZERO },
                partitions: offsets(topic),
            })
        })
        .collect()
}

fn offsets(topic: FetchedTopic) -> Vec<OffsetFetchResponsePartitions> {
    let partitions = topic.partitions.into_iter().map(|fetched| {
        let index = fetched.partition.0;
        fetched.committed.map_or_else(
            || nothing(index),
            |committed| OffsetFetchResponsePartitions {
                partition_index: index,
                committed_offset: committed.offset.0,
                committed_leader_epoch: committed.leader_epoch.0,
                metadata: Some(Str::from(&*committed.metadata)),
                error_code: ErrorCode::NONE.code(),
            },
        )
    });
    partitions.collect()
}

fn nothing(partition_index: i32) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(Str::default()),
        error_code: ErrorCode::NONE.code(),
    }
}
