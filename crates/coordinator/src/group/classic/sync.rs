//! SyncGroup.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{GroupId, MemberId, Timestamp};

use crate::group::answer::{Answer, GroupError, Synced};
use crate::group::classic::member::detached;
use crate::group::classic::{Change, ClassicGroup, Draft};
use crate::group::input::{SyncGroup, TimerKey};
use crate::group::shard::{GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::shard::{Decision, Token};

impl GroupShard {
    /// SyncGroup. A follower's waits for the leader's, which brings the assignments; those are stored.
    pub(in crate::group) fn sync_group(
        &self,
        now: Timestamp,
        token: Token,
        sync: &SyncGroup,
    ) -> GroupDecision {
        let group_id = &sync.member.group_id;
        let refuse = |error| reply_only(token, Answer::SyncGroup(Err(error)));
        if group_id.is_empty() {
            return refuse(GroupError::InvalidGroupId);
        }
        let Some(group) = self.classic_group(group_id) else {
            return refuse(GroupError::UnknownMemberId);
        };
        if let Err(error) = check(group, sync) {
            return refuse(error);
        }
        let mut draft = Draft::of(group_id, group, self.config(), now);
        match group.state {
            GroupState::PreparingRebalance | GroupState::Empty => {
                return refuse(GroupError::RebalanceInProgress);
            }
            GroupState::CompletingRebalance if group.is_leader(&sync.member.member_id) => {
                draft.take_assignments(token, sync);
            }
            GroupState::CompletingRebalance => draft.park_sync(token, &sync.member.member_id),
            GroupState::Stable => draft.sync_again(token, &sync.member.member_id),
        }
        draft.decision()
    }

    /// The members had their time to ask for their assignments: who has not is out, and the others join anew.
    pub(in crate::group) fn sync_timer_fired(
        &self,
        now: Timestamp,
        group_id: &GroupId,
    ) -> GroupDecision {
        let Some(group) = self.classic_group(group_id) else { return Decision::none() };
        let mut draft = Draft::of(group_id, group, self.config(), now);
        let has_generation =
            matches!(group.state, GroupState::CompletingRebalance | GroupState::Stable);
        if has_generation && !group.pending_syncs.is_empty() {
            for member_id in &group.pending_syncs {
                draft.remove_member(member_id);
            }
            draft.prepare_rebalance();
        }
        draft.decision()
    }
}

fn check(group: &ClassicGroup, sync: &SyncGroup) -> Result<(), GroupError> {
    let member = &sync.member;
    if group.state == GroupState::Empty {
        return Err(GroupError::UnknownMemberId);
    }
    group.check_member(&member.member_id, member.instance_id.as_ref())?;
    if member.generation_id != group.generation_id {
        return Err(GroupError::IllegalGeneration);
    }
    let differ = |said: &Option<Arc<str>>, is: &Option<Arc<str>>| {
        said.is_some() && is.is_some() && said != is
    };
    if differ(&sync.protocol_type, &group.protocol_type)
        || differ(&sync.protocol_name, &group.protocol_name)
    {
        return Err(GroupError::InconsistentGroupProtocol);
    }
    Ok(())
}

impl Draft<'_> {
    fn take_assignments(&mut self, token: Token, sync: &SyncGroup) {
        let assignments: HashMap<&MemberId, &Bytes> = sync
            .assignments
            .iter()
            .map(|(member_id, assignment)| (member_id, assignment))
            .collect();
        let assignment = |member_id: &MemberId| {
            assignments.get(member_id).map(|bytes| detached(bytes)).unwrap_or_default()
        };
        let waiting = self.group().members.iter();
        let mut waiting: Vec<_> =
            waiting.filter_map(|(id, member)| Some((id.clone(), member.awaiting_sync?))).collect();
        waiting.push((sync.member.member_id.clone(), token));
        self.note_sync(&sync.member.member_id);
        let stored = self.group().to_stored(self.group_id(), |id, _| assignment(id));
        self.store(stored);
        for (member_id, token) in waiting {
            let synced = self.group().synced(&member_id);
            self.reply_sync(token, Ok(synced));
            self.renew_session(&member_id);
        }
    }

    /// Only one request of a member can be parked, so one that already is gets an answer; Kafka forgets it.
    fn park_sync(&mut self, token: Token, member_id: &MemberId) {
        let waiting = self.group().members.get(member_id).and_then(|member| member.awaiting_sync);
        if let Some(older) = waiting {
            self.reply_sync(older, Err(GroupError::RebalanceInProgress));
        }
        self.change(Change::SyncParked(member_id.clone(), token));
    }

    fn sync_again(&mut self, token: Token, member_id: &MemberId) {
        let synced = self.group().synced(member_id);
        self.reply_sync(token, Ok(synced));
        self.note_sync(member_id);
    }

    fn note_sync(&mut self, member_id: &MemberId) {
        if self.group().pending_syncs.contains(member_id) {
            self.change(Change::SyncReceived(member_id.clone()));
            if self.group().pending_syncs.is_empty() {
                self.cancel_timer(TimerKey::Sync(self.group_id().clone()));
            }
        }
    }
}

impl ClassicGroup {
    fn synced(&self, member_id: &MemberId) -> Synced {
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            assignment: self
                .members
                .get(member_id)
                .map(|m| m.assignment.clone())
                .unwrap_or_default(),
        }
    }
}
