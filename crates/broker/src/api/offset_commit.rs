//! OffsetCommit (key 8), versions 2 to 10.
//! Keeps how far a group has read. v2 to v4 may say for how long, v6 leader epochs (KIP-320), v7 static members (KIP-345),
//! v9 an unknown group is said to be unknown (KIP-848), v10 topics by id.

use std::sync::Arc;

use vltava_coordinator::group::{
    Answer, CommittedPartition, CommittedTopic, OffsetCommit, Request, TopicOutcome,
};
use vltava_metadata::Image;
use vltava_model::{LeaderEpoch, Offset, PartitionIndex, TopicName};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse,
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};

use crate::api::groups::{ask, copy, membership, mismatch};
use crate::dispatch::RequestContext;
use crate::errors::{Coded, code_of};

/// The first version that tells an unknown group from an old generation.
const UNKNOWN_GROUPS_VERSION: i16 = 9;
/// The first version that names topics by id.
const TOPIC_IDS_VERSION: i16 = 10;
/// Leaves the retention to the broker.
const DEFAULT_RETENTION: i64 = -1;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let image = ctx.broker.node.catalog().image();
    let member = membership(
        &request.group_id,
        &request.member_id,
        request.group_instance_id.as_deref(),
        request.generation_id_or_member_epoch,
    );
    let group_id = member.group_id.clone();
    let names: Vec<Result<TopicName, ErrorCode>> =
        request.topics.iter().map(|topic| find(&image, ctx.version, topic)).collect();
    let known = request.topics.iter().zip(&names);
    let known = known.filter_map(|(topic, name)| Some(commit(topic, name.as_ref().ok()?)));
    let commit = OffsetCommit {
        member,
        retention_time_ms: Some(request.retention_time_ms).filter(|ms| *ms != DEFAULT_RETENTION),
        reports_unknown_groups: ctx.version >= UNKNOWN_GROUPS_VERSION,
        topics: known.collect(),
    };
    let outcome = if commit.topics.is_empty() && !request.topics.is_empty() {
        Ok(Vec::new())
    } else {
        ask_shard(&ctx, &group_id, commit).await
    };
    let mut outcomes = outcome.map(Vec::into_iter);
    let topics =
        request.topics.into_iter().zip(names).map(|(topic, name)| match (name, &mut outcomes) {
            (Err(error), _) => refused(topic, error.code()),
            (Ok(_), Err(code)) => refused(topic, *code),
            (Ok(_), Ok(outcomes)) => {
                let outcome = outcomes.next().expect("the shard answers for each topic, in order");
                done(topic, outcome)
            }
        });
    OffsetCommitResponse { throttle_time_ms: 0, topics: topics.collect() }
}

fn find(
    image: &Arc<Image>,
    version: i16,
    topic: &OffsetCommitRequestTopic,
) -> Result<TopicName, ErrorCode> {
    let (found, unknown) = if version >= TOPIC_IDS_VERSION {
        (image.topic_by_id(topic.topic_id), ErrorCode::UNKNOWN_TOPIC_ID)
    } else {
        (image.topic(&topic.name), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    };
    found.map(|topic| topic.name.clone()).ok_or(unknown)
}

fn commit(topic: &OffsetCommitRequestTopic, name: &TopicName) -> CommittedTopic {
    let partitions = topic.partitions.iter().map(|partition| CommittedPartition {
        partition: PartitionIndex(partition.partition_index),
        offset: Offset(partition.committed_offset),
        leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
        metadata: partition.committed_metadata.as_deref().map(copy),
    });
    CommittedTopic {
        topic: name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect(),
    }
}

async fn ask_shard(
    ctx: &RequestContext,
    group_id: &vltava_model::GroupId,
    commit: OffsetCommit,
) -> Result<Vec<TopicOutcome>, i16> {
    match ask(&ctx.broker, group_id, Request::OffsetCommit(commit)).await {
        Ok(Answer::OffsetCommit(Ok(topics))) => Ok(topics),
        Ok(Answer::OffsetCommit(Err(error))) => Err(error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => Err(error.code()),
    }
}

fn refused(topic: OffsetCommitRequestTopic, error_code: i16) -> OffsetCommitResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| OffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code,
    });
    OffsetCommitResponseTopic {
        partitions: partitions.collect(),
        name: topic.name,
        topic_id: topic.topic_id,
    }
}

fn done(topic: OffsetCommitRequestTopic, outcome: TopicOutcome) -> OffsetCommitResponseTopic {
    let partitions = outcome.partitions.iter().map(|(partition, outcome)| {
        OffsetCommitResponsePartition { partition_index: partition.0, error_code: code_of(outcome) }
    });
    OffsetCommitResponseTopic {
        partitions: partitions.collect(),
        name: topic.name,
        topic_id: topic.topic_id,
    }
}
