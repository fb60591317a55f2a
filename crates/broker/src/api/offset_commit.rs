//! OffsetCommit (key 8), versions 2 to 10.
//! Keeps how far a group has read. v2 to v4 may say for how long, v6 leader epochs (KIP-320), v7 static members (KIP-345),
//! v9 an unknown group is said to be unknown (KIP-848), v10 topics by id.
//! As in Kafka, partitions that are not there come first in the answer for their topic.

use vltava_coordinator::group::{
    Answer, CommittedPartition, CommittedTopic, OffsetCommit, Request, TopicOutcome,
};
use vltava_metadata::{Image, Topic};
use vltava_model::{GroupId, LeaderEpoch, Offset, PartitionIndex};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
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
    let retention = request.retention_time_ms;
    let asks_nothing = request.topics.is_empty();
    let mut commits = Vec::new();
    let mut topics: Vec<Asked> = request
        .topics
        .into_iter()
        .map(|topic| Asked::new(&image, ctx.version, topic, &mut commits))
        .collect();
    if !commits.is_empty() || asks_nothing {
        let commit = OffsetCommit {
            member,
            retention_time_ms: Some(retention).filter(|ms| *ms != DEFAULT_RETENTION),
            reports_unknown_groups: ctx.version >= UNKNOWN_GROUPS_VERSION,
            topics: commits,
        };
        match ask_shard(&ctx, &group_id, commit).await {
            Ok(outcomes) => {
                let committed = topics.iter_mut().filter(|topic| !topic.committed.is_empty());
                committed.zip(outcomes).for_each(|(topic, outcome)| topic.done(&outcome));
            }
            Err(code) => topics.iter_mut().for_each(|topic| topic.failed(code)),
        }
    }
    let topics = topics.into_iter().map(|topic| topic.response).collect();
    OffsetCommitResponse { throttle_time_ms: 0, topics }
}

/// A topic of the request, and its answer as it grows.
struct Asked {
    response: OffsetCommitResponseTopic,
    /// The partitions that the shard is asked to keep offsets of.
    committed: Vec<i32>,
}

impl Asked {
    /// Answers for the partitions that are not there, and adds the others to what the shard is asked.
    fn new(
        image: &Image,
        version: i16,
        topic: OffsetCommitRequestTopic,
        commits: &mut Vec<CommittedTopic>,
    ) -> Asked {
        let (found, unknown) = if version >= TOPIC_IDS_VERSION {
            (image.topic_by_id(topic.topic_id), ErrorCode::UNKNOWN_TOPIC_ID)
        } else {
            (image.topic(&topic.name), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
        };
        let is_there = |partition: &OffsetCommitRequestPartition| {
            found.is_some_and(|topic| has(topic, partition.partition_index))
        };
        let (there, missing): (Vec<_>, Vec<_>) = topic.partitions.iter().partition(|p| is_there(p));
        if let Some(found) = found
            && !there.is_empty()
        {
            let partitions = there.iter().map(|partition| committed(partition)).collect();
            let (name, topic_id) = (found.name.clone(), found.id);
            commits.push(CommittedTopic { topic: name, topic_id, partitions });
        }
        let error_code = unknown.code();
        let partitions = missing.iter().map(|partition| OffsetCommitResponsePartition {
            partition_index: partition.partition_index,
            error_code,
        });
        Asked {
            committed: there.iter().map(|partition| partition.partition_index).collect(),
            response: OffsetCommitResponseTopic {
                partitions: partitions.collect(),
                name: topic.name,
                topic_id: topic.topic_id,
            },
        }
    }

    fn done(&mut self, outcome: &TopicOutcome) {
        let outcomes = outcome.partitions.iter();
        self.response.partitions.extend(outcomes.map(|(partition, outcome)| {
            OffsetCommitResponsePartition {
                partition_index: partition.0,
                error_code: code_of(outcome),
            }
        }));
    }

    fn failed(&mut self, error_code: i16) {
        let partitions = self.committed.iter();
        self.response.partitions.extend(
            partitions.map(|&partition_index| OffsetCommitResponsePartition {
                partition_index,
                error_code,
            }),
        );
    }
}

fn has(topic: &Topic, partition: i32) -> bool {
    topic.partition(PartitionIndex(partition)).is_some()
}

fn committed(partition: &OffsetCommitRequestPartition) -> CommittedPartition {
    CommittedPartition {
        partition: PartitionIndex(partition.partition_index),
        offset: Offset(partition.committed_offset),
        leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
        metadata: partition.committed_metadata.as_deref().map(copy),
    }
}

async fn ask_shard(
    ctx: &RequestContext,
    group_id: &GroupId,
    commit: OffsetCommit,
) -> Result<Vec<TopicOutcome>, i16> {
    match ask(&ctx.broker, group_id, Request::OffsetCommit(commit)).await {
        Ok(Answer::OffsetCommit(Ok(topics))) => Ok(topics),
        Ok(Answer::OffsetCommit(Err(error))) => Err(error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => Err(error.code()),
    }
}
