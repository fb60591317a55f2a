//! DescribeGroups.

use bytes::Bytes;
use vltava_model::GroupId;

use crate::group::answer::{Answer, DescribedGroup, DescribedMember};
use crate::group::classic::ClassicGroup;
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::shard::Token;

impl GroupShard {
    /// DescribeGroups.
    pub(in crate::group) fn describe_groups(
        &self,
        token: Token,
        group_ids: Vec<GroupId>,
    ) -> GroupDecision {
        let describe = |group_id| {
            let described = self.classic_group(&group_id).map(describe);
            (group_id, described)
        };
        let groups = group_ids.into_iter().map(describe).collect();
        reply_only(token, Answer::DescribeGroups(groups))
    }
}

/// What the members said is shown of stable groups only, as only then it is about one protocol.
fn describe(group: &ClassicGroup) -> DescribedGroup {
    let protocol = match group.state {
        GroupState::Stable => group.protocol_name.as_ref(),
        _ => None,
    };
    let members = group.members.iter().map(|(member_id, member)| DescribedMember {
        member_id: member_id.clone(),
        instance_id: member.instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        metadata: protocol.map_or_else(Bytes::new, |protocol| member.metadata(protocol)),
        assignment: member.assignment.clone(),
    });
    DescribedGroup {
        state: group.state,
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        protocol_data: protocol.cloned().unwrap_or_default(),
        members: members.collect(),
    }
}
