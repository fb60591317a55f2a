//! FindCoordinator (key 10), versions 0 to 6.
//! Which broker coordinates groups: this one, once `__consumer_offsets` is there; the first who asks has it made.
//! v1 key types, v4 many keys at once (KIP-699).
//! Differs from Kafka: the answer comes when the topic is there, where Kafka says COORDINATOR_NOT_AVAILABLE until it is;
//! transactional ids and share groups have no coordinator yet, and get UNSUPPORTED_VERSION, which clients take as final.

use tracing::warn;
use vltava_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::dispatch::RequestContext;
use crate::errors::Coded;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

const NO_ERROR: Str = Str::from_static("NONE");

/// The first version that asks for many keys.
const BATCH_VERSION: i16 = 4;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let found = find(&ctx, request.key_type).await;
    if ctx.version >= BATCH_VERSION {
        let answers = request.coordinator_keys.into_iter().map(|key| answer(&ctx, key, &found));
        let coordinators = answers.collect();
        return FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() };
    }
    let one = answer(&ctx, request.key, &found);
    FindCoordinatorResponse {
        error_code: one.error_code,
        // Kafka's old answers spell out that nothing is wrong.
        error_message: one.error_message.map(|text| if text.is_empty() { NO_ERROR } else { text }),
        node_id: one.node_id,
        host: one.host,
        port: one.port,
        ..FindCoordinatorResponse::default()
    }
}

async fn find(ctx: &RequestContext, key_type: i8) -> Result<(), (ErrorCode, &'static str)> {
    match key_type {
        GROUP => ctx.broker.node.ensure_offsets_topic().await.map_err(|error| {
            warn!(%error, "no group coordinator");
            (error.error_code(), "The coordinator is not available.")
        }),
        TRANSACTION => {
            warn!(peer = %ctx.peer, "a producer asks for transactions, which are not supported yet");
            Err((ErrorCode::UNSUPPORTED_VERSION, "Transactions are not supported yet."))
        }
        SHARE => Err((ErrorCode::UNSUPPORTED_VERSION, "Share groups are not supported yet.")),
        _ => Err((ErrorCode::INVALID_REQUEST, "Unknown coordinator type.")),
    }
}

fn answer(
    ctx: &RequestContext,
    key: Str,
    found: &Result<(), (ErrorCode, &'static str)>,
) -> Coordinator {
    match found {
        Ok(()) => {
            let endpoint = &ctx.broker.listeners[ctx.listener].advertised;
            Coordinator {
                key,
                node_id: ctx.broker.node.broker_id().0,
                host: Str::from(endpoint.host.as_str()),
                port: i32::from(endpoint.port),
                ..Coordinator::default()
            }
        }
        Err((error, message)) => Coordinator {
            key,
            node_id: -1,
            port: -1,
            error_code: error.code(),
            error_message: Some(Str::from_static(message)),
            ..Coordinator::default()
        },
    }
}
