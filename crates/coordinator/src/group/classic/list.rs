//! ListGroups.

use vltava_model::GroupId;

use crate::group::answer::{Answer, ListedGroup};
use crate::group::classic::ClassicGroup;
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::shard::Token;

/// The only type that there is.
const CLASSIC: &str = "classic";

impl GroupShard {
    /// ListGroups. A state or a type that does not exist is one that no group has.
    pub(in crate::group) fn list_groups(
        &self,
        token: Token,
        states: &[String],
        types: &[String],
    ) -> GroupDecision {
        let any_type = types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(CLASSIC));
        let matches = |group: &ClassicGroup| {
            let state = group.state.as_str();
            any_type
                && (states.is_empty()
                    || states.iter().any(|s| s.trim().eq_ignore_ascii_case(state)))
        };
        let listed = |(group_id, group): (&GroupId, &ClassicGroup)| ListedGroup {
            group_id: group_id.clone(),
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            state: group.state,
        };
        let groups = self.classic_groups().filter(|(_, group)| matches(group)).map(listed);
        reply_only(token, Answer::ListGroups(groups.collect()))
    }
}
