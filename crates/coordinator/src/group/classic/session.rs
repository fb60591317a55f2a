//! Members that fall silent.

use vltava_model::{GroupId, MemberId, Timestamp};

use crate::group::classic::Draft;
use crate::group::shard::{GroupDecision, GroupShard};
use crate::group::state::GroupState;
use crate::shard::Decision;

impl GroupShard {
    /// A member was silent for its whole session timeout, or did not join with the id that it was given.
    ///
    /// One whose request is parked is excused; its timer is set again with the answer. Not so a new member:
    /// see [`crate::limits::NEW_MEMBER_JOIN_TIMEOUT_MS`].
    pub(in crate::group) fn session_timer_fired(
        &self,
        now: Timestamp,
        group_id: &GroupId,
        member_id: &MemberId,
    ) -> GroupDecision {
        let Some(group) = self.classic_group(group_id) else { return Decision::none() };
        let is_gone = match group.members.get(member_id) {
            Some(member) => !member.is_excused(),
            None => group.pending_joins.contains(member_id),
        };
        if !is_gone {
            return Decision::none();
        }
        let was_pending = group.pending_joins.contains(member_id);
        let mut draft = Draft::of(group_id, group, self.config(), now);
        draft.remove_member(member_id);
        match group.state {
            GroupState::PreparingRebalance if draft.group().has_all_joined() => {
                draft.complete_join();
            }
            GroupState::CompletingRebalance | GroupState::Stable if !was_pending => {
                draft.prepare_rebalance();
            }
            _ => {}
        }
        draft.decision()
    }
}
