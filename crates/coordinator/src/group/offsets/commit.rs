//! OffsetCommit.

use vltava_model::{LeaderEpoch, Timestamp, TopicId};

use crate::group::answer::{Answer, GroupError, Outcome, TopicOutcome};
use crate::group::classic::ClassicGroup;
use crate::group::event::{Event, EventKind, OffsetKey};
use crate::group::input::{CommittedPartition, CommittedTopic, Membership, OffsetCommit, TimerKey};
use crate::group::shard::{GroupDecision, GroupEffect, GroupShard, reply_only};
use crate::group::state::{CommittedOffset, GroupState};
use crate::shard::{Decision, Effect, Token};

impl GroupShard {
    /// OffsetCommit, of a member or of somebody outside of the group, as the administrator or a consumer that
    /// chose its partitions itself. Those may commit while nobody is in the group, which need not exist before.
    pub(in crate::group) fn commit_offsets(
        &self,
        now: Timestamp,
        token: Token,
        commit: &OffsetCommit,
    ) -> GroupDecision {
        let member = &commit.member;
        let group = self.classic_group(&member.group_id);
        let allowed = match group {
            Some(group) => check(group, member),
            None if member.generation_id.0 < 0 => Ok(()),
            None if commit.reports_unknown_groups => Err(GroupError::GroupIdNotFound),
            None => Err(GroupError::IllegalGeneration),
        };
        if let Err(error) = allowed {
            return reply_only(token, Answer::OffsetCommit(Err(error)));
        }
        let mut decision = Decision::none();
        decision.effects.extend(group.and_then(|group| renew_session(group, member)));
        let mut answer = Vec::with_capacity(commit.topics.len());
        for topic in &commit.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let outcome = self.check_metadata(partition);
                if outcome.is_ok() {
                    decision.events.push(committed_event(now, commit, topic, partition));
                }
                partitions.push((partition.partition, outcome));
            }
            answer.push(TopicOutcome { topic: topic.topic.clone(), partitions });
        }
        decision.effects.push(Effect::Reply(token, Answer::OffsetCommit(Ok(answer))));
        decision
    }

    /// Kafka measures in UTF-16 units, of which a text never has more than it has bytes.
    fn check_metadata(&self, partition: &CommittedPartition) -> Outcome {
        let max = usize::try_from(self.config().offset_metadata_max_bytes).unwrap_or(0);
        match &partition.metadata {
            Some(text) if text.len() > max && text.encode_utf16().count() > max => {
                Err(GroupError::OffsetMetadataTooLarge)
            }
            _ => Ok(()),
        }
    }
}

/// A member that commits is alive.
fn renew_session(group: &ClassicGroup, member: &Membership) -> Option<GroupEffect> {
    let after_ms = i64::from(group.session_timeout_ms(&member.member_id)?).max(0);
    let key = TimerKey::Session(member.group_id.clone(), member.member_id.clone());
    Some(Effect::SetTimer { key, after_ms })
}

fn check(group: &ClassicGroup, member: &Membership) -> Outcome {
    let generation_id = member.generation_id;
    if generation_id.0 < 0 && group.state() == GroupState::Empty {
        return Ok(());
    }
    let names_itself = !member.member_id.is_empty() || member.instance_id.is_some();
    if generation_id.0 < 0 && !names_itself {
        return Err(GroupError::UnknownMemberId);
    }
    group.check_member(&member.member_id, member.instance_id.as_ref())?;
    if generation_id != group.generation_id() {
        return Err(GroupError::IllegalGeneration);
    }
    // The member has the answer to its JoinGroup, but must not commit what may be another's by now.
    if group.state() == GroupState::CompletingRebalance {
        return Err(GroupError::RebalanceInProgress);
    }
    Ok(())
}

/// What is committed. With a time to expire, which only versions before 5 have, the record has the old version
/// 1 that has room for it, and neither epoch nor topic id.
fn committed_event(
    now: Timestamp,
    commit: &OffsetCommit,
    topic: &CommittedTopic,
    partition: &CommittedPartition,
) -> Event {
    let expire_timestamp = commit.retention_time_ms.map(|ms| now.plus_ms(ms));
    let old = expire_timestamp.is_some();
    let committed = CommittedOffset {
        offset: partition.offset,
        leader_epoch: if old { LeaderEpoch::NONE } else { partition.leader_epoch },
        metadata: partition.metadata.clone().unwrap_or_default(),
        commit_timestamp: now,
        topic_id: if old { TopicId::ZERO } else { topic.topic_id },
        expire_timestamp,
    };
    let key = OffsetKey {
        group_id: commit.member.group_id.clone(),
        topic: topic.topic.clone(),
        partition: partition.partition,
    };
    EventKind::OffsetCommitted(key, committed).into()
}
