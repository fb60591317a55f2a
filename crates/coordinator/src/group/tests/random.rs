//! Whatever members, administrators, time and crashes do, in whatever order.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
use vltava_model::{GenerationId, GroupId, GroupInstanceId, MemberId, TopicId};

use crate::group::answer::{Answer, Synced};
use crate::group::tests::stage::{Ask, Join, Stage, commit, delete_offsets, join, protocol, topic};
use crate::group::{
    DeletedTopic, GroupConfig, GroupState, Input, LeavingMember, Membership, Request, SyncGroup,
    TimerKey,
};

/// One step. Numbers choose among what there is at the time.
#[derive(Clone, Debug)]
enum Step {
    JoinNew { client: u8, is_static: bool, asks_for_id: bool, protocols: u8 },
    Rejoin { member: u8, protocols: u8 },
    Sync { member: u8, is_late: bool },
    Heartbeat { member: u8 },
    Leave { members: Vec<u8> },
    Commit { member: Option<u8>, is_late: bool },
    DeleteOffsets,
    DeleteGroup,
    DeleteTopic,
    Pass { ms: i64 },
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..5u8, any::<bool>(), any::<bool>(), 0..3u8).prop_map(
            |(client, is_static, asks_for_id, protocols)| {
                Step::JoinNew { client, is_static, asks_for_id, protocols }
            }
        ),
        8 => (any::<u8>(), 0..6u8).prop_map(|(member, p)| Step::Rejoin { member, protocols: p / 2 }),
        12 => (any::<u8>(), prop::bool::weighted(0.1))
            .prop_map(|(member, is_late)| Step::Sync { member, is_late }),
        6 => any::<u8>().prop_map(|member| Step::Heartbeat { member }),
        3 => prop::collection::vec(any::<u8>(), 1..3).prop_map(|members| Step::Leave { members }),
        4 => (prop::option::weighted(0.7, any::<u8>()), prop::bool::weighted(0.1))
            .prop_map(|(member, is_late)| Step::Commit { member, is_late }),
        1 => Just(Step::DeleteOffsets),
        1 => Just(Step::DeleteGroup),
        1 => Just(Step::DeleteTopic),
        8 => prop_oneof![Just(100), Just(3_000), Just(7_000), Just(61_000)]
            .prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..60)
}

fn config() -> GroupConfig {
    GroupConfig { group_max_size: 4, ..GroupConfig::default() }
}

fn group_id() -> GroupId {
    GroupId::new("g")
}

/// Members, ids that were given out, and one that never was.
fn somebody(stage: &Stage, choice: u8) -> MemberId {
    let group = stage.shard.classic_group(&group_id());
    let members = group.iter().flat_map(|group| group.roll().map(|(id, _)| id));
    let pending = group.iter().flat_map(|group| group.pending_joins());
    let mut ids: Vec<MemberId> = members.chain(pending).cloned().collect();
    ids.push(MemberId::new("nobody"));
    ids.swap_remove(usize::from(choice) % ids.len())
}

fn membership(stage: &Stage, choice: u8, is_late: bool) -> Membership {
    let group = stage.shard.classic_group(&group_id());
    let current = group.map_or(0, |group| group.generation_id().0);
    Membership {
        group_id: group_id(),
        member_id: somebody(stage, choice),
        instance_id: None,
        generation_id: GenerationId(current - i32::from(is_late)),
    }
}

fn with_protocols(join: Join, choice: u8) -> Join {
    let names: &[&str] = match choice {
        0 => &["range"],
        1 => &["range", "sticky"],
        _ => &["sticky", "range"],
    };
    join.with(|join| join.protocols = names.iter().map(|name| protocol(name, &["t"])).collect())
}

/// The bytes that a member sends as the assignments say whether it leads, and which generation.
fn sync_of(stage: &Stage, choice: u8, is_late: bool) -> Ask {
    let member = membership(stage, choice, is_late);
    let group = stage.shard.classic_group(&group_id());
    let roll: Vec<(MemberId, bool)> =
        group.iter().flat_map(|g| g.roll()).map(|(id, leads)| (id.clone(), leads)).collect();
    let leads = roll.iter().any(|(id, leads)| *leads && *id == member.member_id);
    let assignment = Bytes::from(format!("{} {leads}", member.generation_id));
    let assignments = roll.into_iter().map(|(id, _)| (id, assignment.clone())).collect();
    let sync = SyncGroup { member, protocol_type: None, protocol_name: None, assignments };
    Request::SyncGroup(sync).into()
}

fn take(stage: &mut Stage, step: Step) {
    let ask: Ask = match step {
        Step::JoinNew { client, is_static, asks_for_id, protocols } => {
            let name = ["a", "b", "c", "d", "e"][usize::from(client)];
            let mut join = with_protocols(join(name), protocols);
            join.0.require_known_member_id = asks_for_id;
            join.0.instance_id = is_static.then(|| GroupInstanceId::new(name));
            join.into()
        }
        Step::Rejoin { member, protocols } => {
            let member_id = somebody(stage, member);
            with_protocols(join("x"), protocols).with(|join| join.member_id = member_id).into()
        }
        Step::Sync { member, is_late } => sync_of(stage, member, is_late),
        Step::Heartbeat { member } => Request::Heartbeat(membership(stage, member, false)).into(),
        Step::Leave { members } => {
            let leaving =
                |choice| LeavingMember { member_id: somebody(stage, choice), instance_id: None };
            let members = members.into_iter().map(leaving).collect();
            Request::LeaveGroup { group_id: group_id(), members }.into()
        }
        Step::Commit { member: None, .. } => {
            let nobody = crate::group::tests::stage::member("", -1);
            Request::OffsetCommit(commit(nobody, "u", &[stage.now.0])).into()
        }
        Step::Commit { member: Some(member), is_late } => {
            let member = membership(stage, member, is_late);
            Request::OffsetCommit(commit(member, "t", &[stage.now.0, 1])).into()
        }
        Step::DeleteOffsets => delete_offsets("u"),
        Step::DeleteGroup => Request::DeleteGroups(vec![group_id()]).into(),
        Step::DeleteTopic => {
            let deleted = DeletedTopic { topic: topic("t"), topic_id: TopicId([1; 16]) };
            stage.input(Input::TopicsDeleted([deleted].into()));
            return;
        }
        Step::Pass { ms } => {
            stage.pass(ms);
            return;
        }
        Step::Crash => {
            *stage = stage.reloaded(config());
            stage.input(Input::Loaded);
            return;
        }
    };
    stage.ask("x", ask);
}

/// Who waits is a member, and some timer will end its waiting.
fn check_liveness(stage: &Stage) {
    let waiting: BTreeSet<_> = stage.waiting.keys().copied().collect();
    let Some(group) = stage.shard.classic_group(&group_id()) else {
        assert!(waiting.is_empty());
        return;
    };
    assert_eq!(group.check_invariants(), waiting);
    let is_set = |key: TimerKey| stage.timers.contains_key(&key);
    assert_eq!(group.state() == GroupState::PreparingRebalance, is_set(TimerKey::Join(group_id())));
    assert!(!group.has_pending_syncs() || is_set(TimerKey::Sync(group_id())));
    for member_id in group.watched() {
        assert!(is_set(TimerKey::Session(group_id(), member_id.clone())), "{member_id}");
    }
    if matches!(group.state(), GroupState::CompletingRebalance | GroupState::Stable) {
        assert!(group.roll().count() <= 4 + group.static_count());
    }
}

/// A load gives the same offsets, the same groups, and of those that are not in a rebalance the same members.
fn check_replay(stage: &Stage) {
    let loaded = stage.reloaded(config());
    let ids = |stage: &Stage| stage.shard.groups().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(stage), ids(&loaded));
    for ((id, live), (_, loaded)) in stage.shard.groups().zip(loaded.shard.groups()) {
        assert_eq!(live.offsets, loaded.offsets);
        if matches!(live.classic.state(), GroupState::Stable | GroupState::Empty) {
            assert_eq!(live.classic.stored(id), loaded.classic.stored(id));
            assert_eq!(live.classic.state(), loaded.classic.state());
        }
    }
}

/// Assignments come from the leader of the generation that they are for.
fn check_assignments(stage: &Stage) {
    for (generation_id, Synced { assignment, .. }) in stage.synced() {
        let from_leader = format!("{generation_id} true");
        assert!(assignment.is_empty() || *assignment == from_leader.as_bytes(), "{assignment:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn groups_hold_what_they_promise(steps in steps()) {
        let mut stage = Stage::new(config());
        stage.input(Input::Loaded);
        for step in steps {
            take(&mut stage, step);
            check_liveness(&stage);
            check_replay(&stage);
        }
        check_assignments(&stage);
        // When all fall silent everybody has an answer, and nobody is left.
        stage.pass(15 * 60_000);
        prop_assert!(stage.waiting.is_empty());
        if let Some(group) = stage.shard.classic_group(&group_id()) {
            prop_assert_eq!(group.state(), GroupState::Empty);
        }
        check_replay(&stage);
        let sessions = stage.timers.keys().filter(|key| **key != TimerKey::Expiration);
        prop_assert_eq!(sessions.count(), 0, "{:?}", stage.timers);
    }
}

impl Stage {
    /// The generation that each answered SyncGroup asked about, with its answer.
    fn synced(&self) -> impl Iterator<Item = (GenerationId, &Synced)> {
        self.answers.iter().filter_map(|past| match (&past.request, &past.answer) {
            (Request::SyncGroup(sync), Answer::SyncGroup(Ok(synced))) => {
                Some((sync.member.generation_id, synced))
            }
            _ => None,
        })
    }
}
