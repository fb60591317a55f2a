//! JoinGroup (key 11), versions 0 to 9.
//! Joins a classic group, and waits until its members are complete. v1 rebalance timeout, v4 first asks for a member id
//! (KIP-394), v5 static members (KIP-345), v9 may skip the assignment (KIP-814).
//! Differs from Kafka: the reason for joining (v8, KIP-800) is not logged.

use vltava_coordinator::group::{Answer, JoinGroup, JoinedMember, Protocol, Request};
use vltava_model::{GroupId, GroupInstanceId, MemberId};
use vltava_protocol::Str;
use vltava_protocol::messages::join_group::{
    JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember,
};
use vltava_runtime::random_bytes;

use crate::api::groups::{ask, client_host, copy, mismatch, text};
use crate::dispatch::RequestContext;
use crate::errors::Coded;

/// The first version with a rebalance timeout of its own.
const REBALANCE_TIMEOUT_VERSION: i16 = 1;
/// The first version in which a member must ask for its id.
const KNOWN_MEMBER_VERSION: i16 = 4;
/// The first version in which the name of the protocol may be null.
const NULL_PROTOCOL_VERSION: i16 = 7;
/// The first version that may skip the assignment.
const SKIP_ASSIGNMENT_VERSION: i16 = 9;

pub(crate) async fn handle(ctx: RequestContext, request: JoinGroupRequest) -> JoinGroupResponse {
    let version = ctx.version;
    let group_id = GroupId::new(&*request.group_id);
    let asked_member = request.member_id.clone();
    let join = join(&ctx, request);
    let answer = match ask(&ctx.broker, &group_id, Request::JoinGroup(Box::new(join))).await {
        Ok(Answer::JoinGroup(answer)) => answer,
        Ok(other) => mismatch(&other),
        Err(error) => return failure(version, error.code(), asked_member),
    };
    let member_id = Str::from(answer.member_id.as_str());
    match answer.outcome {
        Err(error) => failure(version, error.code(), member_id),
        Ok(joined) => JoinGroupResponse {
            generation_id: joined.generation_id.0,
            protocol_type: joined.protocol_type.as_ref().map(text),
            protocol_name: joined.protocol_name.as_ref().map(text).or_else(|| no_protocol(version)),
            leader: joined.leader.map(|id| Str::from(id.as_str())).unwrap_or_default(),
            skip_assignment: joined.skip_assignment,
            member_id,
            members: joined.members.into_iter().map(member).collect(),
            ..JoinGroupResponse::default()
        },
    }
}

fn join(ctx: &RequestContext, request: JoinGroupRequest) -> JoinGroup {
    let rebalance_timeout_ms = if ctx.version >= REBALANCE_TIMEOUT_VERSION {
        request.rebalance_timeout_ms
    } else {
        request.session_timeout_ms
    };
    let protocols = request.protocols.iter().map(|protocol| Protocol {
        name: copy(&protocol.name),
        metadata: bytes::Bytes::copy_from_slice(&protocol.metadata),
    });
    JoinGroup {
        group_id: GroupId::new(&*request.group_id),
        member_id: MemberId::new(&*request.member_id),
        instance_id: request.group_instance_id.as_deref().map(GroupInstanceId::new),
        client_id: copy(ctx.client_id.as_deref().unwrap_or_default()),
        client_host: client_host(ctx.peer),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms,
        protocol_type: copy(&request.protocol_type),
        protocols: protocols.collect(),
        require_known_member_id: ctx.version >= KNOWN_MEMBER_VERSION,
        supports_skipping_assignment: ctx.version >= SKIP_ASSIGNMENT_VERSION,
        member_uuid: random_bytes(),
    }
}

fn failure(version: i16, error_code: i16, member_id: Str) -> JoinGroupResponse {
    let protocol_name = no_protocol(version);
    JoinGroupResponse { error_code, member_id, protocol_name, ..JoinGroupResponse::default() }
}

/// Old versions have no null for it.
fn no_protocol(version: i16) -> Option<Str> {
    (version < NULL_PROTOCOL_VERSION).then(Str::default)
}

fn member(member: JoinedMember) -> JoinGroupResponseMember {
    JoinGroupResponseMember {
        member_id: Str::from(member.member_id.as_str()),
        group_instance_id: member.instance_id.map(|id| Str::from(id.as_str())),
        metadata: member.metadata,
    }
}
