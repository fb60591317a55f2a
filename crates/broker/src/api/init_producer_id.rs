//! InitProducerId (key 22), versions 0 to 5.
//! Gives an idempotent producer its id, with epoch 0 (KIP-98). An id that the client brings along (v3, KIP-360) is not
//! continued, as in Kafka: without a transactional id nobody could tell whose it is.
//! Differs from Kafka: there are no transactions yet; a transactional id is UNSUPPORTED_VERSION, which every client takes
//! as final.

use tracing::warn;
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

use crate::dispatch::RequestContext;
use crate::errors::Coded;

/// No producer id, and no epoch.
const NONE: i64 = -1;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let has_id = request.producer_id != NONE;
    let has_epoch = i64::from(request.producer_epoch) != NONE;
    let result = match request.transactional_id {
        Some(id) if id.is_empty() => Err(ErrorCode::INVALID_REQUEST),
        Some(id) => {
            warn!(peer = %ctx.peer, transactional_id = %id, "a producer asks for transactions, which are not supported yet");
            Err(ErrorCode::UNSUPPORTED_VERSION)
        }
        None if has_id != has_epoch => Err(ErrorCode::INVALID_REQUEST),
        None => ctx.broker.node.producer_ids().next().await.map_err(|error| {
            warn!(%error, "cannot hand out a producer id");
            error.error_code()
        }),
    };
    match result {
        Ok(id) => InitProducerIdResponse {
            producer_id: id.0,
            producer_epoch: 0,
            ..InitProducerIdResponse::default()
        },
        Err(error) => InitProducerIdResponse {
            error_code: error.code(),
            producer_epoch: -1,
            ..InitProducerIdResponse::default()
        },
    }
}
