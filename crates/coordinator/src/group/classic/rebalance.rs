//! The join phase: how it begins, how long it lasts, how it ends.

use bytes::Bytes;
use vltava_model::{GroupId, MemberId, Timestamp};

use crate::group::answer::GroupError;
use crate::group::classic::change::InitialJoin;
use crate::group::classic::{Change, Draft};
use crate::group::event::StoredGroup;
use crate::group::input::TimerKey;
use crate::group::shard::{GroupDecision, GroupShard};
use crate::group::state::GroupState;
use crate::limits::REJOIN_WAIT_MS_MIN;
use crate::shard::Decision;

impl GroupShard {
    /// The members had their time to join.
    pub(in crate::group) fn join_timer_fired(
        &self,
        now: Timestamp,
        group_id: &GroupId,
    ) -> GroupDecision {
        let Some(group) = self.classic_group(group_id) else { return Decision::none() };
        let mut draft = Draft::of(group_id, group, self.config(), now);
        if group.state == GroupState::PreparingRebalance {
            match group.initial_join {
                Some(initial_join) => draft.extend_or_complete_initial_join(initial_join),
                None => draft.complete_join(),
            }
        }
        draft.decision()
    }
}

impl Draft<'_> {
    /// After a change of the members: begins a join phase, or ends the one that is under way if that was the
    /// last thing it waited for.
    pub(super) fn rebalance_or_complete_join(&mut self) {
        match self.group().state {
            GroupState::PreparingRebalance => self.complete_join_if_all_joined(),
            _ => self.prepare_rebalance(),
        }
    }

    /// Begins a join phase. The first one after `Empty` lasts at least `group.initial.rebalance.delay.ms`,
    /// whoever joins, since members of a new group seldom start at the same moment.
    pub(super) fn prepare_rebalance(&mut self) {
        let was = self.group().state;
        if was == GroupState::CompletingRebalance {
            self.send_waiting_syncs_back();
        }
        if matches!(was, GroupState::CompletingRebalance | GroupState::Stable) {
            self.cancel_timer(TimerKey::Sync(self.group_id().clone()));
        }
        if was == GroupState::Empty {
            let delay_ms = i64::from(self.config.group_initial_rebalance_delay_ms);
            let remaining_ms = (self.group().rebalance_timeout_ms() - delay_ms).max(0);
            let initial_join = InitialJoin { delay_ms, remaining_ms, member_added: false };
            self.change(Change::RebalanceStarted(self.now, Some(initial_join)));
            self.set_join_timer(delay_ms);
            return;
        }
        self.change(Change::RebalanceStarted(self.now, None));
        if self.group().has_all_joined() {
            self.complete_join();
        } else {
            self.set_join_timer(self.group().rebalance_timeout_ms());
        }
    }

    fn send_waiting_syncs_back(&mut self) {
        let members = self.group().members.iter();
        let waiting: Vec<_> =
            members.filter_map(|(id, member)| Some((id.clone(), member.awaiting_sync?))).collect();
        for (member_id, token) in waiting {
            self.reply_sync(token, Err(GroupError::RebalanceInProgress));
            self.renew_session(&member_id);
        }
    }

    /// Ends the join phase if nobody is missing, but for the first after `Empty`, which ends with its timer.
    pub(super) fn complete_join_if_all_joined(&mut self) {
        let group = self.group();
        if group.initial_join.is_none() && group.has_all_joined() {
            self.complete_join();
        }
    }

    fn extend_or_complete_initial_join(&mut self, initial_join: InitialJoin) {
        let InitialJoin { delay_ms, remaining_ms, member_added } = initial_join;
        if !member_added || remaining_ms == 0 {
            return self.complete_join();
        }
        let next_ms = i64::from(self.config.group_initial_rebalance_delay_ms).min(remaining_ms);
        let extended = InitialJoin {
            delay_ms: next_ms,
            remaining_ms: (remaining_ms - delay_ms).max(0),
            member_added: false,
        };
        self.change(Change::InitialJoinExtended(extended));
        self.set_join_timer(next_ms);
    }

    /// Ends the join phase: who has not joined is out, except for static members, which may come back until
    /// their session ends.
    pub(super) fn complete_join(&mut self) {
        self.cancel_timer(TimerKey::Join(self.group_id().clone()));
        let members = self.group().members.iter();
        let missing = members.filter(|(_, m)| m.awaiting_join.is_none() && m.instance_id.is_none());
        let missing: Vec<MemberId> = missing.map(|(id, _)| id.clone()).collect();
        for member_id in &missing {
            self.remove_member(member_id);
        }
        if self.group().members.is_empty() {
            self.store_empty_generation();
        } else if self.elect_joined_leader() {
            self.start_generation();
        } else {
            // Only static members are left and none has joined. Wait on: their sessions end some time.
            self.set_join_timer(self.group().rebalance_timeout_ms().max(REJOIN_WAIT_MS_MIN));
        }
    }

    /// Lets somebody lead who has joined, if somebody has.
    fn elect_joined_leader(&mut self) -> bool {
        let group = self.group();
        let leader = group.leader.as_ref().and_then(|leader| group.members.get(leader));
        if leader.is_some_and(|leader| leader.awaiting_join.is_some()) {
            return true;
        }
        let joined = group.members.iter().find(|(_, member)| member.awaiting_join.is_some());
        let Some(elected) = joined.map(|(id, _)| id.clone()) else { return false };
        self.change(Change::LeaderElected(elected));
        true
    }

    fn store_empty_generation(&mut self) {
        let group = self.group();
        let stored = StoredGroup {
            generation_id: group.next_generation_id(),
            protocol_name: None,
            leader: None,
            state_since: Some(self.now),
            ..group.to_stored(self.group_id(), |_, _| Bytes::new())
        };
        self.store(stored);
    }

    fn start_generation(&mut self) {
        let members = self.group().members.iter();
        let waiting: Vec<_> =
            members.filter_map(|(id, member)| Some((id.clone(), member.awaiting_join?))).collect();
        self.change(Change::GenerationStarted(self.now));
        for (member_id, token) in waiting {
            let joined = self.group().joined(&member_id);
            self.reply_join(token, member_id, Ok(joined));
        }
        let everybody: Vec<MemberId> = self.group().members.keys().cloned().collect();
        for member_id in everybody {
            self.renew_session(&member_id);
        }
        self.set_sync_timer(self.group().rebalance_timeout_ms());
    }
}
