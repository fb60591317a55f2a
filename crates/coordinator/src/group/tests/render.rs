//! What comes of an input, as text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use vltava_model::MemberId;

use crate::group::classic::ClassicGroup;
use crate::group::event::{Event, EventKind, OffsetKey, StoredGroup};
use crate::group::{
    Answer, DescribedGroup, FetchedTopic, GroupError, Joined, Outcome, TimerKey, TopicOutcome,
};
use crate::shard::{Effect, Token};

const UUID: &str = "-00000000-0000-4000-8000-";

/// `a#1` in full.
pub(super) fn long_id(short: &str) -> String {
    match short.split_once('#') {
        Some((prefix, number)) => format!("{prefix}{UUID}{:012x}", number.parse::<u64>().unwrap()),
        None => short.to_owned(),
    }
}

fn short_id(id: &MemberId) -> String {
    match id.as_str().split_once(UUID) {
        Some((prefix, number)) => format!("{prefix}#{}", u64::from_str_radix(number, 16).unwrap()),
        None => format!("'{id}'"),
    }
}

fn text(bytes: &Bytes) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A durable event; the others show in what they lead to.
pub(super) fn event(Event(event): &Event) -> Option<String> {
    let place = |OffsetKey { topic, partition, .. }: &OffsetKey| format!("{topic}-{partition}");
    match event {
        EventKind::GroupStored(stored) => Some(stored_group(stored)),
        EventKind::GroupRemoved(_) => Some("tombstone".to_owned()),
        EventKind::OffsetCommitted(key, committed) => {
            Some(format!("commit {} = {}", place(key), committed.offset))
        }
        EventKind::OffsetRemoved(key) => Some(format!("tombstone {}", place(key))),
        EventKind::Classic(..) => None,
    }
}

fn stored_group(stored: &StoredGroup) -> String {
    let mut line = format!("store {}", stored.generation_id);
    if let (Some(protocol_type), Some(name)) = (&stored.protocol_type, &stored.protocol_name) {
        line.push_str(&format!(" {protocol_type}/{name}"));
    }
    for member in &stored.members {
        let mark = if stored.leader.as_ref() == Some(&member.member_id) { "*" } else { "" };
        let assignment = text(&member.assignment);
        line.push_str(&format!(" {}{mark}={assignment}", short_id(&member.member_id)));
    }
    line
}

pub(super) fn effect(
    effect: &Effect<Answer, TimerKey>,
    waiting: &BTreeMap<Token, String>,
) -> String {
    match effect {
        Effect::Reply(token, reply) => {
            let name = waiting.get(token).expect("only who waits is answered");
            format!("{name}: {}", answer(reply))
        }
        Effect::SetTimer { key, after_ms } => format!("{} in {after_ms}", timer(key)),
        Effect::CancelTimer(key) => format!("{} off", timer(key)),
    }
}

fn timer(key: &TimerKey) -> String {
    match key {
        TimerKey::Session(_, member_id) => format!("session {}", short_id(member_id)),
        TimerKey::Join(_) => "join".to_owned(),
        TimerKey::Sync(_) => "sync".to_owned(),
        TimerKey::Expiration => "expiration".to_owned(),
        TimerKey::TopicsDeleted(_) => "topics deleted".to_owned(),
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::JoinGroup(join) => match &join.outcome {
            Ok(generation) => format!("{} {}", short_id(&join.member_id), joined(generation)),
            Err(error) => format!("{} {error:?}", short_id(&join.member_id)),
        },
        Answer::SyncGroup(Ok(synced)) => format!("assigned '{}'", text(&synced.assignment)),
        Answer::SyncGroup(Err(error)) => format!("{error:?}"),
        Answer::Heartbeat(result) => outcome(result),
        Answer::LeaveGroup(Ok(left)) => {
            let member = |left: &crate::group::LeftMember| {
                format!("{} {}", short_id(&left.member_id), outcome(&left.outcome))
            };
            left.iter().map(member).collect::<Vec<_>>().join(", ")
        }
        Answer::OffsetCommit(Ok(topics)) | Answer::OffsetDelete(Ok(topics)) => outcomes(topics),
        Answer::LeaveGroup(Err(error))
        | Answer::OffsetCommit(Err(error))
        | Answer::OffsetDelete(Err(error)) => format!("{error:?}"),
        Answer::OffsetFetch(topics) => fetched(topics),
        Answer::DeleteGroups(groups) => {
            let group = |(id, result): &(_, Outcome)| format!("{id} {}", outcome(result));
            groups.iter().map(group).collect::<Vec<_>>().join(", ")
        }
        Answer::DescribeGroups(groups) => {
            let group = |(id, group): &(_, Option<DescribedGroup>)| match group {
                Some(group) => format!("{id} {}", described(group)),
                None => format!("{id} unknown"),
            };
            groups.iter().map(group).collect::<Vec<_>>().join(", ")
        }
        Answer::ListGroups(groups) => {
            let group = |group: &crate::group::ListedGroup| {
                format!("{} '{}' {}", group.group_id, group.protocol_type, group.state)
            };
            groups.iter().map(group).collect::<Vec<_>>().join(", ")
        }
    }
}

fn joined(joined: &Joined) -> String {
    let mut line = format!("joined {}", joined.generation_id);
    line.push_str(&format!(" {}", joined.protocol_name.as_deref().unwrap_or("-")));
    let leader = joined.leader.as_ref().map_or_else(|| "nobody".to_owned(), short_id);
    line.push_str(&format!(" led by {leader}"));
    if !joined.members.is_empty() {
        let ids: Vec<_> = joined.members.iter().map(|member| short_id(&member.member_id)).collect();
        line.push_str(&format!(" over {}", ids.join(" ")));
    }
    if joined.skip_assignment {
        line.push_str(" skip");
    }
    line
}

fn outcome(outcome: &Result<(), GroupError>) -> String {
    match outcome {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn outcomes(topics: &[TopicOutcome]) -> String {
    let partitions = topics.iter().flat_map(|TopicOutcome { topic, partitions }| {
        partitions
            .iter()
            .map(move |(partition, result)| format!("{topic}-{partition} {}", outcome(result)))
    });
    partitions.collect::<Vec<_>>().join(", ")
}

fn fetched(topics: &[FetchedTopic]) -> String {
    let partitions = topics.iter().flat_map(|FetchedTopic { topic, partitions }| {
        partitions.iter().map(move |fetched| match &fetched.committed {
            Some(committed) => format!("{topic}-{} = {}", fetched.partition, committed.offset),
            None => format!("{topic}-{} none", fetched.partition),
        })
    });
    format!("[{}]", partitions.collect::<Vec<_>>().join(", "))
}

fn described(group: &DescribedGroup) -> String {
    let member = |member: &crate::group::DescribedMember| {
        let said = if member.metadata.is_empty() { "silent" } else { "subscribed" };
        format!("{} {said} '{}'", short_id(&member.member_id), text(&member.assignment))
    };
    let members: Vec<_> = group.members.iter().map(member).collect();
    let (state, protocol_type) = (group.state, &group.protocol_type);
    format!("{state} '{protocol_type}' '{}' [{}]", group.protocol_data, members.join(", "))
}

/// State, generation and members; the leader is marked.
pub(super) fn group(group: &ClassicGroup) -> String {
    let mut line = format!("{} {}", group.state(), group.generation_id());
    for (member_id, is_leader) in group.roll() {
        line.push_str(&format!(" {}{}", short_id(member_id), if is_leader { "*" } else { "" }));
    }
    for member_id in group.pending_joins() {
        line.push_str(&format!(" ({})", short_id(member_id)));
    }
    line
}
