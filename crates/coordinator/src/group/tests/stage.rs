//! A driver for tests: it owns the time, and what has been written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use vltava_model::{
    GenerationId, GroupId, GroupInstanceId, LeaderEpoch, MemberId, Offset, PartitionIndex,
    Timestamp, TopicId, TopicName,
};

use crate::group::tests::render::{self, long_id};
use crate::group::{
    Answer, CommittedPartition, CommittedTopic, GroupConfig, GroupShard, Input, JoinGroup,
    LeavingMember, Membership, OffsetCommit, OffsetDelete, OffsetFetch, Protocol, Request,
    SyncGroup, TimerKey, TopicPartitions,
};
use crate::shard::{Effect, Shard, Token};
use crate::{Decision, Record};

/// A request in few words. Member ids are written `a#1`: client `a`, the first UUID that was drawn.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Join(Join),
    Sync { member: &'static str, generation: i32, assignments: Vec<(&'static str, &'static str)> },
    Plain(Request),
}

/// A JoinGroup in few words.
#[derive(Clone, Debug)]
pub(super) struct Join(pub(super) JoinGroup);

/// JoinGroup version 9 of client `client` with protocol `range`, except that no id is asked for first.
pub(super) fn join(client: &str) -> Join {
    Join(JoinGroup {
        group_id: GroupId::new("g"),
        member_id: MemberId::new(""),
        instance_id: None,
        client_id: client.into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol("range", &["t"])],
        require_known_member_id: false,
        supports_skipping_assignment: true,
        member_uuid: [0; 16],
    })
}

impl Join {
    pub(super) fn with(mut self, change: impl FnOnce(&mut JoinGroup)) -> Join {
        change(&mut self.0);
        self
    }

    pub(super) fn id(self, member: &str) -> Join {
        self.with(|join| join.member_id = MemberId::new(long_id(member)))
    }

    pub(super) fn instance(self, instance: &str) -> Join {
        self.with(|join| join.instance_id = Some(GroupInstanceId::new(instance)))
    }

    pub(super) fn protocols(self, names: &[&str]) -> Join {
        self.with(|join| join.protocols = names.iter().map(|n| protocol(n, &["t"])).collect())
    }

    pub(super) fn asks_for_id(self) -> Join {
        self.with(|join| join.require_known_member_id = true)
    }
}

impl From<Join> for Ask {
    fn from(join: Join) -> Ask {
        Ask::Join(join)
    }
}

impl From<Request> for Ask {
    fn from(request: Request) -> Ask {
        Ask::Plain(request)
    }
}

pub(super) fn protocol(name: &str, topics: &[&str]) -> Protocol {
    Protocol { name: name.into(), metadata: subscription(topics) }
}

/// A `ConsumerProtocolSubscription` of version 3, without the fields that came after version 0.
pub(super) fn subscription(topics: &[&str]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(3);
    bytes.put_i32(topics.len().try_into().unwrap());
    for topic in topics {
        bytes.put_i16(topic.len().try_into().unwrap());
        bytes.put_slice(topic.as_bytes());
    }
    bytes.put_i32(-1);
    bytes.freeze()
}

pub(super) fn member(member: &str, generation: i32) -> Membership {
    Membership {
        group_id: GroupId::new("g"),
        member_id: MemberId::new(long_id(member)),
        instance_id: None,
        generation_id: GenerationId(generation),
    }
}

pub(super) fn sync(member: &'static str, generation: i32) -> Ask {
    Ask::Sync { member, generation, assignments: Vec::new() }
}

/// SyncGroup of the leader, where `a#1` gets `A`, and so on.
pub(super) fn assign(member: &'static str, generation: i32, to: &[&'static str]) -> Ask {
    let assigned = |id: &&'static str| (*id, &id[..1]);
    Ask::Sync { member, generation, assignments: to.iter().map(assigned).collect() }
}

pub(super) fn heartbeat(id: &str, generation: i32) -> Ask {
    Request::Heartbeat(member(id, generation)).into()
}

pub(super) fn leave(members: &[&str]) -> Ask {
    let leaving =
        |id: &&str| LeavingMember { member_id: MemberId::new(long_id(id)), instance_id: None };
    let members = members.iter().map(leaving).collect();
    Request::LeaveGroup { group_id: GroupId::new("g"), members }.into()
}

pub(super) fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

/// The offset of the partitions 0, 1, … of a topic.
pub(super) fn commit(who: Membership, name: &str, offsets: &[i64]) -> OffsetCommit {
    let partition = |(index, offset): (usize, &i64)| CommittedPartition {
        partition: PartitionIndex(index.try_into().unwrap()),
        offset: Offset(*offset),
        leader_epoch: LeaderEpoch(3),
        metadata: None,
    };
    let partitions = offsets.iter().enumerate().map(partition).collect();
    let topics = vec![CommittedTopic { topic: topic(name), topic_id: TopicId::ZERO, partitions }];
    OffsetCommit { member: who, retention_time_ms: None, reports_unknown_groups: true, topics }
}

pub(super) fn fetch_all() -> Ask {
    let group_id = GroupId::new("g");
    Request::OffsetFetch(OffsetFetch { group_id, topics: None, require_stable: true }).into()
}

pub(super) fn partitions(name: &str, partitions: &[i32]) -> TopicPartitions {
    TopicPartitions {
        topic: topic(name),
        topic_id: TopicId::ZERO,
        partitions: partitions.iter().map(|p| PartitionIndex(*p)).collect(),
    }
}

pub(super) fn delete_offsets(name: &str) -> Ask {
    let group_id = GroupId::new("g");
    Request::OffsetDelete(OffsetDelete { group_id, topics: vec![partitions(name, &[0, 7])] }).into()
}

/// As Kafka was asked, for one partition.
pub(super) fn delete_offsets_of_first(name: &str) -> Ask {
    let group_id = GroupId::new("g");
    Request::OffsetDelete(OffsetDelete { group_id, topics: vec![partitions(name, &[0])] }).into()
}

/// A request of the past.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) name: String,
    pub(super) request: Request,
    pub(super) answer: Answer,
}

/// A shard and what its driver holds.
pub(super) struct Stage {
    pub(super) shard: GroupShard,
    pub(super) now: Timestamp,
    pub(super) timers: BTreeMap<TimerKey, Timestamp>,
    pub(super) log: Vec<Record>,
    /// Who waits, under the name that it gave.
    pub(super) waiting: BTreeMap<Token, String>,
    asked: BTreeMap<Token, Request>,
    /// All that was asked and answered.
    pub(super) answers: Vec<Answered>,
    tokens: u64,
    uuids: u8,
}

impl Stage {
    pub(super) fn new(config: GroupConfig) -> Stage {
        Stage {
            shard: GroupShard::new(Arc::new(config)),
            now: Timestamp(1_000_000),
            timers: BTreeMap::new(),
            log: Vec::new(),
            waiting: BTreeMap::new(),
            asked: BTreeMap::new(),
            answers: Vec::new(),
            tokens: 0,
            uuids: 0,
        }
    }

    /// Asks under a name, and says what comes of it.
    pub(super) fn ask(&mut self, name: &str, ask: impl Into<Ask>) -> Vec<String> {
        let request = match ask.into() {
            Ask::Plain(request) => request,
            Ask::Join(Join(mut join)) => {
                self.uuids += 1;
                join.member_uuid[15] = self.uuids;
                Request::JoinGroup(Box::new(join))
            }
            Ask::Sync { member: id, generation, assignments } => {
                let assigned = |(id, what): &(&str, &'static str)| {
                    (MemberId::new(long_id(id)), Bytes::from_static(what.as_bytes()))
                };
                Request::SyncGroup(SyncGroup {
                    member: member(id, generation),
                    protocol_type: None,
                    protocol_name: None,
                    assignments: assignments.iter().map(assigned).collect(),
                })
            }
        };
        self.tokens += 1;
        let token = Token(self.tokens);
        self.waiting.insert(token, name.to_owned());
        self.asked.insert(token, request.clone());
        self.input(Input::Request { token, request })
    }

    pub(super) fn input(&mut self, input: Input) -> Vec<String> {
        let Decision { events, effects } = self.shard.decide(self.now, input);
        let mut lines = Vec::new();
        for event in &events {
            self.log.extend(GroupShard::record(event));
            self.shard.apply(event);
            lines.extend(render::event(event));
        }
        for effect in effects {
            lines.push(render::effect(&effect, &self.waiting));
            match effect {
                Effect::Reply(token, answer) => {
                    let name = self.waiting.remove(&token).expect("each token is answered once");
                    let request = self.asked.remove(&token).expect("it was asked");
                    self.answers.push(Answered { name, request, answer });
                }
                Effect::SetTimer { key, after_ms } => {
                    assert!(after_ms >= 0, "{key:?}");
                    self.timers.insert(key, self.now.plus_ms(after_ms));
                }
                Effect::CancelTimer(key) => _ = self.timers.remove(&key),
            }
        }
        lines
    }

    /// Lets time pass; timers fire in their order.
    pub(super) fn pass(&mut self, ms: i64) -> Vec<String> {
        let end = self.now.plus_ms(ms);
        let mut lines = Vec::new();
        while let Some(key) = self.next_timer().filter(|key| self.timers[key] <= end) {
            self.now = self.now.max(self.timers[&key]);
            self.timers.remove(&key);
            lines.extend(self.input(key.into()));
        }
        self.now = end;
        lines
    }

    fn next_timer(&self) -> Option<TimerKey> {
        self.timers.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone())
    }

    /// The shard that a restart makes of what was written.
    pub(super) fn reloaded(&self, config: GroupConfig) -> Stage {
        let mut stage = Stage { now: self.now, ..Stage::new(config) };
        for record in &self.log {
            let Record { key, value } = record.clone();
            let event = GroupShard::replay(key, value).unwrap().expect("a known kind of record");
            stage.shard.apply(&event);
        }
        stage.log = self.log.clone();
        stage.uuids = self.uuids;
        stage.tokens = self.tokens;
        stage.answers = self.answers.clone();
        stage
    }

    pub(super) fn config(&self) -> GroupConfig {
        self.shard.config().clone()
    }

    /// The state of a group in a few words.
    pub(super) fn describe(&self, group_id: &str) -> String {
        match self.shard.classic_group(&GroupId::new(group_id)) {
            Some(group) => render::group(group),
            None => "Dead".to_owned(),
        }
    }

    /// Who waits for an answer.
    pub(super) fn names_waiting(&self) -> BTreeSet<&str> {
        self.waiting.values().map(String::as_str).collect()
    }
}
