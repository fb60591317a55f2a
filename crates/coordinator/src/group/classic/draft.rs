//! A group on which an operation is tried out.

use std::borrow::Cow;
use std::sync::Arc;

use vltava_model::{GroupId, MemberId, Timestamp};

use crate::group::answer::{Answer, GroupError, JoinAnswer, Joined, Synced};
use crate::group::classic::{Change, ClassicGroup};
use crate::group::config::GroupConfig;
use crate::group::event::{Event, EventKind, StoredGroup};
use crate::group::input::TimerKey;
use crate::group::shard::{GroupDecision, GroupEffect};
use crate::shard::{Decision, Effect, Token};

/// A group on which an operation is tried out, with the events and effects that come of it.
///
/// The group is copied at the first change, so that most requests, which change nothing, copy nothing.
pub(in crate::group) struct Draft<'a> {
    pub(super) now: Timestamp,
    pub(super) config: &'a GroupConfig,
    group_id: GroupId,
    group: Cow<'a, ClassicGroup>,
    events: Vec<Event>,
    effects: Vec<GroupEffect>,
}

impl<'a> Draft<'a> {
    /// Starts from a group that is there.
    pub(in crate::group) fn of(
        group_id: &GroupId,
        group: &'a ClassicGroup,
        config: &'a GroupConfig,
        now: Timestamp,
    ) -> Draft<'a> {
        let (group_id, group) = (group_id.clone(), Cow::Borrowed(group));
        Draft { now, config, group_id, group, events: Vec::new(), effects: Vec::new() }
    }

    /// Starts from a group that has been created just now, which already is worth a record.
    pub(in crate::group) fn of_new_group(
        group_id: &GroupId,
        config: &'a GroupConfig,
        now: Timestamp,
    ) -> Draft<'a> {
        let (group_id, group) = (group_id.clone(), Cow::Owned(ClassicGroup::empty(Some(now))));
        let mut draft =
            Draft { now, config, group_id, group, events: Vec::new(), effects: Vec::new() };
        draft.store(draft.group.to_stored(&draft.group_id, |_, member| member.assignment.clone()));
        draft
    }

    /// The group as it stands after what was changed so far.
    pub(super) fn group(&self) -> &ClassicGroup {
        &self.group
    }

    pub(super) fn group_id(&self) -> &GroupId {
        &self.group_id
    }

    /// What has come of it.
    pub(in crate::group) fn decision(self) -> GroupDecision {
        Decision { events: self.events, effects: self.effects }
    }

    pub(super) fn change(&mut self, change: Change) {
        self.group.to_mut().apply(&change);
        self.events.push(EventKind::Classic(self.group_id.clone(), change).into());
    }

    /// Lets the group be what its new record says.
    pub(super) fn store(&mut self, stored: StoredGroup) {
        self.group.to_mut().restore(&stored);
        self.events.push(EventKind::GroupStored(Arc::new(stored)).into());
    }

    pub(super) fn reply(&mut self, token: Token, answer: Answer) {
        self.effects.push(Effect::Reply(token, answer));
    }

    pub(super) fn reply_join(
        &mut self,
        token: Token,
        member_id: MemberId,
        outcome: Result<Joined, GroupError>,
    ) {
        self.reply(token, Answer::JoinGroup(JoinAnswer { member_id, outcome }));
    }

    /// Refuses a JoinGroup without saying an id.
    pub(super) fn refuse_join(&mut self, token: Token, error: GroupError) {
        self.reply_join(token, MemberId::new(""), Err(error));
    }

    pub(super) fn reply_sync(&mut self, token: Token, outcome: Result<Synced, GroupError>) {
        self.reply(token, Answer::SyncGroup(outcome));
    }

    pub(super) fn set_timer(&mut self, key: TimerKey, after_ms: i64) {
        self.effects.push(Effect::SetTimer { key, after_ms: after_ms.max(0) });
    }

    pub(super) fn cancel_timer(&mut self, key: TimerKey) {
        self.effects.push(Effect::CancelTimer(key));
    }

    /// Gives a member its whole session timeout from now.
    pub(super) fn renew_session(&mut self, member_id: &MemberId) {
        if let Some(timeout_ms) = self.group.session_timeout_ms(member_id) {
            self.set_session(member_id, i64::from(timeout_ms));
        }
    }

    pub(super) fn set_session(&mut self, member_id: &MemberId, after_ms: i64) {
        self.set_timer(TimerKey::Session(self.group_id.clone(), member_id.clone()), after_ms);
    }

    pub(super) fn cancel_session(&mut self, member_id: &MemberId) {
        self.cancel_timer(TimerKey::Session(self.group_id.clone(), member_id.clone()));
    }

    pub(super) fn set_join_timer(&mut self, after_ms: i64) {
        self.set_timer(TimerKey::Join(self.group_id.clone()), after_ms);
    }

    pub(super) fn set_sync_timer(&mut self, after_ms: i64) {
        self.set_timer(TimerKey::Sync(self.group_id.clone()), after_ms);
    }

    /// Takes a member out, or an id that was given out. Who waits learns that the id is worth nothing any more.
    pub(super) fn remove_member(&mut self, member_id: &MemberId) {
        self.answer_waiting(member_id, &MemberId::new(""), GroupError::UnknownMemberId);
        self.cancel_session(member_id);
        self.change(Change::MemberRemoved(member_id.clone()));
    }

    /// Answers a member's parked requests with an error.
    pub(super) fn answer_waiting(
        &mut self,
        member_id: &MemberId,
        answered_id: &MemberId,
        error: GroupError,
    ) {
        let Some(member) = self.group.members.get(member_id) else { return };
        let (join, sync) = (member.awaiting_join, member.awaiting_sync);
        if let Some(token) = join {
            self.reply_join(token, answered_id.clone(), Err(error));
        }
        if let Some(token) = sync {
            self.reply_sync(token, Err(error));
        }
    }
}
