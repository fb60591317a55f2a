//! What is known of a classic group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{GenerationId, GroupId, GroupInstanceId, MemberId, Timestamp};

use crate::group::answer::GroupError;
use crate::group::classic::change::InitialJoin;
use crate::group::classic::member::Member;
use crate::group::event::{StoredGroup, StoredMember};
use crate::group::state::GroupState;

/// A classic group. Members are in the order of their ids, so that equal groups decide alike.
///
/// **Invariants.** A member awaits a join only in `PreparingRebalance` and a sync only in
/// `CompletingRebalance`. The leader is a member. While there are members, all share a protocol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassicGroup {
    pub(super) state: GroupState,
    /// When the group came into its state; unknown for some old records.
    pub(super) state_since: Option<Timestamp>,
    pub(super) protocol_type: Option<Arc<str>>,
    pub(super) protocol_name: Option<Arc<str>>,
    pub(super) generation_id: GenerationId,
    pub(super) leader: Option<MemberId>,
    pub(super) members: BTreeMap<MemberId, Arc<Member>>,
    pub(super) static_members: BTreeMap<GroupInstanceId, MemberId>,
    /// Ids that were given out, by MEMBER_ID_REQUIRED, to somebody who has not joined with them yet.
    pub(super) pending_joins: BTreeSet<MemberId>,
    /// Members that have not asked for their assignment in this generation.
    pub(super) pending_syncs: BTreeSet<MemberId>,
    /// In the join phase that follows `Empty`: how much longer to wait for more members.
    pub(super) initial_join: Option<InitialJoin>,
    /// The topics that the members read, as of the generation's beginning; `None` if that is not known.
    pub(super) subscribed_topics: Option<BTreeSet<Arc<str>>>,
}

impl ClassicGroup {
    /// A group that was never joined.
    pub(in crate::group) fn empty(state_since: Option<Timestamp>) -> ClassicGroup {
        ClassicGroup {
            state: GroupState::Empty,
            state_since,
            protocol_type: None,
            protocol_name: None,
            generation_id: GenerationId(0),
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_joins: BTreeSet::new(),
            pending_syncs: BTreeSet::new(),
            initial_join: None,
            subscribed_topics: None,
        }
    }

    pub(in crate::group) fn state(&self) -> GroupState {
        self.state
    }

    pub(in crate::group) fn state_since(&self) -> Option<Timestamp> {
        self.state_since
    }

    pub(in crate::group) fn generation_id(&self) -> GenerationId {
        self.generation_id
    }

    pub(in crate::group) fn was_joined(&self) -> bool {
        self.protocol_type.is_some()
    }

    pub(in crate::group) fn knows_subscriptions(&self) -> bool {
        self.subscribed_topics.is_some()
    }

    pub(in crate::group) fn pending_joins(&self) -> impl Iterator<Item = &MemberId> {
        self.pending_joins.iter()
    }

    pub(in crate::group) fn session_timeout_ms(&self, member_id: &MemberId) -> Option<i32> {
        self.members.get(member_id).map(|member| member.session_timeout_ms)
    }

    pub(super) fn is_leader(&self, member_id: &MemberId) -> bool {
        self.leader.as_ref() == Some(member_id)
    }

    /// The generation after this one; they begin anew at the end of the number range.
    pub(super) fn next_generation_id(&self) -> GenerationId {
        GenerationId(self.generation_id.0.checked_add(1).unwrap_or(0))
    }

    /// Whether nobody is missing in the join phase.
    pub(super) fn has_all_joined(&self) -> bool {
        self.pending_joins.is_empty()
            && self.members.values().all(|member| member.awaiting_join.is_some())
    }

    /// The longest time that any member wants to be waited for.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        let timeouts = self.members.values().map(|member| i64::from(member.rebalance_timeout_ms));
        timeouts.max().unwrap_or(0).max(0)
    }

    /// Whether a member is who it says it is.
    pub(in crate::group) fn check_member(
        &self,
        member_id: &MemberId,
        instance_id: Option<&GroupInstanceId>,
    ) -> Result<(), GroupError> {
        if let Some(instance_id) = instance_id {
            match self.static_members.get(instance_id) {
                None => return Err(GroupError::UnknownMemberId),
                Some(owner) if owner != member_id => return Err(GroupError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(GroupError::UnknownMemberId) }
    }

    /// The group as its record shall have it, with each member's assignment.
    pub(super) fn to_stored(
        &self,
        group_id: &GroupId,
        assignment: impl Fn(&MemberId, &Member) -> Bytes,
    ) -> StoredGroup {
        let protocol_name = self.protocol_name.as_deref().unwrap_or("");
        let members = self.members.iter().map(|(member_id, member)| StoredMember {
            member_id: member_id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            session_timeout_ms: member.session_timeout_ms,
            subscription: member.metadata(protocol_name),
            assignment: assignment(member_id, member),
        });
        StoredGroup {
            group_id: group_id.clone(),
            protocol_type: self.protocol_type.clone(),
            generation_id: self.generation_id,
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone(),
            state_since: self.state_since,
            members: members.collect(),
        }
    }

    /// Makes the group what its record says. What a record does not have stays: ids that were given out, who
    /// has yet to ask for its assignment, and the other protocols that a member knows.
    pub(in crate::group) fn restore(&mut self, stored: &StoredGroup) {
        self.state = if stored.members.is_empty() { GroupState::Empty } else { GroupState::Stable };
        self.state_since = stored.state_since;
        self.protocol_type = stored.protocol_type.clone();
        self.protocol_name = stored.protocol_name.clone();
        self.generation_id = stored.generation_id;
        self.initial_join = None;
        let mut known = std::mem::take(&mut self.members);
        self.static_members.clear();
        let protocol_name = stored.protocol_name.clone().unwrap_or_default();
        for stored in &stored.members {
            let mut member = Member::from_stored(stored, &protocol_name);
            if let Some(known) = known.remove(&stored.member_id)
                && known.supports(&protocol_name)
                && known.metadata(&protocol_name) == stored.subscription
            {
                member.protocols = known.protocols.clone();
            }
            if let Some(instance_id) = &member.instance_id {
                self.static_members.insert(instance_id.clone(), stored.member_id.clone());
            }
            self.pending_joins.remove(&stored.member_id);
            self.members.insert(stored.member_id.clone(), Arc::new(member));
        }
        self.pending_syncs.retain(|member_id| self.members.contains_key(member_id));
        let leader = stored.leader.as_ref().filter(|leader| self.members.contains_key(*leader));
        self.leader = leader.or_else(|| self.members.keys().next()).cloned();
        self.subscribed_topics = self.compute_subscribed_topics();
    }
}
