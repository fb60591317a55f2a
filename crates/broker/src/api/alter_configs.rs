//! AlterConfigs (key 33), versions 0 to 2.
//! Replaces all configs of topics and brokers; with `validate_only` says whether it could. Each resource fares by itself.
//! Kafka has deprecated it in favour of IncrementalAlterConfigs, which does not take away what others have set.

use vltava_metadata::AlterConfigs;
use vltava_protocol::Str;
use vltava_protocol::messages::alter_configs::{AlterConfigsRequest, AlterConfigsResponse};

use crate::api::resources::outcome;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let asked: Vec<(i8, Str)> = request
        .resources
        .iter()
        .map(|resource| (resource.resource_type, resource.resource_name.clone()))
        .collect();
    let resources: Vec<AlterConfigs> = request
        .resources
        .into_iter()
        .map(|resource| AlterConfigs {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.to_string(),
            configs: resource
                .configs
                .into_iter()
                .map(|config| (config.name.to_string(), config.value.map(|v| v.to_string())))
                .collect(),
        })
        .collect();
    let asked = asked.into_iter();
    let responses = match ctx.broker.node.alter_configs(&resources, request.validate_only).await {
        Ok(results) => {
            let answers = asked.zip(&results);
            answers
                .map(|(asked, r)| outcome(asked, r.as_ref().map_err(|e| e as &dyn Coded)))
                .collect()
        }
        Err(error) => {
            tracing::warn!(%error, "cannot alter configs");
            asked.map(|asked| outcome::<()>(asked, Err(&error))).collect()
        }
    };
    if !request.validate_only {
        ctx.broker.reconfigure(&resources, |resource| resource.resource_type).await;
    }
    AlterConfigsResponse { throttle_time_ms: 0, responses }
}
