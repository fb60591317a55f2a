//! LeaveGroup (key 13), versions 0 to 5.
//! Removes members from a classic group: the one that asks, from v3 on any, static ones by their instance (KIP-345).
//! Differs from Kafka: the reason (v5, KIP-800) is not logged.

use vltava_coordinator::group::{Answer, LeavingMember, LeftMember, Request};
use vltava_model::{GroupId, GroupInstanceId, MemberId};
use vltava_protocol::messages::leave_group::{
    LeaveGroupRequest, LeaveGroupResponse, MemberResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::groups::{ask, mismatch};
use crate::dispatch::RequestContext;
use crate::errors::{Coded, code_of};

/// The first version that names several members.
const MEMBERS_VERSION: i16 = 3;

pub(crate) async fn handle(ctx: RequestContext, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let group_id = GroupId::new(&*request.group_id);
    let names_members = ctx.version >= MEMBERS_VERSION;
    let members = if names_members {
        let leaving = request.members.iter().map(|member| LeavingMember {
            member_id: MemberId::new(&*member.member_id),
            instance_id: member.group_instance_id.as_deref().map(GroupInstanceId::new),
        });
        leaving.collect()
    } else {
        vec![LeavingMember { member_id: MemberId::new(&*request.member_id), instance_id: None }]
    };
    let leave = Request::LeaveGroup { group_id: group_id.clone(), members };
    match ask(&ctx.broker, &group_id, leave).await {
        Ok(Answer::LeaveGroup(Ok(left))) if names_members => LeaveGroupResponse {
            members: left.into_iter().map(member).collect(),
            ..LeaveGroupResponse::default()
        },
        Ok(Answer::LeaveGroup(Ok(left))) => {
            answer(left.first().map_or(ErrorCode::NONE.code(), |left| code_of(&left.outcome)))
        }
        Ok(Answer::LeaveGroup(Err(error))) => answer(error.code()),
        Ok(other) => mismatch(&other),
        Err(error) => answer(error.code()),
    }
}

fn answer(error_code: i16) -> LeaveGroupResponse {
    LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() }
}

fn member(left: LeftMember) -> MemberResponse {
    MemberResponse {
        member_id: Str::from(left.member_id.as_str()),
        group_instance_id: left.instance_id.as_ref().map(|id| Str::from(id.as_str())),
        error_code: code_of(&left.outcome),
    }
}
