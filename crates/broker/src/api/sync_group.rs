//! SyncGroup (key 14), versions 0 to 5.
//! The leader hands in the assignments of a classic group, and every member waits for its own. v3 static members (KIP-345),
//! v5 says which protocol it believes in (KIP-559).

use bytes::Bytes;
use vltava_coordinator::group::{Answer, Request, SyncGroup};
use vltava_model::MemberId;
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use crate::api::groups::{ask, copy, membership, mismatch, text};
use crate::dispatch::RequestContext;
use crate::errors::Coded;

/// The first version that must say the protocol's type and name.
const PROTOCOL_VERSION: i16 = 5;

pub(crate) async fn handle(ctx: RequestContext, request: SyncGroupRequest) -> SyncGroupResponse {
    let names_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
    if ctx.version >= PROTOCOL_VERSION && !names_protocol {
        return failure(ErrorCode::INCONSISTENT_GROUP_PROTOCOL.code());
    }
    let member = membership(
        &request.group_id,
        &request.member_id,
        request.group_instance_id.as_deref(),
        request.generation_id,
    );
    let group_id = member.group_id.clone();
    let assignments = request.assignments.iter().map(|assigned| {
        (MemberId::new(&*assigned.member_id), Bytes::copy_from_slice(&assigned.assignment))
    });
    let sync = SyncGroup {
        member,
        protocol_type: request.protocol_type.as_deref().map(copy),
        protocol_name: request.protocol_name.as_deref().map(copy),
        assignments: assignments.collect(),
    };
    match ask(&ctx.broker, &group_id, Request::SyncGroup(sync)).await {
        Ok(Answer::SyncGroup(Ok(synced))) => SyncGroupResponse {
            protocol_type: synced.protocol_type.as_ref().map(text),
            protocol_name: synced.protocol_name.as_ref().map(text),
            assignment: synced.assignment,
            ..SyncGroupResponse::default()
        },
        Ok(Answer::SyncGroup(Err(error))) => failure(error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => failure(error.code()),
    }
}

fn failure(error_code: i16) -> SyncGroupResponse {
    SyncGroupResponse { error_code, ..SyncGroupResponse::default() }
}
