//! How a classic group changes between two records.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{GroupInstanceId, MemberId, Timestamp};

use crate::group::classic::ClassicGroup;
use crate::group::classic::member::Member;
use crate::group::input::Protocol;
use crate::group::state::GroupState;
use crate::shard::Token;

/// Something that happened in a rebalance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Somebody was given an id and is to join with it.
    IdGiven(MemberId),
    /// Somebody has joined for the first time.
    MemberAdded(MemberId, Arc<Member>, Arc<str>),
    /// A member has joined again.
    MemberRejoined(MemberId, Rejoin),
    /// A static member has come back and gets a new id.
    StaticMemberReplaced { instance_id: GroupInstanceId, old_id: MemberId, new_id: MemberId },
    /// A member, or the owner of an id that was given out, is gone.
    MemberRemoved(MemberId),
    /// A join phase begins; with `InitialJoin` if the group was empty.
    RebalanceStarted(Timestamp, Option<InitialJoin>),
    /// A join phase after `Empty` goes on.
    InitialJoinExtended(InitialJoin),
    /// The leader has not joined, so another leads.
    LeaderElected(MemberId),
    /// The join phase is over and everybody has the answer.
    GenerationStarted(Timestamp),
    /// A member waits for the leader's assignments.
    SyncParked(MemberId, Token),
    /// A member has asked for its assignment.
    SyncReceived(MemberId),
}

/// What a JoinGroup says anew about a member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rejoin {
    pub(super) protocols: Arc<[Protocol]>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    pub(super) token: Token,
}

/// Where the join phase after `Empty` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InitialJoin {
    /// How long the timer was last set to.
    pub(super) delay_ms: i64,
    /// How much longer the group may wait after that.
    pub(super) remaining_ms: i64,
    /// Whether a member was added since the timer was set.
    pub(super) member_added: bool,
}

impl ClassicGroup {
    /// The only way, next to [`ClassicGroup::restore`], in which a group changes.
    pub(in crate::group) fn apply(&mut self, change: &Change) {
        match change {
            Change::IdGiven(member_id) => {
                self.pending_joins.insert(member_id.clone());
            }
            Change::MemberAdded(member_id, member, protocol_type) => {
                self.add(member_id, member, protocol_type);
            }
            Change::MemberRejoined(member_id, rejoin) => {
                let member = self.member_mut(member_id);
                member.protocols = rejoin.protocols.clone();
                member.rebalance_timeout_ms = rejoin.rebalance_timeout_ms;
                member.session_timeout_ms = rejoin.session_timeout_ms;
                member.awaiting_join = Some(rejoin.token);
            }
            Change::StaticMemberReplaced { instance_id, old_id, new_id } => {
                self.replace(instance_id, old_id, new_id);
            }
            Change::MemberRemoved(member_id) => self.remove(member_id),
            Change::RebalanceStarted(at, initial_join) => self.start_rebalance(*at, *initial_join),
            Change::InitialJoinExtended(initial_join) => self.initial_join = Some(*initial_join),
            Change::LeaderElected(member_id) => self.leader = Some(member_id.clone()),
            Change::GenerationStarted(at) => self.start_generation(*at),
            Change::SyncParked(member_id, token) => {
                self.member_mut(member_id).awaiting_sync = Some(*token);
                self.pending_syncs.remove(member_id);
            }
            Change::SyncReceived(member_id) => {
                self.pending_syncs.remove(member_id);
            }
        }
    }

    fn member_mut(&mut self, member_id: &MemberId) -> &mut Member {
        let member = self.members.get_mut(member_id);
        Arc::make_mut(member.expect("changes are about members that the group has"))
    }

    fn add(&mut self, member_id: &MemberId, member: &Arc<Member>, protocol_type: &Arc<str>) {
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.clone());
        }
        if let Some(instance_id) = &member.instance_id {
            self.static_members.insert(instance_id.clone(), member_id.clone());
        }
        if let Some(initial_join) = &mut self.initial_join {
            initial_join.member_added = true;
        }
        self.pending_joins.remove(member_id);
        self.leader.get_or_insert_with(|| member_id.clone());
        self.members.insert(member_id.clone(), member.clone());
    }

    fn replace(&mut self, instance_id: &GroupInstanceId, old_id: &MemberId, new_id: &MemberId) {
        let mut member =
            self.members.remove(old_id).expect("changes are about members that the group has");
        let replaced = Arc::make_mut(&mut member);
        replaced.awaiting_join = None;
        replaced.awaiting_sync = None;
        replaced.is_new = false;
        self.members.insert(new_id.clone(), member);
        self.static_members.insert(instance_id.clone(), new_id.clone());
        if self.is_leader(old_id) {
            self.leader = Some(new_id.clone());
        }
        if self.pending_syncs.remove(old_id) {
            self.pending_syncs.insert(new_id.clone());
        }
    }

    fn remove(&mut self, member_id: &MemberId) {
        self.pending_joins.remove(member_id);
        self.pending_syncs.remove(member_id);
        let Some(member) = self.members.remove(member_id) else { return };
        if let Some(instance_id) = &member.instance_id {
            self.static_members.remove(instance_id);
        }
        if self.is_leader(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
    }

    fn start_rebalance(&mut self, at: Timestamp, initial_join: Option<InitialJoin>) {
        if self.state == GroupState::CompletingRebalance {
            for member in self.members.values_mut().map(Arc::make_mut) {
                member.assignment = Bytes::new();
                member.awaiting_sync = None;
            }
        }
        self.state = GroupState::PreparingRebalance;
        self.state_since = Some(at);
        self.pending_syncs.clear();
        self.initial_join = initial_join;
    }

    fn start_generation(&mut self, at: Timestamp) {
        self.state = GroupState::CompletingRebalance;
        self.state_since = Some(at);
        self.generation_id = self.next_generation_id();
        self.protocol_name = self.select_protocol();
        self.subscribed_topics = self.compute_subscribed_topics();
        self.initial_join = None;
        for member in self.members.values_mut().map(Arc::make_mut) {
            member.awaiting_join = None;
            member.is_new = false;
        }
        self.pending_syncs = self.members.keys().cloned().collect();
    }
}
