//! JoinGroup of somebody who is not a member yet. Who is one goes on in `rejoin.rs`.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{MemberId, Timestamp};

use crate::group::answer::{Answer, GroupError, JoinAnswer};
use crate::group::classic::member::{Member, detached};
use crate::group::classic::member_id::new_member_id;
use crate::group::classic::{Change, Draft};
use crate::group::input::{JoinGroup, Protocol};
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::limits::{NEW_MEMBER_JOIN_TIMEOUT_MS, PENDING_MEMBERS_MAX};
use crate::shard::Token;

impl GroupShard {
    /// JoinGroup. A group that is not there is created for whom brings no member id.
    pub(in crate::group) fn join_group(
        &self,
        now: Timestamp,
        token: Token,
        join: &JoinGroup,
    ) -> GroupDecision {
        if join.group_id.is_empty() {
            return refuse(token, join, GroupError::InvalidGroupId);
        }
        let config = self.config();
        let allowed = config.group_min_session_timeout_ms..=config.group_max_session_timeout_ms;
        if !allowed.contains(&join.session_timeout_ms) {
            return refuse(token, join, GroupError::InvalidSessionTimeout);
        }
        let mut draft = match self.classic_group(&join.group_id) {
            Some(group) => Draft::of(&join.group_id, group, config, now),
            None if join.member_id.is_empty() => Draft::of_new_group(&join.group_id, config, now),
            None => return refuse(token, join, GroupError::UnknownMemberId),
        };
        if !draft.has_room_for(&join.member_id) {
            draft.turn_away(token, &join.member_id);
        } else if join.member_id.is_empty() {
            draft.join_unknown(token, join);
        } else {
            draft.join_known(token, join);
        }
        draft.decision()
    }
}

/// Refuses before there is a group to look at; the answer carries the id that was brought.
fn refuse(token: Token, join: &JoinGroup, error: GroupError) -> GroupDecision {
    let answer = JoinAnswer { member_id: join.member_id.clone(), outcome: Err(error) };
    reply_only(token, Answer::JoinGroup(answer))
}

impl Draft<'_> {
    /// Whether `group.max.size` lets the member join.
    ///
    /// In a join phase only those count that have joined already: the group may be too large, because the
    /// setting was made smaller, and then the last to rejoin are the ones to go.
    fn has_room_for(&self, member_id: &MemberId) -> bool {
        let group = self.group();
        let size_max = usize::try_from(self.config.group_max_size).unwrap_or(0);
        let member = group.members.get(member_id);
        match group.state {
            GroupState::Empty => true,
            GroupState::PreparingRebalance => {
                let waiting = |member: &Arc<Member>| member.awaiting_join.is_some();
                member.is_some_and(waiting)
                    || group.members.values().filter(|member| waiting(member)).count() < size_max
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                member.is_some() || group.members.len() < size_max
            }
        }
    }

    fn turn_away(&mut self, token: Token, member_id: &MemberId) {
        let group = self.group();
        if group.members.contains_key(member_id) || group.pending_joins.contains(member_id) {
            self.remove_member(member_id);
        }
        self.refuse_join(token, GroupError::GroupMaxSizeReached);
    }

    fn join_unknown(&mut self, token: Token, join: &JoinGroup) {
        if !self.group().supports_protocols(&join.protocol_type, &join.protocols) {
            return self.refuse_join(token, GroupError::InconsistentGroupProtocol);
        }
        if let Some(instance_id) = &join.instance_id {
            let new_id = new_member_id(instance_id.as_str(), join.member_uuid);
            match self.group().static_members.get(instance_id).cloned() {
                Some(old_id) => self.replace_static_member(token, join, &old_id, &new_id),
                None => self.add_member(token, join, &new_id),
            }
            return;
        }
        let new_id = new_member_id(&join.client_id, join.member_uuid);
        if join.require_known_member_id {
            self.give_id(token, join, new_id);
        } else {
            self.add_member(token, join, &new_id);
        }
    }

    /// KIP-394: a client that dies before it knows its id must leave nothing that a rebalance waits for long.
    fn give_id(&mut self, token: Token, join: &JoinGroup, new_id: MemberId) {
        if self.group().pending_joins.len() >= PENDING_MEMBERS_MAX {
            return self.refuse_join(token, GroupError::GroupMaxSizeReached);
        }
        self.change(Change::IdGiven(new_id.clone()));
        self.set_session(&new_id, i64::from(join.session_timeout_ms));
        self.reply_join(token, new_id, Err(GroupError::MemberIdRequired));
    }

    /// Takes a new member in; its JoinGroup is answered when the join phase ends.
    pub(super) fn add_member(&mut self, token: Token, join: &JoinGroup, member_id: &MemberId) {
        let member = Member {
            instance_id: join.instance_id.clone(),
            client_id: join.client_id.clone(),
            client_host: join.client_host.clone(),
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            session_timeout_ms: join.session_timeout_ms,
            protocols: detached_protocols(&join.protocols),
            assignment: Bytes::new(),
            awaiting_join: Some(token),
            awaiting_sync: None,
            is_new: true,
        };
        let member = Arc::new(member);
        self.change(Change::MemberAdded(member_id.clone(), member, join.protocol_type.clone()));
        self.set_session(member_id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance_or_complete_join();
    }
}

/// Copies of protocols that hold no request in memory.
pub(super) fn detached_protocols(protocols: &[Protocol]) -> Arc<[Protocol]> {
    let copy = |p: &Protocol| Protocol { name: p.name.clone(), metadata: detached(&p.metadata) };
    protocols.iter().map(copy).collect()
}
