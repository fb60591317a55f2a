//! What tests look at.

use std::collections::{BTreeMap, BTreeSet};

use vltava_model::{GroupId, MemberId};

use crate::group::classic::ClassicGroup;
use crate::group::event::StoredGroup;
use crate::group::state::GroupState;
use crate::shard::Token;

impl ClassicGroup {
    /// The members, and whether each is the leader.
    pub(in crate::group) fn roll(&self) -> impl Iterator<Item = (&MemberId, bool)> {
        self.members.keys().map(|member_id| (member_id, self.is_leader(member_id)))
    }

    pub(in crate::group) fn static_count(&self) -> usize {
        self.static_members.len()
    }

    /// Members that silence can remove.
    pub(in crate::group) fn watched(&self) -> impl Iterator<Item = &MemberId> {
        let members = self.members.iter().filter(|(_, member)| !member.is_excused());
        members.map(|(member_id, _)| member_id).chain(&self.pending_joins)
    }

    pub(in crate::group) fn has_pending_syncs(&self) -> bool {
        !self.pending_syncs.is_empty()
    }

    /// What a record of the group would say now.
    pub(in crate::group) fn stored(&self, group_id: &GroupId) -> StoredGroup {
        self.to_stored(group_id, |_, member| member.assignment.clone())
    }

    /// Checks what always holds, and gives the tokens of who waits.
    pub(in crate::group) fn check_invariants(&self) -> BTreeSet<Token> {
        assert_eq!(self.leader.is_some(), !self.members.is_empty());
        assert!(self.leader.iter().all(|leader| self.members.contains_key(leader)));
        assert!(self.pending_joins.iter().all(|id| !self.members.contains_key(id)));
        assert!(self.pending_syncs.iter().all(|id| self.members.contains_key(id)));
        let instances = self.members.iter().filter_map(|(member_id, member)| {
            Some((member.instance_id.clone()?, member_id.clone()))
        });
        assert_eq!(instances.collect::<BTreeMap<_, _>>(), self.static_members);
        assert_eq!(self.select_protocol().is_some(), !self.members.is_empty());
        let joins: BTreeSet<_> = self.members.values().filter_map(|m| m.awaiting_join).collect();
        let syncs: BTreeSet<_> = self.members.values().filter_map(|m| m.awaiting_sync).collect();
        assert!(joins.is_empty() || self.state == GroupState::PreparingRebalance);
        assert!(syncs.is_empty() || self.state == GroupState::CompletingRebalance);
        assert!(self.initial_join.is_none() || self.state == GroupState::PreparingRebalance);
        assert!(self.state != GroupState::Empty || self.members.is_empty());
        joins.into_iter().chain(syncs).collect()
    }
}
