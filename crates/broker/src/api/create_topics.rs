//! CreateTopics (key 19), versions 2 to 7.
//! Makes topics, or with `validate_only` says whether they could be made. Each topic fares by itself.
//! v5 answers with the configs in force (KIP-525), v7 with the topic's id.
//! Differs from Kafka: `timeout_ms` has no effect, the answer comes when the topics are there.

use std::collections::HashSet;

use vltava_metadata::{ConfigEntry, CreatedTopic, NewTopic, PartitionAssignment};
use vltava_model::BrokerId;
use vltava_protocol::Str;
use vltava_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsRequest,
    CreateTopicsResponse,
};

use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: CreateTopicsRequest,
) -> CreateTopicsResponse {
    let names: Vec<Str> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let topics = request.topics.into_iter().map(new_topic).collect();
    let topics = match ctx.broker.node.create_topics(topics, request.validate_only).await {
        Ok(results) => {
            let mut seen = HashSet::new();
            let answers = names.into_iter().zip(results).map(|(name, result)| match result {
                Ok(created) => success(name, &created),
                Err(error) => failure(name, &error),
            });
            // A name that comes twice is an error, and answered once.
            answers.filter(|answer| seen.insert(answer.name.clone())).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "cannot make topics");
            names.into_iter().map(|name| failure(name, &error)).collect()
        }
    };
    CreateTopicsResponse { throttle_time_ms: 0, topics }
}

fn new_topic(topic: CreatableTopic) -> NewTopic {
    let assignments = topic.assignments.into_iter().map(|assignment| PartitionAssignment {
        partition: assignment.partition_index,
        replicas: assignment.broker_ids.into_iter().map(BrokerId).collect(),
    });
    let configs = topic
        .configs
        .into_iter()
        .map(|config| (config.name.to_string(), config.value.map(|value| value.to_string())));
    NewTopic {
        name: topic.name.to_string(),
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: assignments.collect(),
        configs: configs.collect(),
        ..NewTopic::default()
    }
}

fn success(name: Str, created: &CreatedTopic) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        topic_id: created.topic.id,
        error_message: None,
        num_partitions: created.topic.partition_count(),
        replication_factor: created.topic.replication_factor(),
        configs: Some(created.configs.iter().map(config).collect()),
        ..CreatableTopicResult::default()
    }
}

fn failure(name: Str, error: &impl Coded) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: error.code(),
        error_message: error.message(),
        configs: Some(Vec::new()),
        ..CreatableTopicResult::default()
    }
}

fn config(entry: &ConfigEntry) -> CreatableTopicConfigs {
    CreatableTopicConfigs {
        name: Str::from(entry.name.as_str()),
        value: entry.value.as_deref().map(Str::from),
        read_only: entry.read_only,
        config_source: entry.source.code(),
        is_sensitive: entry.sensitive,
    }
}
