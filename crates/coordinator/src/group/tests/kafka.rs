//! Every operation in every state, against the answers that Apache Kafka 4.3.1 gave to the same requests.
//!
//! A line of the file is: operation, state before, answer, state after. In the operations `a` is the leader, or
//! who was given an id; `b` the follower; `c` a stranger; in states that have no such member they are strangers
//! too, who show as `x`. `me` asks for itself.

use vltava_model::{GroupId, GroupInstanceId, MemberId};

use crate::group::tests::given::Given;
use crate::group::tests::render::long_id;
use crate::group::tests::stage::{
    Ask, Join, Stage, commit, delete_offsets_of_first, heartbeat, join, member, sync,
};
use crate::group::{
    Answer, GroupError, JoinAnswer, Joined, LeavingMember, Membership, Outcome, Request,
};

const ANSWERS: &str = include_str!("kafka-4.3.1-answers.txt");

/// Where we differ on purpose: Kafka fails with UNKNOWN_SERVER_ERROR at an `IllegalStateException`.
const DIFFERS: [(&str, &str); 1] = [("join a static", "idgiven")];

/// Ids of the members that a state has, and of a stranger where it has none.
struct Ids {
    a: &'static str,
    b: &'static str,
}

fn ids(given: Given) -> Ids {
    match given {
        Given::Nothing | Given::Simple | Given::Initial => Ids { a: "x#9", b: "x#9" },
        Given::GaveId => Ids { a: "a#1", b: "x#9" },
        _ => Ids { a: "a#1", b: "b#2" },
    }
}

fn given(name: &str) -> Given {
    match name {
        "nothing" => Given::Nothing,
        "simple" => Given::Simple,
        "idgiven" => Given::GaveId,
        "empty" => Given::Empty,
        "initial" => Given::Initial,
        "preparing" => Given::Preparing,
        "completing" => Given::Completing,
        "stable" => Given::Stable,
        _ => panic!("{name}"),
    }
}

fn ask(operation: &str, Ids { a, b }: &Ids) -> Ask {
    match operation.split_once(' ').unwrap_or((operation, "")) {
        ("join", who) => ask_join(who, a, b),
        ("sync", "b") => sync(b, 1),
        // `A`, to tell it from the `a` that a stable group had before.
        ("sync", "a") => {
            Ask::Sync { member: a, generation: 1, assignments: vec![(a, "A"), ("z#9", "z")] }
        }
        ("sync", "c") => sync("c#9", 1),
        ("sync", "b old") => sync(b, 0),
        ("hb", "b") => heartbeat(b, 1),
        ("hb", "b old") => heartbeat(b, 0),
        ("hb", "a 0") => heartbeat(a, 0),
        ("hb", "b inst") => Request::Heartbeat(of_instance(member(b, 1))).into(),
        ("hb", "empty") => {
            Request::Heartbeat(Membership { group_id: GroupId::new(""), ..member(b, 1) }).into()
        }
        ("leave", "a") => ask_leave(&[(a, None)]),
        ("leave", "c b b") => ask_leave(&[("c#9", None), (b, None), (b, None)]),
        ("leave", "inst") => ask_leave(&[("", Some("i")), ("", None)]),
        ("commit", "nobody") => ask_commit(member("", -1)),
        ("commit", "b") => ask_commit(member(b, 1)),
        ("commit", "b -1") => ask_commit(member(b, -1)),
        ("commit", "c") => ask_commit(member("c#9", 1)),
        ("commit", "c -1") => ask_commit(member("c#9", -1)),
        ("commit", "inst") => ask_commit(of_instance(member("", -1))),
        ("odel", topic) => delete_offsets_of_first(topic),
        ("delete", _) => Request::DeleteGroups(vec![GroupId::new("g")]).into(),
        ("describe", _) => Request::DescribeGroups(vec![GroupId::new("g")]).into(),
        _ => panic!("{operation}"),
    }
}

fn ask_join(who: &str, a: &str, b: &str) -> Ask {
    let connect = |join: Join| join.with(|join| join.protocol_type = "connect".into());
    let join = match who {
        "new v3" => join("me"),
        "new v5" => join("me").asks_for_id(),
        "unknown" => join("me").id("c-9"),
        "a static" => join("me").id(a).instance("i").asks_for_id(),
        "a same" => join("me").id(a),
        "b same" => join("me").id(b),
        "b new" => join("me").id(b).protocols(&["range", "sticky"]),
        "c sticky" => join("me").protocols(&["sticky"]),
        "c connect" => connect(join("me")),
        "a connect" => connect(join("me").id(a)),
        "no protocols" => join("me").protocols(&[]),
        "empty group" => join("me").with(|join| join.group_id = GroupId::new("")),
        "session" => join("me").with(|join| join.session_timeout_ms = 5_999),
        _ => panic!("{who}"),
    };
    join.into()
}

fn of_instance(member: Membership) -> Membership {
    Membership { instance_id: Some(GroupInstanceId::new("i")), ..member }
}

fn ask_leave(members: &[(&str, Option<&str>)]) -> Ask {
    let leaving = |(id, instance): &(&str, Option<&str>)| LeavingMember {
        member_id: MemberId::new(long_id(id)),
        instance_id: instance.map(GroupInstanceId::new),
    };
    let members = members.iter().map(leaving).collect();
    Request::LeaveGroup { group_id: GroupId::new("g"), members }.into()
}

/// Version 7, which does not know GROUP_ID_NOT_FOUND.
fn ask_commit(who: Membership) -> Ask {
    let mut commit = commit(who, "t", &[5]);
    commit.reports_unknown_groups = false;
    Request::OffsetCommit(commit).into()
}

/// An answer in the words of the file.
fn render(answer: &Answer) -> String {
    let list =
        |outcomes: Vec<&Outcome>| outcomes.into_iter().map(outcome).collect::<Vec<_>>().join(",");
    match answer {
        Answer::JoinGroup(JoinAnswer { member_id, outcome: Ok(generation) }) => {
            joined(member_id, generation)
        }
        Answer::JoinGroup(JoinAnswer { member_id, outcome: Err(error) }) => {
            format!("{error:?} me={}", short(member_id))
        }
        Answer::SyncGroup(Ok(synced)) => {
            format!("ok {}", String::from_utf8_lossy(&synced.assignment))
        }
        Answer::Heartbeat(result) => outcome(result),
        Answer::LeaveGroup(Ok(left)) => list(left.iter().map(|left| &left.outcome).collect()),
        Answer::OffsetCommit(Ok(topics)) | Answer::OffsetDelete(Ok(topics)) => {
            list(topics.iter().flat_map(|topic| &topic.partitions).map(|(_, o)| o).collect())
        }
        Answer::DeleteGroups(groups) => outcome(&groups[0].1),
        Answer::DescribeGroups(groups) => described(groups[0].1.as_ref()),
        Answer::SyncGroup(Err(error))
        | Answer::LeaveGroup(Err(error))
        | Answer::OffsetCommit(Err(error))
        | Answer::OffsetDelete(Err(error)) => format!("{error:?}"),
        Answer::OffsetFetch(_) | Answer::ListGroups(_) => unreachable!("nobody asks that here"),
    }
}

fn outcome(outcome: &Result<(), GroupError>) -> String {
    outcome.map_or_else(|error| format!("{error:?}"), |()| "ok".to_owned())
}

fn short(member_id: &MemberId) -> &str {
    match member_id.as_str().split('-').next() {
        Some("me") => "c",
        _ if member_id.as_str() == "c-9" => "c-9",
        Some(first) => first,
        None => "",
    }
}

fn joined(member_id: &MemberId, joined: &Joined) -> String {
    let protocol = joined.protocol_name.as_deref().unwrap_or("");
    let leader = joined.leader.as_ref().map_or("", short);
    let mut line =
        format!("ok {} {protocol} led by {leader} me={}", joined.generation_id, short(member_id));
    if !joined.members.is_empty() {
        let ids: Vec<_> = joined.members.iter().map(|member| short(&member.member_id)).collect();
        line.push_str(&format!(" over {}", ids.join(" ")));
    }
    line
}

fn described(group: Option<&crate::group::DescribedGroup>) -> String {
    let Some(group) = group else { return "Dead '' '' []".to_owned() };
    let member = |member: &crate::group::DescribedMember| {
        let said = if member.metadata.is_empty() { "silent" } else { "subscribed" };
        format!("{said} '{}'", String::from_utf8_lossy(&member.assignment))
    };
    let members: Vec<_> = group.members.iter().map(member).collect();
    let (state, protocol_type) = (group.state, &group.protocol_type);
    format!("{state} '{protocol_type}' '{}' [{}]", group.protocol_data, members.join(", "))
}

fn answer_and_state(stage: &mut Stage, ask: Ask) -> (String, String) {
    let before = stage.answers.len();
    stage.ask("me", ask);
    let is_parked = stage.names_waiting().contains("me");
    // What the request made others wait no longer for was answered before or after it.
    let answered = stage.answers[before..].iter().find(|answered| answered.name == "me");
    let answer = match answered {
        Some(answered) => render(&answered.answer),
        None => "parked".to_owned(),
    };
    assert_eq!(is_parked, answer == "parked");
    let state = stage.describe("g");
    (answer, state.split(' ').next().unwrap().to_owned())
}

#[test]
fn every_operation_in_every_state_is_answered_as_kafka_does() {
    let mut different = Vec::new();
    for line in ANSWERS.lines() {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [operation, before, answer, after] = columns[..] else { panic!("{line}") };
        let given = given(before);
        let ours = answer_and_state(&mut given.stage(), ask(operation, &ids(given)));
        let ours = (ours.0.as_str(), ours.1.as_str());
        if ours != (answer, after) && !DIFFERS.contains(&(operation, before)) {
            different.push(format!("{line}: {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(ANSWERS.lines().count(), 280);
}
