//! DescribeTopicPartitions (key 75), version 0.
//! Partitions of topics in order of name, a page at a time: at most `response_partition_limit`, and no more than
//! `max.request.partition.size.limit`, of them; the cursor says where to go on (KIP-966).
//! Differs from Kafka: there are no eligible leader replicas, since there are no replicas.

use std::collections::BTreeSet;

use vltava_metadata::{Image, Topic};
use vltava_model::TopicName;
use vltava_protocol::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic, TopicRequest,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::operations;
use crate::api::partition_state::PartitionState;
use crate::broker::Broker;
use crate::dispatch::RequestContext;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    if request.cursor.as_ref().is_some_and(|cursor| !is_valid(cursor, &request.topics)) {
        let refuse = |topic: &TopicRequest| failed(&topic.name, ErrorCode::INVALID_REQUEST);
        let topics = request.topics.iter().map(refuse).collect();
        return DescribeTopicPartitionsResponse { topics, ..Default::default() };
    }
    let limit = usize::try_from(request.response_partition_limit).unwrap_or(0);
    let limit = limit.min(ctx.broker.settings.max_request_partition_size_limit).max(1);
    let image = ctx.broker.node.catalog().image();
    let mut page = Page { broker: &ctx.broker, image: &image, left: limit, topics: Vec::new() };
    let cursor = request.cursor.unwrap_or_default();
    let all = request.topics.is_empty();
    let names: BTreeSet<&str> = if all {
        image.topics().map(|topic| topic.name.as_str()).collect()
    } else {
        request.topics.iter().map(|topic| topic.name.as_str()).collect()
    };
    let mut next_cursor = None;
    for name in names.range(&*cursor.topic_name..) {
        let first = if *name == &*cursor.topic_name { cursor.partition_index } else { 0 };
        next_cursor = page.add(name, usize::try_from(first).unwrap_or(0));
        if next_cursor.is_some() {
            break;
        }
    }
    let topics = page.topics;
    DescribeTopicPartitionsResponse { throttle_time_ms: 0, topics, next_cursor }
}

/// A cursor points to one of the topics asked for, if any are.
fn is_valid(cursor: &Cursor, topics: &[TopicRequest]) -> bool {
    let is_asked = topics.is_empty() || topics.iter().any(|topic| topic.name == cursor.topic_name);
    is_asked && cursor.partition_index >= 0
}

struct Page<'a> {
    broker: &'a Broker,
    image: &'a Image,
    left: usize,
    topics: Vec<DescribeTopicPartitionsResponseTopic>,
}

impl Page<'_> {
    /// Adds a topic from a partition on; says where to go on if the page is full before its end.
    fn add(&mut self, name: &str, first: usize) -> Option<Cursor> {
        let Some(topic) = self.image.topic(name) else {
            self.topics.push(unknown(name));
            return None;
        };
        if self.left == 0 {
            return Some(cursor(topic, first));
        }
        let states = PartitionState::all(self.broker, self.image, topic).skip(first);
        let partitions: Vec<_> = states.take(self.left).map(describe).collect();
        self.left -= partitions.len();
        let end = first + partitions.len();
        self.topics.push(DescribeTopicPartitionsResponseTopic {
            name: Some(Str::from(&topic.name)),
            topic_id: topic.id,
            is_internal: topic.name.is_internal(),
            partitions,
            topic_authorized_operations: operations::TOPIC,
            ..DescribeTopicPartitionsResponseTopic::default()
        });
        (end < topic.partitions.len()).then(|| cursor(topic, end))
    }
}

fn cursor(topic: &Topic, partition: usize) -> Cursor {
    let partition_index = i32::try_from(partition).unwrap_or(i32::MAX);
    Cursor { topic_name: Str::from(&topic.name), partition_index }
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let unknown = match TopicName::new(name) {
        Ok(_) => failed(name, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        Err(_) => failed(name, ErrorCode::INVALID_TOPIC_EXCEPTION),
    };
    DescribeTopicPartitionsResponseTopic {
        topic_authorized_operations: operations::TOPIC,
        ..unknown
    }
}

fn failed(name: &str, error: ErrorCode) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(Str::from(name)),
        is_internal: TopicName::new(name).is_ok_and(|name| name.is_internal()),
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

fn describe(state: PartitionState) -> DescribeTopicPartitionsResponsePartition {
    DescribeTopicPartitionsResponsePartition {
        error_code: state.error.code(),
        partition_index: state.index.0,
        leader_id: state.leader_id,
        leader_epoch: state.leader_epoch.0,
        replica_nodes: state.replicas,
        isr_nodes: state.in_sync,
        eligible_leader_replicas: Some(Vec::new()),
        last_known_elr: Some(Vec::new()),
        offline_replicas: state.offline,
    }
}
