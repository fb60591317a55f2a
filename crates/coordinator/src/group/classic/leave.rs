//! LeaveGroup.

use vltava_model::{GroupId, Timestamp};

use crate::group::answer::{Answer, GroupError, LeftMember, Outcome};
use crate::group::classic::Draft;
use crate::group::input::LeavingMember;
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::shard::Token;

impl GroupShard {
    /// LeaveGroup: each member by itself, then one rebalance if any was removed.
    pub(in crate::group) fn leave_group(
        &self,
        now: Timestamp,
        token: Token,
        group_id: &GroupId,
        leaving: &[LeavingMember],
    ) -> GroupDecision {
        if group_id.is_empty() {
            let answer = Answer::LeaveGroup(Err(GroupError::InvalidGroupId));
            return reply_only(token, answer);
        }
        let left = |member: &LeavingMember, outcome| LeftMember {
            member_id: member.member_id.clone(),
            instance_id: member.instance_id.clone(),
            outcome,
        };
        let Some(group) = self.classic_group(group_id) else {
            let unknown = |member| left(member, Err(GroupError::UnknownMemberId));
            let answer = Answer::LeaveGroup(Ok(leaving.iter().map(unknown).collect()));
            return reply_only(token, answer);
        };
        let mut draft = Draft::of(group_id, group, self.config(), now);
        let answers: Vec<LeftMember> =
            leaving.iter().map(|member| left(member, draft.let_go(member))).collect();
        let any = answers.iter().any(|left| left.outcome.is_ok());
        draft.reply(token, Answer::LeaveGroup(Ok(answers)));
        if any && draft.group().state != GroupState::Empty {
            draft.rebalance_or_complete_join();
        }
        draft.decision()
    }
}

impl Draft<'_> {
    fn let_go(&mut self, leaving: &LeavingMember) -> Outcome {
        let group = self.group();
        let instance_id = leaving.instance_id.as_ref();
        let member_id = if leaving.member_id.is_empty() {
            let owner = instance_id.and_then(|id| group.static_members.get(id));
            owner.ok_or(GroupError::UnknownMemberId)?.clone()
        } else {
            if !group.pending_joins.contains(&leaving.member_id) {
                group.check_member(&leaving.member_id, instance_id)?;
            }
            leaving.member_id.clone()
        };
        self.remove_member(&member_id);
        Ok(())
    }
}
