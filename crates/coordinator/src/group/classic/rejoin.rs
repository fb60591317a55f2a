//! JoinGroup of a member, or of somebody who was given an id.

use vltava_model::MemberId;

use crate::group::answer::{GroupError, Joined, JoinedMember};
use crate::group::classic::change::Rejoin;
use crate::group::classic::join::detached_protocols;
use crate::group::classic::{Change, ClassicGroup, Draft};
use crate::group::input::JoinGroup;
use crate::group::state::GroupState;
use crate::shard::Token;

impl Draft<'_> {
    pub(super) fn join_known(&mut self, token: Token, join: &JoinGroup) {
        let member_id = &join.member_id;
        let group = self.group();
        if !group.supports_protocols(&join.protocol_type, &join.protocols) {
            let error = GroupError::InconsistentGroupProtocol;
            return self.reply_join(token, member_id.clone(), Err(error));
        }
        // Ids are given out to dynamic members only. With an instance id such an id is nobody's; Kafka fails
        // with UNKNOWN_SERVER_ERROR here.
        if group.pending_joins.contains(member_id) && join.instance_id.is_none() {
            return self.add_member(token, join, member_id);
        }
        if let Err(error) = group.check_member(member_id, join.instance_id.as_ref()) {
            return self.reply_join(token, member_id.clone(), Err(error));
        }
        if self.starts_rebalance(join) {
            self.rejoin(token, join);
            self.rebalance_or_complete_join();
        } else {
            // A member that says nothing new has not seen the answer to its last JoinGroup, or wants to know
            // what the generation is.
            let joined = self.group().joined(member_id);
            self.reply_join(token, member_id.clone(), Ok(joined));
        }
    }

    /// Whether a member's JoinGroup is a reason for a new generation, or part of one.
    fn starts_rebalance(&self, join: &JoinGroup) -> bool {
        let group = self.group();
        let says_something_new = || {
            let member = group.members.get(&join.member_id);
            member.is_none_or(|member| member.protocols[..] != join.protocols[..])
        };
        match group.state {
            GroupState::PreparingRebalance => true,
            GroupState::CompletingRebalance => says_something_new(),
            // The leader may have reasons that its metadata do not show, as more partitions of a topic.
            GroupState::Stable => group.is_leader(&join.member_id) || says_something_new(),
            GroupState::Empty => unreachable!("an empty group has no members"),
        }
    }

    /// Notes what a member says anew, and that it waits. A request of its that already waits is answered, since
    /// only one can be parked; Kafka forgets the older one.
    pub(super) fn rejoin(&mut self, token: Token, join: &JoinGroup) {
        self.rejoin_as(token, join, &join.member_id);
    }

    pub(super) fn rejoin_as(&mut self, token: Token, join: &JoinGroup, member_id: &MemberId) {
        let waiting = self.group().members.get(member_id).and_then(|member| member.awaiting_join);
        if let Some(older) = waiting {
            self.reply_join(older, member_id.clone(), Err(GroupError::RebalanceInProgress));
        }
        let rejoin = Rejoin {
            protocols: detached_protocols(&join.protocols),
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            session_timeout_ms: join.session_timeout_ms,
            token,
        };
        self.change(Change::MemberRejoined(member_id.clone(), rejoin));
    }
}

impl ClassicGroup {
    /// What a member learns about the generation.
    pub(super) fn joined(&self, member_id: &MemberId) -> Joined {
        Joined {
            generation_id: self.generation_id,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone(),
            members: if self.is_leader(member_id) { self.joined_members() } else { Vec::new() },
            skip_assignment: false,
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol_name = self.protocol_name.as_deref().unwrap_or("");
        let members = self.members.iter().map(|(member_id, member)| JoinedMember {
            member_id: member_id.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol_name),
        });
        members.collect()
    }
}
