//! ListGroups (key 16), versions 0 to 5.
//! All groups of this broker, from v4 on of some states (KIP-518), from v5 on of some types (KIP-848).
//! A partition of `__consumer_offsets` that is not served has no groups here.

use tracing::debug;
use vltava_coordinator::group::{Answer, ListedGroup as Listed, Request};
use vltava_protocol::Str;
use vltava_protocol::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};

use crate::api::groups::{mismatch, text};
use crate::dispatch::RequestContext;

/// The type of every group that there is yet.
const CLASSIC: Str = Str::from_static("classic");

pub(crate) async fn handle(ctx: RequestContext, request: ListGroupsRequest) -> ListGroupsResponse {
    let filter = |texts: &[Str]| texts.iter().map(ToString::to_string).collect();
    let list = Request::ListGroups {
        states: filter(&request.states_filter),
        types: filter(&request.types_filter),
    };
    let mut groups = Vec::new();
    for answer in ctx.broker.node.groups().request_all(list).await {
        match answer {
            Ok(Answer::ListGroups(listed)) => groups.extend(listed.into_iter().map(group)),
            Ok(other) => mismatch(&other),
            Err(error) => debug!(%error, "groups are missing from a list"),
        }
    }
    ListGroupsResponse { groups, ..ListGroupsResponse::default() }
}

fn group(listed: Listed) -> ListedGroup {
    ListedGroup {
        group_id: Str::from(&listed.group_id),
        protocol_type: text(&listed.protocol_type),
        group_state: Str::from_static(listed.state.as_str()),
        group_type: CLASSIC,
    }
}
