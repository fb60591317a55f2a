//! DescribeGroups (key 15), versions 0 to 6.
//! State, protocol and members of classic groups. A group that is not there is `Dead`, from v6 on with GROUP_ID_NOT_FOUND
//! (KIP-1043). v3 authorized operations (KIP-430), v4 static members (KIP-345).

use futures::future::join_all;
use vltava_coordinator::group::{Answer, DescribedGroup as Described, DescribedMember, Request};
use vltava_model::GroupId;
use vltava_protocol::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::groups::{ask, mismatch, text};
use crate::api::operations;
use crate::dispatch::RequestContext;

/// The first version that tells a dead group from an error.
const NOT_FOUND_VERSION: i16 = 6;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let operations = operations::if_asked(request.include_authorized_operations, operations::GROUP);
    let groups = request.groups.into_iter().map(|group| describe(&ctx, group));
    let mut groups = join_all(groups).await;
    for group in groups.iter_mut().filter(|group| group.error_code == 0) {
        group.authorized_operations = operations;
    }
    DescribeGroupsResponse { throttle_time_ms: 0, groups }
}

async fn describe(ctx: &RequestContext, group: Str) -> DescribedGroup {
    let group_id = GroupId::new(&*group);
    let request = Request::DescribeGroups(vec![group_id.clone()]);
    let described = match ask(&ctx.broker, &group_id, request).await {
        Ok(Answer::DescribeGroups(mut groups)) => groups.pop().and_then(|(_, group)| group),
        Ok(other) => mismatch(&other),
        Err(error) => {
            let error_code = error.code();
            return DescribedGroup { error_code, group_id: group, ..DescribedGroup::default() };
        }
    };
    match described {
        Some(described) => found(group, described),
        None => missing(ctx.version, group),
    }
}

fn missing(version: i16, group_id: Str) -> DescribedGroup {
    let mut dead = DescribedGroup {
        group_state: Str::from_static("Dead"),
        group_id,
        ..DescribedGroup::default()
    };
    if version >= NOT_FOUND_VERSION {
        dead.error_code = ErrorCode::GROUP_ID_NOT_FOUND.code();
        dead.error_message = Some(Str::from(format!("Group {} not found.", dead.group_id)));
    }
    dead
}

fn found(group_id: Str, described: Described) -> DescribedGroup {
    DescribedGroup {
        group_id,
        group_state: Str::from_static(described.state.as_str()),
        protocol_type: text(&described.protocol_type),
        protocol_data: text(&described.protocol_data),
        members: described.members.into_iter().map(member).collect(),
        ..DescribedGroup::default()
    }
}

fn member(member: DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember {
        member_id: Str::from(member.member_id.as_str()),
        group_instance_id: member.instance_id.as_ref().map(|id| Str::from(id.as_str())),
        client_id: text(&member.client_id),
        client_host: text(&member.client_host),
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    }
}
