//! DescribeCluster (key 60), versions 0 to 2.
//! The cluster's id, its controller, and its brokers as the client's listener advertises them (KIP-700). v1 can ask for
//! controllers instead (KIP-919), which no broker answers; v2 for brokers that are fenced too (KIP-1073): none is.

use vltava_protocol::messages::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::operations;
use crate::dispatch::RequestContext;

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refuse(ErrorCode::MISMATCHED_ENDPOINT_TYPE, message);
        }
        other => {
            let message = format!("Unsupported endpoint type {other}");
            return refuse(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, &message);
        }
    }
    let broker = &ctx.broker;
    let endpoint = &broker.listeners[ctx.listener].advertised;
    let id = broker.node.broker_id().0;
    DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: Str::from(broker.node.cluster_id()),
        controller_id: id,
        brokers: vec![DescribeClusterBroker {
            broker_id: id,
            host: Str::from(endpoint.host.as_str()),
            port: i32::from(endpoint.port),
            rack: broker.settings.rack.as_deref().map(Str::from),
            is_fenced: false,
        }],
        cluster_authorized_operations: operations::if_asked(
            request.include_cluster_authorized_operations,
            operations::CLUSTER,
        ),
        ..DescribeClusterResponse::default()
    }
}

fn refuse(error: ErrorCode, message: &str) -> DescribeClusterResponse {
    DescribeClusterResponse {
        error_code: error.code(),
        error_message: Some(Str::from(message)),
        ..DescribeClusterResponse::default()
    }
}
