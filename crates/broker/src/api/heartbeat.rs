//! Heartbeat (key 12), versions 0 to 4.
//! A member of a classic group says that it lives, and learns whether its group is rebalancing. v3 static members (KIP-345).

use vltava_coordinator::group::{Answer, Request};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};

use crate::api::groups::{ask, membership, mismatch};
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse {
    let member = membership(
        &request.group_id,
        &request.member_id,
        request.group_instance_id.as_deref(),
        request.generation_id,
    );
    let group_id = member.group_id.clone();
    let error_code = match ask(&ctx.broker, &group_id, Request::Heartbeat(member)).await {
        Ok(Answer::Heartbeat(Ok(()))) => ErrorCode::NONE.code(),
        Ok(Answer::Heartbeat(Err(error))) => error.code(),
        Ok(other) => mismatch(&other),
        Err(error) => error.code(),
    };
    HeartbeatResponse { throttle_time_ms: 0, error_code }
}
