//! CreatePartitions (key 37), versions 0 to 3.
//! Gives topics more partitions (KIP-195), or with `validate_only` says whether it could. Each topic fares by itself.
//! Differs from Kafka: `timeout_ms` has no effect, the answer comes when the partitions are there.

use std::collections::HashSet;

use vltava_metadata::{CreatePartitionsError, NewPartitions};
use vltava_model::BrokerId;
use vltava_protocol::Str;
use vltava_protocol::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
    CreatePartitionsTopicResult,
};

use crate::dispatch::RequestContext;
use crate::errors::{Coded, code_of};

pub(crate) async fn handle(
    ctx: RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let names: Vec<Str> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let topics: Vec<NewPartitions> = request.topics.into_iter().map(new_partitions).collect();
    let results = match ctx.broker.node.create_partitions(&topics, request.validate_only).await {
        Ok(results) => {
            let mut seen = HashSet::new();
            let answers = names.into_iter().zip(results).map(|(name, result)| {
                let error_message = result.as_ref().err().and_then(message);
                CreatePartitionsTopicResult { name, error_code: code_of(&result), error_message }
            });
            // A name that comes twice is an error, and answered once.
            answers.filter(|answer| seen.insert(answer.name.clone())).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "cannot make partitions");
            let refuse = |name| CreatePartitionsTopicResult {
                name,
                error_code: error.code(),
                error_message: error.message(),
            };
            names.into_iter().map(refuse).collect()
        }
    };
    CreatePartitionsResponse { throttle_time_ms: 0, results }
}

/// Kafka has no words for a topic that is not there.
fn message(error: &CreatePartitionsError) -> Option<Str> {
    match error {
        CreatePartitionsError::UnknownTopic => None,
        error => error.message(),
    }
}

fn new_partitions(topic: CreatePartitionsTopic) -> NewPartitions {
    let assignments = topic.assignments.map(|assignments| {
        let brokers = |ids: Vec<i32>| ids.into_iter().map(BrokerId).collect();
        assignments.into_iter().map(|assignment| brokers(assignment.broker_ids)).collect()
    });
    NewPartitions { name: topic.name.to_string(), count: topic.count, assignments }
}
