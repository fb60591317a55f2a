//! JoinGroup of a static member that comes back without its member id (KIP-345).

use vltava_model::MemberId;

use crate::group::answer::{GroupError, Joined};
use crate::group::classic::{Change, Draft};
use crate::group::input::JoinGroup;
use crate::group::state::GroupState;
use crate::shard::Token;

impl Draft<'_> {
    /// Gives the member a new id, under which it is what it was before. Whoever still uses the old one is fenced.
    ///
    /// In a stable group that is all, as long as the group's protocol stays what it is: the assignments stand.
    /// While the leader works them out, the join phase must begin anew, since the leader knows the old id.
    pub(super) fn replace_static_member(
        &mut self,
        token: Token,
        join: &JoinGroup,
        old_id: &MemberId,
        new_id: &MemberId,
    ) {
        let instance_id = join.instance_id.clone().expect("only static members are replaced");
        let old_leader = self.group().leader.clone();
        self.answer_waiting(old_id, old_id, GroupError::FencedInstanceId);
        self.cancel_session(old_id);
        let (old_id, new_id) = (old_id.clone(), new_id.clone());
        self.change(Change::StaticMemberReplaced { instance_id, old_id, new_id: new_id.clone() });
        self.rejoin_as(token, join, &new_id);
        self.renew_session(&new_id);
        match self.group().state {
            GroupState::Stable if self.keeps_protocol() => {
                let group = self.group();
                let stored =
                    group.to_stored(self.group_id(), |_, member| member.assignment.clone());
                self.store(stored);
                let joined = self.joined_again(join, &new_id, old_leader);
                self.reply_join(token, new_id, Ok(joined));
            }
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare_rebalance(),
            GroupState::PreparingRebalance => self.complete_join_if_all_joined(),
            GroupState::Empty => unreachable!("an empty group has no members"),
        }
    }

    fn keeps_protocol(&self) -> bool {
        let group = self.group();
        group.protocol_name == group.select_protocol()
    }

    /// A leader must not make assignments again, which nobody would wait for. One that knows no
    /// `skip_assignment` (KIP-814) is told its old id as the leader's, and so takes itself for a follower.
    fn joined_again(
        &self,
        join: &JoinGroup,
        member_id: &MemberId,
        old_leader: Option<MemberId>,
    ) -> Joined {
        let joined = self.group().joined(member_id);
        if join.supports_skipping_assignment {
            Joined { skip_assignment: self.group().is_leader(member_id), ..joined }
        } else {
            Joined { leader: old_leader, members: Vec::new(), ..joined }
        }
    }
}
