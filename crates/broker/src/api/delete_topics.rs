//! DeleteTopics (key 20), versions 1 to 6.
//! Deletes topics by name, from v6 on also by id. Each fares by itself. `delete.topic.enable=false` refuses all.
//! Differs from Kafka: `timeout_ms` has no effect, the answer comes when the topics are gone.

use std::collections::HashSet;

use vltava_metadata::{DeleteTopic, DeleteTopicError, DeletedTopic};
use vltava_model::TopicId;
use vltava_protocol::messages::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

/// The first version that has TOPIC_DELETION_DISABLED.
const DISABLED_VERSION: i16 = 3;
/// The first version that names topics as [`DeleteTopicState`].
const STATES_VERSION: i16 = 6;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let asked: Vec<DeleteTopicState> = if ctx.version >= STATES_VERSION {
        request.topics
    } else {
        let by_name = |name| DeleteTopicState { name: Some(name), topic_id: TopicId::ZERO };
        request.topic_names.into_iter().map(by_name).collect()
    };
    let responses = if is_enabled(&ctx.broker) {
        delete(&ctx.broker, asked).await
    } else {
        let disabled = match ctx.version {
            DISABLED_VERSION.. => ErrorCode::TOPIC_DELETION_DISABLED,
            _ => ErrorCode::INVALID_REQUEST,
        };
        let refuse = |asked| failure(asked, disabled.code(), None);
        asked.into_iter().map(refuse).collect()
    };
    DeleteTopicsResponse { throttle_time_ms: 0, responses }
}

fn is_enabled(broker: &Broker) -> bool {
    let catalog = broker.node.catalog();
    catalog.view(&catalog.image()).boolean("delete.topic.enable")
}

async fn delete(broker: &Broker, asked: Vec<DeleteTopicState>) -> Vec<DeletableTopicResult> {
    let topics: Vec<DeleteTopic> = asked
        .iter()
        .map(|topic| DeleteTopic {
            name: topic.name.as_ref().map(ToString::to_string),
            id: topic.topic_id,
        })
        .collect();
    match broker.node.delete_topics(&topics).await {
        Ok(results) => {
            let image = broker.node.catalog().image();
            let mut seen = HashSet::new();
            let answers = asked.into_iter().zip(results).filter_map(|(asked, result)| {
                let mut answer = answer(asked, &result);
                if let Err(DeleteTopicError::AlreadySupplied) = result {
                    answer.name = Some(Str::from(&image.topic_by_id(answer.topic_id)?.name));
                }
                Some(answer)
            });
            // What is named twice is an error, and answered once.
            answers.filter(|answer| seen.insert((answer.name.clone(), answer.topic_id))).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "cannot delete topics");
            let refuse = |asked| failure(asked, error.code(), error.message());
            asked.into_iter().map(refuse).collect()
        }
    }
}

fn answer(
    asked: DeleteTopicState,
    result: &Result<DeletedTopic, DeleteTopicError>,
) -> DeletableTopicResult {
    match result {
        Ok(deleted) => DeletableTopicResult {
            name: Some(Str::from(&deleted.topic.name)),
            topic_id: deleted.topic.id,
            ..DeletableTopicResult::default()
        },
        Err(error) => failure(asked, error.code(), error.message()),
    }
}

fn failure(
    asked: DeleteTopicState,
    error_code: i16,
    error_message: Option<Str>,
) -> DeletableTopicResult {
    DeletableTopicResult { name: asked.name, topic_id: asked.topic_id, error_code, error_message }
}
