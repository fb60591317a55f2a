//! The shard of all groups of one partition of `__consumer_offsets`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{GroupId, Timestamp};

use crate::group::answer::Answer;
use crate::group::classic::ClassicGroup;
use crate::group::config::GroupConfig;
use crate::group::event::{Event, EventKind, OffsetKey};
use crate::group::input::{Input, Request, TimerKey};
use crate::group::offsets::Offsets;
use crate::group::records;
use crate::group::state::CommittedOffset;
use crate::record::{Record, RecordError};
use crate::shard::{Decision, Effect, Shard, Token};

pub(in crate::group) type GroupEffect = Effect<Answer, TimerKey>;
pub(in crate::group) type GroupDecision = Decision<Event, GroupEffect>;

/// All groups of one partition of `__consumer_offsets`.
#[derive(Clone, Debug)]
pub struct GroupShard {
    config: Arc<GroupConfig>,
    groups: BTreeMap<GroupId, Group>,
}

/// A group: its members, if it ever had any, and what it has committed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::group) struct Group {
    pub(in crate::group) classic: ClassicGroup,
    pub(in crate::group) offsets: Offsets,
}

impl GroupShard {
    /// A shard without groups.
    pub fn new(config: Arc<GroupConfig>) -> GroupShard {
        GroupShard { config, groups: BTreeMap::new() }
    }

    /// Changes the settings; timers that are set stay as they are.
    pub fn configure(&mut self, config: Arc<GroupConfig>) {
        self.config = config;
    }

    pub(in crate::group) fn config(&self) -> &GroupConfig {
        &self.config
    }

    pub(in crate::group) fn group(&self, group_id: &GroupId) -> Option<&Group> {
        self.groups.get(group_id)
    }

    pub(in crate::group) fn groups(&self) -> impl Iterator<Item = (&GroupId, &Group)> {
        self.groups.iter()
    }

    pub(in crate::group) fn classic_group(&self, group_id: &GroupId) -> Option<&ClassicGroup> {
        self.groups.get(group_id).map(|group| &group.classic)
    }

    pub(in crate::group) fn classic_groups(
        &self,
    ) -> impl Iterator<Item = (&GroupId, &ClassicGroup)> {
        self.groups.iter().map(|(group_id, group)| (group_id, &group.classic))
    }

    fn handle(&self, now: Timestamp, token: Token, request: Request) -> GroupDecision {
        match request {
            Request::JoinGroup(join) => self.join_group(now, token, &join),
            Request::SyncGroup(sync) => self.sync_group(now, token, &sync),
            Request::Heartbeat(member) => self.heartbeat(now, token, &member),
            Request::LeaveGroup { group_id, members } => {
                self.leave_group(now, token, &group_id, &members)
            }
            Request::OffsetCommit(commit) => self.commit_offsets(now, token, &commit),
            Request::OffsetFetch(fetch) => self.fetch_offsets(token, &fetch),
            Request::OffsetDelete(delete) => self.delete_offsets(token, &delete),
            Request::DeleteGroups(group_ids) => self.delete_groups(token, group_ids),
            Request::DescribeGroups(group_ids) => self.describe_groups(token, group_ids),
            Request::ListGroups { states, types } => self.list_groups(token, &states, &types),
        }
    }

    fn timer_fired(&self, now: Timestamp, key: &TimerKey) -> GroupDecision {
        match key {
            TimerKey::Session(group_id, member_id) => {
                self.session_timer_fired(now, group_id, member_id)
            }
            TimerKey::Join(group_id) => self.join_timer_fired(now, group_id),
            TimerKey::Sync(group_id) => self.sync_timer_fired(now, group_id),
            TimerKey::Expiration => self.expire_offsets(now),
            TimerKey::TopicsDeleted(topics) => self.forget_topics(topics),
        }
    }

    fn commit_offset(&mut self, key: &OffsetKey, committed: &CommittedOffset) {
        let group = self.groups.entry(key.group_id.clone());
        let simple = || Group::simple(Some(committed.commit_timestamp));
        group.or_insert_with(simple).offsets.insert(&key.topic, key.partition, committed.clone());
    }

    /// A log in which a group went on as another kind of group removes the classic one and keeps its offsets.
    fn remove_group(&mut self, group_id: &GroupId) {
        let Some(group) = self.groups.get_mut(group_id) else { return };
        if group.offsets.is_empty() {
            self.groups.remove(group_id);
        } else {
            group.classic = ClassicGroup::empty(None);
        }
    }
}

impl Group {
    /// A group without members that was never joined.
    fn simple(since: Option<Timestamp>) -> Group {
        Group { classic: ClassicGroup::empty(since), offsets: Offsets::default() }
    }
}

impl Shard for GroupShard {
    type Input = Input;
    type Event = Event;
    type Answer = Answer;
    type TimerKey = TimerKey;

    fn decide(&self, now: Timestamp, input: Input) -> GroupDecision {
        match input {
            Input::Request { token, request } => self.handle(now, token, request),
            Input::TimerFired(key) => self.timer_fired(now, &key),
            Input::Loaded => self.loaded(now),
            Input::TopicsDeleted(topics) => self.forget_topics(&topics),
        }
    }

    fn apply(&mut self, Event(event): &Event) {
        match event {
            EventKind::GroupStored(stored) => {
                let group = self.groups.entry(stored.group_id.clone());
                group.or_insert_with(|| Group::simple(None)).classic.restore(stored);
            }
            EventKind::GroupRemoved(group_id) => self.remove_group(group_id),
            EventKind::OffsetCommitted(key, committed) => self.commit_offset(key, committed),
            EventKind::OffsetRemoved(key) => {
                if let Some(group) = self.groups.get_mut(&key.group_id) {
                    group.offsets.remove(&key.topic, key.partition);
                }
            }
            EventKind::Classic(group_id, change) => {
                let group = self.groups.get_mut(group_id);
                group.expect("changes are about groups that are there").classic.apply(change);
            }
        }
    }

    fn record(event: &Event) -> Option<Record> {
        records::record(event)
    }

    fn replay(key: Bytes, value: Option<Bytes>) -> Result<Option<Event>, RecordError> {
        records::replay(key, value)
    }
}

/// A decision that is an answer and nothing else.
pub(in crate::group) fn reply_only(token: Token, answer: Answer) -> GroupDecision {
    Decision { events: Vec::new(), effects: vec![Effect::Reply(token, answer)] }
}
