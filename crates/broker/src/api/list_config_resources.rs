//! ListConfigResources (key 74), versions 0 to 1.
//! The names of what has configs. v0 knows client metrics only (KIP-714), of which there are none here; v1 can ask for any
//! type, or with an empty list for all (KIP-1142).

use vltava_protocol::messages::list_config_resources::{
    ConfigResource, ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::resources::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use crate::broker::Broker;
use crate::dispatch::RequestContext;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let known = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];
    let types = match &request.resource_types[..] {
        _ if ctx.version == 0 => &[CLIENT_METRICS],
        [] => &known[..],
        types => types,
    };
    if types.iter().any(|resource_type| !known.contains(resource_type)) {
        let error_code = ErrorCode::UNSUPPORTED_VERSION.code();
        return ListConfigResourcesResponse { error_code, ..Default::default() };
    }
    let config_resources = known
        .iter()
        .filter(|resource_type| types.contains(resource_type))
        .flat_map(|resource_type| names(&ctx.broker, *resource_type))
        .collect();
    ListConfigResourcesResponse { config_resources, ..Default::default() }
}

fn names(broker: &Broker, resource_type: i8) -> Vec<ConfigResource> {
    let resource = |resource_name| ConfigResource { resource_name, resource_type };
    match resource_type {
        TOPIC => {
            let image = broker.node.catalog().image();
            image.topics().map(|topic| resource(Str::from(&topic.name))).collect()
        }
        BROKER | BROKER_LOGGER => vec![resource(Str::from(broker.node.broker_id().to_string()))],
        _ => Vec::new(),
    }
}
