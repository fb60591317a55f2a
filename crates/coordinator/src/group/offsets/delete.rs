//! OffsetDelete, DeleteGroups, and topics that are gone.

use std::sync::Arc;

use vltava_model::{GroupId, PartitionIndex, TopicId, TopicName};

use crate::group::answer::{Answer, GroupError, Outcome, TopicOutcome};
use crate::group::event::{Event, EventKind, OffsetKey};
use crate::group::input::{DeletedTopic, OffsetDelete, TimerKey, TopicPartitions};
use crate::group::shard::{Group, GroupDecision, GroupShard, reply_only};
use crate::group::state::GroupState;
use crate::limits::TOMBSTONES_MAX;
use crate::shard::{Decision, Effect, Token};

impl GroupShard {
    /// OffsetDelete. Offsets of topics that the group reads stay.
    pub(in crate::group) fn delete_offsets(
        &self,
        token: Token,
        delete: &OffsetDelete,
    ) -> GroupDecision {
        let refuse = |error| reply_only(token, Answer::OffsetDelete(Err(error)));
        if delete.group_id.is_empty() {
            return refuse(GroupError::InvalidGroupId);
        }
        let Some(group) = self.group(&delete.group_id) else {
            return refuse(GroupError::GroupIdNotFound);
        };
        if group.classic.state() != GroupState::Empty && !group.classic.is_consumer_group() {
            return refuse(GroupError::NonEmptyGroup);
        }
        let mut decision = Decision::none();
        let outcomes = delete
            .topics
            .iter()
            .map(|topic| delete_topic(group, &delete.group_id, topic, &mut decision.events));
        let answer = Answer::OffsetDelete(Ok(outcomes.collect()));
        decision.effects.push(Effect::Reply(token, answer));
        decision
    }

    /// DeleteGroups: of each group that has no members the offsets, then the group.
    pub(in crate::group) fn delete_groups(
        &self,
        token: Token,
        group_ids: Vec<GroupId>,
    ) -> GroupDecision {
        let mut decision = Decision::none();
        let delete = |group_id: GroupId| {
            let outcome = self.delete_group(&group_id, &mut decision);
            (group_id, outcome)
        };
        let answer = Answer::DeleteGroups(group_ids.into_iter().map(delete).collect());
        decision.effects.push(Effect::Reply(token, answer));
        decision
    }

    fn delete_group(&self, group_id: &GroupId, decision: &mut GroupDecision) -> Outcome {
        let group = self.group(group_id).ok_or(GroupError::GroupIdNotFound)?;
        if group.classic.state() != GroupState::Empty {
            return Err(GroupError::NonEmptyGroup);
        }
        for (topic, partition, _) in group.offsets.iter() {
            decision.events.push(removed_event(group_id, topic, partition));
        }
        remove_group(group_id, group, decision);
        Ok(())
    }

    /// Forgets what was committed for topics that are gone, a part at a time.
    pub(in crate::group) fn forget_topics(&self, topics: &Arc<[DeletedTopic]>) -> GroupDecision {
        let committed = self.groups().flat_map(|(group_id, group)| {
            topics.iter().flat_map(move |deleted| {
                let offsets = group.offsets.of_topic(&deleted.topic);
                let gone = offsets.filter(|(_, committed)| {
                    committed.topic_id == TopicId::ZERO || committed.topic_id == deleted.topic_id
                });
                gone.map(move |(partition, _)| removed_event(group_id, &deleted.topic, partition))
            })
        });
        let mut decision = Decision::none();
        decision.events = committed.take(TOMBSTONES_MAX).collect();
        if decision.events.len() == TOMBSTONES_MAX {
            let key = TimerKey::TopicsDeleted(topics.clone());
            decision.effects.push(Effect::SetTimer { key, after_ms: 0 });
        }
        decision
    }
}

fn delete_topic(
    group: &Group,
    group_id: &GroupId,
    topic: &TopicPartitions,
    events: &mut Vec<Event>,
) -> TopicOutcome {
    let is_read = group.classic.is_subscribed_to(topic.topic.as_str());
    let delete = |&partition: &PartitionIndex| {
        if is_read {
            return (partition, Err(GroupError::GroupSubscribedToTopic));
        }
        if group.offsets.get(&topic.topic, partition).is_some() {
            events.push(removed_event(group_id, &topic.topic, partition));
        }
        (partition, Ok(()))
    };
    let partitions = topic.partitions.iter().map(delete).collect();
    TopicOutcome { topic: topic.topic.clone(), partitions }
}

pub(super) fn removed_event(
    group_id: &GroupId,
    topic: &TopicName,
    partition: PartitionIndex,
) -> Event {
    let key = OffsetKey { group_id: group_id.clone(), topic: topic.clone(), partition };
    EventKind::OffsetRemoved(key).into()
}

/// Removes an empty group. Ids that it has given out are forgotten; whoever joins with one starts anew.
pub(super) fn remove_group(group_id: &GroupId, group: &Group, decision: &mut GroupDecision) {
    for member_id in group.classic.pending_joins() {
        let key = TimerKey::Session(group_id.clone(), member_id.clone());
        decision.effects.push(Effect::CancelTimer(key));
    }
    decision.events.push(EventKind::GroupRemoved(group_id.clone()).into());
}
