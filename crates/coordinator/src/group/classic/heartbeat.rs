//! Heartbeat.

use vltava_model::Timestamp;

use crate::group::answer::{Answer, GroupError};
use crate::group::classic::Draft;
use crate::group::input::Membership;
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::shard::Token;

impl GroupShard {
    /// Heartbeat: keeps the session, and is how a member learns that it shall join anew.
    pub(in crate::group) fn heartbeat(
        &self,
        now: Timestamp,
        token: Token,
        member: &Membership,
    ) -> GroupDecision {
        let refuse = |error| reply_only(token, Answer::Heartbeat(Err(error)));
        if member.group_id.is_empty() {
            return refuse(GroupError::InvalidGroupId);
        }
        let Some(group) = self.classic_group(&member.group_id) else {
            return refuse(GroupError::UnknownMemberId);
        };
        if let Err(error) = group.check_member(&member.member_id, member.instance_id.as_ref()) {
            return refuse(error);
        }
        if member.generation_id != group.generation_id {
            return refuse(GroupError::IllegalGeneration);
        }
        let mut draft = Draft::of(&member.group_id, group, self.config(), now);
        draft.renew_session(&member.member_id);
        let answer = match group.state {
            GroupState::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            _ => Ok(()),
        };
        draft.reply(token, Answer::Heartbeat(answer));
        draft.decision()
    }
}
