//! IncrementalAlterConfigs (key 44), versions 0 to 1.
//! Sets and deletes single configs of topics and brokers, and appends to and subtracts from lists (KIP-339); with
//! `validate_only` says whether it could. Each resource fares by itself.

use vltava_metadata::{ConfigChange, IncrementalAlterConfigs};
use vltava_protocol::Str;
use vltava_protocol::messages::alter_configs::AlterConfigsResourceResponse as Outcome;
use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

use crate::api::resources::outcome;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let asked: Vec<(i8, Str)> = request
        .resources
        .iter()
        .map(|resource| (resource.resource_type, resource.resource_name.clone()))
        .collect();
    let resources: Vec<IncrementalAlterConfigs> =
        request.resources.into_iter().map(changes).collect();
    let node = &ctx.broker.node;
    let asked = asked.into_iter();
    let outcomes: Vec<Outcome> =
        match node.incremental_alter_configs(&resources, request.validate_only).await {
            Ok(results) => asked
                .zip(&results)
                .map(|(asked, r)| outcome(asked, r.as_ref().map_err(|e| e as &dyn Coded)))
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "cannot alter configs");
                asked.map(|asked| outcome::<()>(asked, Err(&error))).collect()
            }
        };
    if !request.validate_only {
        ctx.broker.reconfigure(&resources, |resource| resource.resource_type).await;
    }
    let responses = outcomes.into_iter().map(|outcome| AlterConfigsResourceResponse {
        error_code: outcome.error_code,
        error_message: outcome.error_message,
        resource_type: outcome.resource_type,
        resource_name: outcome.resource_name,
    });
    IncrementalAlterConfigsResponse { throttle_time_ms: 0, responses: responses.collect() }
}

fn changes(resource: AlterConfigsResource) -> IncrementalAlterConfigs {
    let changes = resource.configs.into_iter().map(|config| ConfigChange {
        name: config.name.to_string(),
        operation: config.config_operation,
        value: config.value.map(|value| value.to_string()),
    });
    IncrementalAlterConfigs {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name.to_string(),
        changes: changes.collect(),
    }
}
