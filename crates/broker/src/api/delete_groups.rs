//! DeleteGroups (key 42), versions 0 to 2.
//! Forgets groups without members, and what they have committed (KIP-229). Each fares by itself; one that is named twice is
//! answered once, as in Kafka.

use std::collections::HashSet;

use futures::future::join_all;
use vltava_coordinator::group::{Answer, Request};
use vltava_model::GroupId;
use vltava_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};
use vltava_protocol::{ErrorCode, Str};

use crate::api::groups::{ask, mismatch};
use crate::dispatch::RequestContext;
use crate::errors::code_of;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DeleteGroupsRequest,
) -> DeleteGroupsResponse {
    let mut seen = HashSet::new();
    let groups = request.groups_names.into_iter().filter(|group| seen.insert(group.clone()));
    let results = join_all(groups.map(|group| delete(&ctx, group))).await;
    DeleteGroupsResponse { throttle_time_ms: 0, results }
}

async fn delete(ctx: &RequestContext, group: Str) -> DeletableGroupResult {
    let group_id = GroupId::new(&*group);
    let request = Request::DeleteGroups(vec![group_id.clone()]);
    let error_code = match ask(&ctx.broker, &group_id, request).await {
        Ok(Answer::DeleteGroups(outcomes)) => {
            outcomes.first().map_or(ErrorCode::GROUP_ID_NOT_FOUND.code(), |(_, o)| code_of(o))
        }
        Ok(other) => mismatch(&other),
        Err(error) => error.code(),
    };
    DeletableGroupResult { group_id: group, error_code }
}
