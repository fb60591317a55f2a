//! Static members (KIP-345).

use vltava_model::{GroupId, GroupInstanceId, MemberId};

use crate::group::tests::render::long_id;
use crate::group::tests::stage::{Stage, assign, heartbeat, join, member, sync};
use crate::group::{GroupConfig, LeavingMember, Request};

/// `i#1` leads and `j#2` follows in generation 1.
fn stable() -> Stage {
    let mut stage = completing();
    stage.ask("j", sync("j#2", 1));
    stage.ask("i", assign("i#1", 1, &["i#1", "j#2"]));
    stage
}

fn completing() -> Stage {
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("i", join("a").instance("i"));
    stage.ask("j", join("b").instance("j"));
    stage.pass(6_000);
    stage
}

#[test]
fn no_id_is_asked_for_first() {
    let mut stage = Stage::new(GroupConfig::default());
    let lines = stage.ask("i", join("a").instance("i").asks_for_id());
    assert_eq!(lines, ["store 0", "session i#1 in 300000", "join in 3000"]);
}

#[test]
fn a_follower_comes_back_to_a_stable_group() {
    let mut stage = stable();
    assert_eq!(
        stage.ask("j", join("b").instance("j")),
        [
            "store 1 consumer/range i#1*=i j#3=j",
            "session j#2 off",
            "session j#3 in 10000",
            "j: j#3 joined 1 range led by i#1",
        ]
    );
    assert_eq!(stage.ask("j", sync("j#3", 1)), ["j: assigned 'j'"]);
    assert_eq!(stage.ask("old j", heartbeat("j#2", 1)), ["old j: UnknownMemberId"]);
    let mut old = member("j#2", 1);
    old.instance_id = Some(GroupInstanceId::new("j"));
    assert_eq!(stage.ask("old j", Request::Heartbeat(old)), ["old j: FencedInstanceId"]);
}

#[test]
fn the_leader_comes_back_to_a_stable_group() {
    let leader = join("a").instance("i");
    assert_eq!(
        stable().ask("i", leader.clone())[3..],
        ["i: i#3 joined 1 range led by i#3 over i#3 j#2 skip",]
    );
    let old_version = leader.with(|join| join.supports_skipping_assignment = false);
    assert_eq!(stable().ask("i", old_version)[3..], ["i: i#3 joined 1 range led by i#1"]);
}

#[test]
fn what_changes_the_protocol_is_a_rebalance() {
    let mut stage = Stage::new(GroupConfig::default());
    let both = ["range", "sticky"];
    stage.ask("i", join("a").instance("i").protocols(&both));
    stage.ask("j", join("b").instance("j").protocols(&both));
    stage.pass(6_000);
    stage.ask("j", sync("j#2", 1));
    stage.ask("i", assign("i#1", 1, &["i#1", "j#2"]));
    assert_eq!(
        stage.ask("j", join("b").instance("j").protocols(&["sticky"])),
        ["session j#2 off", "session j#3 in 10000", "sync off", "join in 60000",]
    );
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 i#1* j#3");
    assert_eq!(stage.names_waiting(), ["j"].into());
}

#[test]
fn while_the_leader_works_all_begin_anew() {
    let mut stage = completing();
    stage.ask("old j", sync("j#2", 1));
    assert_eq!(
        stage.ask("j", join("b").instance("j")),
        [
            "old j: FencedInstanceId",
            "session j#2 off",
            "session j#3 in 10000",
            "sync off",
            "join in 60000",
        ]
    );
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 i#1* j#3");
}

#[test]
fn in_a_join_phase_the_newer_request_waits() {
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("old i", join("a").instance("i"));
    assert_eq!(
        stage.ask("i", join("a").instance("i")),
        ["old i: i#1 FencedInstanceId", "session i#1 off", "session i#2 in 10000",]
    );
    assert_eq!(stage.names_waiting(), ["i"].into());
    // It may be the last that the phase waits for.
    let mut stage = stable();
    stage.ask("i", join("a").id("i#1").instance("i"));
    let lines = stage.ask("j", join("b").instance("j"));
    assert!(lines.contains(&"j: j#4 joined 2 range led by i#1".to_owned()), "{lines:?}");
}

#[test]
fn who_comes_back_still_has_to_ask_for_its_assignment() {
    let mut stage = completing();
    stage.ask("i", assign("i#1", 1, &["i#1", "j#2"]));
    stage.ask("j", join("b").instance("j"));
    for _ in 0..9 {
        stage.ask("i", heartbeat("i#1", 1));
        stage.ask("j", heartbeat("j#3", 1));
        assert_eq!(stage.pass(6_000), [""; 0]);
    }
    stage.ask("i", heartbeat("i#1", 1));
    stage.ask("j", heartbeat("j#3", 1));
    assert_eq!(stage.pass(6_000), ["session j#3 off", "sync off", "join in 60000"]);
}

#[test]
fn with_its_id_it_is_fenced_or_unknown() {
    let mut stage = stable();
    stage.ask("j", join("b").instance("j"));
    let old = stage.ask("old j", join("b").id("j#2").instance("j"));
    assert_eq!(old, ["old j: j#2 FencedInstanceId"]);
    let unknown = stage.ask("k", join("c").id("k#9").instance("k"));
    assert_eq!(unknown, ["k: k#9 UnknownMemberId"]);
}

#[test]
fn it_keeps_its_place_while_others_rebalance() {
    let mut stage = stable();
    stage.ask("i", join("a").id("i#1").instance("i"));
    for _ in 0..10 {
        stage.ask("j", heartbeat("j#2", 1));
        stage.pass(6_000);
    }
    // The time is over, and `j`, which did not rejoin, still is a member.
    assert_eq!(stage.describe("g"), "CompletingRebalance 2 i#1* j#2");
    assert!(stage.waiting.is_empty());
}

#[test]
fn a_join_phase_in_which_nobody_joins_goes_on() {
    let mut stage = stable();
    stage.ask("k", join("c").instance("k"));
    let leave = |instance: &str, id: &str| {
        let instance_id = Some(GroupInstanceId::new(instance));
        let members = vec![LeavingMember { member_id: MemberId::new(long_id(id)), instance_id }];
        Request::LeaveGroup { group_id: GroupId::new("g"), members }
    };
    assert_eq!(
        stage.ask("x", leave("k", "")),
        ["k: '' UnknownMemberId", "session k#3 off", "x: '' ok",]
    );
    for _ in 0..9 {
        stage.ask("i", heartbeat("i#1", 1));
        stage.ask("j", heartbeat("j#2", 1));
        assert_eq!(stage.pass(6_000), [""; 0]);
    }
    stage.ask("i", heartbeat("i#1", 1));
    stage.ask("j", heartbeat("j#2", 1));
    assert_eq!(stage.pass(6_000), ["join off", "join in 60000"]);
    assert_eq!(stage.ask("x", leave("i", "j#2")), ["x: j#2 FencedInstanceId"]);
    assert_eq!(stage.ask("x", leave("k", "")), ["x: '' UnknownMemberId"]);
    assert_eq!(stage.ask("x", leave("j", "j#2")), ["session j#2 off", "x: j#2 ok"]);
    // At last its session ends.
    assert_eq!(stage.pass(10_000), ["store 2", "session i#1 off", "join off"]);
}
