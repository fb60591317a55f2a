//! DescribeConfigs (key 32), versions 1 to 4.
//! Every config of topics and brokers with its value and where that comes from; v1 its synonyms (KIP-226), v3 its type
//! and documentation (KIP-569). A broker with an empty name stands for what is set for all brokers.
//! Differs from Kafka: there are no loggers, no client metrics and no configs of groups, so those resources are empty.

use vltava_metadata::{ConfigEntry, ConfigSynonym};
use vltava_model::TopicName;
use vltava_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult,
    DescribeConfigsResponse, DescribeConfigsResult, DescribeConfigsSynonym,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::resources;
use crate::broker::Broker;
use crate::dispatch::RequestContext;

/// An error with what is wrong.
type Refusal = (ErrorCode, String);

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let results = request.resources.iter().map(|resource| match describe(&ctx.broker, resource) {
        Ok(mut entries) => {
            if let Some(names) = resource.configuration_keys.as_ref().filter(|n| !n.is_empty()) {
                entries.retain(|entry| names.iter().any(|name| *name == entry.name.as_str()));
            }
            let configs = entries.into_iter().map(|entry| config(entry, &request));
            DescribeConfigsResult { configs: configs.collect(), ..unconfigured(resource) }
        }
        Err((error, message)) => DescribeConfigsResult {
            error_code: error.code(),
            error_message: Some(Str::from(message)),
            ..unconfigured(resource)
        },
    });
    DescribeConfigsResponse { throttle_time_ms: 0, results: results.collect() }
}

fn unconfigured(resource: &DescribeConfigsResource) -> DescribeConfigsResult {
    DescribeConfigsResult {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name.clone(),
        ..DescribeConfigsResult::default()
    }
}

fn describe(
    broker: &Broker,
    resource: &DescribeConfigsResource,
) -> Result<Vec<ConfigEntry>, Refusal> {
    let name = resource.resource_name.as_str();
    let catalog = broker.node.catalog();
    let image = catalog.image();
    let view = catalog.view(&image);
    match resource.resource_type {
        resources::TOPIC => {
            if let Err(error) = TopicName::new(name) {
                let message = format!("Topic name is invalid: {error}");
                return Err((ErrorCode::INVALID_TOPIC_EXCEPTION, message));
            }
            if image.topic(name).is_none() {
                return Err((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, String::new()));
            }
            Ok(view.describe_topic(&image.topic_overrides(name)))
        }
        resources::BROKER if name.is_empty() => Ok(view.describe_broker_defaults()),
        resources::BROKER => {
            check_broker(broker, name, " or empty string")?;
            Ok(view.describe_broker())
        }
        resources::BROKER_LOGGER => {
            check_broker(broker, name, "")?;
            Ok(Vec::new())
        }
        resources::CLIENT_METRICS | resources::GROUP if name.is_empty() => {
            let message = "Resource name must not be empty".to_owned();
            Err((ErrorCode::INVALID_REQUEST, message))
        }
        resources::CLIENT_METRICS | resources::GROUP => Ok(Vec::new()),
        other => {
            let message = format!("Unsupported resource type: {other}");
            Err((ErrorCode::INVALID_REQUEST, message))
        }
    }
}

/// Only this broker knows its configs.
fn check_broker(broker: &Broker, name: &str, or: &str) -> Result<(), Refusal> {
    let own = broker.node.broker_id();
    match name.parse::<i32>() {
        Ok(id) if id == own.0 => Ok(()),
        Ok(id) => {
            let message = format!("Unexpected broker id, expected {own}{or}, but received {id}");
            Err((ErrorCode::INVALID_REQUEST, message))
        }
        Err(_) => {
            let message = format!("Broker id must be an integer, but it is: {name}");
            Err((ErrorCode::INVALID_REQUEST, message))
        }
    }
}

fn config(entry: ConfigEntry, request: &DescribeConfigsRequest) -> DescribeConfigsResourceResult {
    let synonyms = entry.synonyms.into_iter().filter(|_| request.include_synonyms).map(synonym);
    let documentation = entry.documentation.filter(|_| request.include_documentation);
    DescribeConfigsResourceResult {
        name: Str::from(entry.name),
        value: entry.value.map(Str::from),
        read_only: entry.read_only,
        config_source: entry.source.code(),
        is_sensitive: entry.sensitive,
        synonyms: synonyms.collect(),
        config_type: entry.value_type.map_or(0, |value_type| value_type.code()),
        documentation: documentation.map(Str::from_static),
    }
}

fn synonym(synonym: ConfigSynonym) -> DescribeConfigsSynonym {
    DescribeConfigsSynonym {
        name: Str::from(synonym.name),
        value: synonym.value.map(Str::from),
        source: synonym.source.code(),
    }
}
