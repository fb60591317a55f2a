//! Metadata (key 3), versions 0 to 13.
//! The brokers, as the client's listener advertises them, and topics: all (null, in v0 an empty list), by name, or from v12
//! on by id. A topic asked for by name that is not there is made, if the client (v4) and `auto.create.topics.enable` agree.
//! v8 authorized operations (KIP-430), v10 topic ids (KIP-516).
//! Differs from Kafka: a topic that was made is in the answer at once, where Kafka answers UNKNOWN_TOPIC_OR_PARTITION until
//! the client asks again; a partition whose storage failed has no leader.

use std::collections::HashSet;
use std::sync::Arc;

use tracing::{info, warn};
use vltava_cluster::OFFSETS_TOPIC;
use vltava_metadata::{Image, NewTopic, Topic};
use vltava_model::{TopicId, TopicName};
use vltava_protocol::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};
use vltava_protocol::{ErrorCode, Str, encode_response_body};

use crate::api::operations;
use crate::api::partition_state::PartitionState;
use crate::broker::Broker;
use crate::connection::Started;
use crate::dispatch::{Call, RequestContext};
use crate::errors::Coded;
use crate::metadata_cache::{Form, State};

/// The first version that can ask for topics by id.
const TOPIC_IDS_VERSION: i16 = 12;

/// Answers a request; all topics with what was encoded before, while nothing has changed.
pub(crate) async fn start(call: Call) -> Started {
    let (ctx, reply, request) = match call.decode::<MetadataRequest>() {
        Ok(decoded) => decoded,
        Err(answer) => return Started::Done(answer),
    };
    let is_about_all = match &request.topics {
        None => true,
        Some(topics) => topics.is_empty() && ctx.version == 0,
    };
    if !is_about_all {
        return Started::Done(reply.with(&handle(ctx, request).await));
    }
    let broker = Arc::clone(&ctx.broker);
    // Before the answer is put together: what changes meanwhile is asked for as another state.
    let state = State {
        revision: broker.node.catalog().image().revision(),
        failures: broker.node.partitions().failures(),
    };
    let form = Form {
        version: ctx.version,
        listener: ctx.listener,
        topic_operations: request.include_topic_authorized_operations,
        cluster_operations: request.include_cluster_authorized_operations,
    };
    let known = broker.metadata_cache.get(state, form);
    if let Some(body) = known {
        return Started::Done(reply.with_encoded(body));
    }
    let body = encode_response_body(form.version, &handle(ctx, request).await);
    broker.metadata_cache.put(state, form, body.clone());
    Started::Done(reply.with_encoded(body))
}

async fn handle(ctx: RequestContext, request: MetadataRequest) -> MetadataResponse {
    let broker = &ctx.broker;
    let with_operations = request.include_topic_authorized_operations;
    let creates = request.allow_auto_topic_creation && broker.settings.auto_create_topics_enable;
    let topics = match request.topics {
        None => all_topics(broker),
        Some(topics) if topics.is_empty() && ctx.version == 0 => all_topics(broker),
        Some(topics) if topics.iter().any(|topic| is_misplaced(topic, ctx.version)) => {
            let topics = topics.into_iter().map(refused).collect();
            return MetadataResponse { topics, ..MetadataResponse::default() };
        }
        Some(topics) => some_topics(broker, topics, creates).await,
    };
    let node = &broker.node;
    let endpoint = &broker.listeners[ctx.listener].advertised;
    let mut response = MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id: node.broker_id().0,
            host: Str::from(endpoint.host.as_str()),
            port: i32::from(endpoint.port),
            rack: broker.settings.rack.as_deref().map(Str::from),
        }],
        cluster_id: Some(Str::from(node.cluster_id())),
        controller_id: node.broker_id().0,
        topics,
        cluster_authorized_operations: operations::if_asked(
            request.include_cluster_authorized_operations,
            operations::CLUSTER,
        ),
        ..MetadataResponse::default()
    };
    // Kafka tells them even of a topic that is not there, if it knows its name.
    for topic in response.topics.iter_mut().filter(|topic| topic.name.is_some()) {
        topic.topic_authorized_operations =
            operations::if_asked(with_operations, operations::TOPIC);
    }
    response
}

/// Versions 10 and 11 have the fields for topic ids, and must not use them.
fn is_misplaced(topic: &MetadataRequestTopic, version: i16) -> bool {
    version < TOPIC_IDS_VERSION && (topic.name.is_none() || topic.topic_id != TopicId::ZERO)
}

fn refused(topic: MetadataRequestTopic) -> MetadataResponseTopic {
    let name = Some(topic.name.unwrap_or_default());
    let error_code = ErrorCode::INVALID_REQUEST.code();
    MetadataResponseTopic { error_code, name, topic_id: topic.topic_id, ..Default::default() }
}

fn all_topics(broker: &Broker) -> Vec<MetadataResponseTopic> {
    let image = broker.node.catalog().image();
    image.topics().map(|topic| known(broker, &image, topic)).collect()
}

async fn some_topics(
    broker: &Broker,
    asked: Vec<MetadataRequestTopic>,
    creates: bool,
) -> Vec<MetadataResponseTopic> {
    let mut image = broker.node.catalog().image();
    let mut seen = HashSet::with_capacity(asked.len());
    let asked: Vec<MetadataRequestTopic> = asked
        .into_iter()
        .filter(|topic| seen.insert((topic.name.clone(), topic.topic_id)))
        .collect();
    let missing: Vec<&str> = asked
        .iter()
        .filter_map(|topic| topic.name.as_deref())
        .filter(|name| image.topic(name).is_none())
        .collect();
    let mut errors = Vec::new();
    if creates && !missing.is_empty() {
        errors = create(broker, &missing).await;
        image = broker.node.catalog().image();
    }
    asked
        .iter()
        .map(|topic| match &topic.name {
            Some(name) => match image.topic(name) {
                Some(topic) => known(broker, &image, topic),
                None => unknown_name(name, &errors),
            },
            None => match image.topic_by_id(topic.topic_id) {
                Some(topic) => known(broker, &image, topic),
                None => unknown_id(topic.topic_id),
            },
        })
        .collect()
}

/// Makes topics; those that cannot be made are returned with the reason.
async fn create(broker: &Broker, names: &[&str]) -> Vec<(String, ErrorCode)> {
    let mut errors = Vec::new();
    let mut topics = Vec::new();
    for &name in names {
        match TopicName::new(name) {
            Ok(valid) if name == OFFSETS_TOPIC => create_offsets_topic(broker, &valid).await,
            // The other internal topics come with what needs them.
            Ok(valid) if valid.is_internal() => {}
            Ok(_) => topics.push(NewTopic {
                name: name.to_owned(),
                partitions: -1,
                replication_factor: -1,
                ..NewTopic::default()
            }),
            Err(_) => errors.push((name.to_owned(), ErrorCode::INVALID_TOPIC_EXCEPTION)),
        }
    }
    if topics.is_empty() {
        return errors;
    }
    let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    match broker.node.create_topics(topics, false).await {
        Ok(results) => {
            for (name, result) in names.into_iter().zip(results) {
                match result {
                    Ok(created) => {
                        info!(topic = %created.topic.name, "made a topic that a client asked for")
                    }
                    Err(error) => errors.push((name, error.error_code())),
                }
            }
        }
        Err(error) => {
            warn!(%error, "cannot make topics that a client asked for");
            errors.extend(names.into_iter().map(|name| (name, error.error_code())));
        }
    }
    errors
}

async fn create_offsets_topic(broker: &Broker, name: &TopicName) {
    if let Err(error) = broker.node.ensure_offsets_topic().await {
        warn!(topic = %name, %error, "cannot make a topic that a client asked for");
    }
}

fn known(broker: &Broker, image: &Image, topic: &Arc<Topic>) -> MetadataResponseTopic {
    let partitions =
        PartitionState::all(broker, image, topic).map(|state| MetadataResponsePartition {
            error_code: state.error.code(),
            partition_index: state.index.0,
            leader_id: state.leader_id,
            leader_epoch: state.leader_epoch.0,
            replica_nodes: state.replicas,
            isr_nodes: state.in_sync,
            offline_replicas: state.offline,
        });
    MetadataResponseTopic {
        name: Some(Str::from(&topic.name)),
        topic_id: topic.id,
        is_internal: topic.name.is_internal(),
        partitions: partitions.collect(),
        ..MetadataResponseTopic::default()
    }
}

fn unknown_name(name: &Str, errors: &[(String, ErrorCode)]) -> MetadataResponseTopic {
    let valid = TopicName::new(name);
    let made = errors.iter().find(|(failed, _)| failed.as_str() == name.as_str());
    let error = match (&valid, made) {
        (Err(_), _) => ErrorCode::INVALID_TOPIC_EXCEPTION,
        (Ok(_), Some((_, error))) => *error,
        (Ok(_), None) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    };
    MetadataResponseTopic {
        error_code: error.code(),
        name: Some(name.clone()),
        is_internal: valid.is_ok_and(|name| name.is_internal()),
        ..MetadataResponseTopic::default()
    }
}

fn unknown_id(topic_id: TopicId) -> MetadataResponseTopic {
    let error_code = ErrorCode::UNKNOWN_TOPIC_ID.code();
    MetadataResponseTopic { error_code, name: None, topic_id, ..MetadataResponseTopic::default() }
}
