//! What time alone brings about.

use crate::group::tests::given::Given;
use crate::group::tests::stage::{Join, Stage, assign, heartbeat, join, member, sync};
use crate::group::{GroupConfig, Membership, Request, tests::stage::commit};

#[test]
fn the_first_join_phase_waits_for_more() {
    let mut stage = Given::Initial.stage();
    assert_eq!(stage.pass(2_999), [""; 0]);
    assert_eq!(
        stage.pass(1),
        [
            "join off",
            "a: a#1 joined 1 range led by a#1 over a#1",
            "session a#1 in 10000",
            "sync in 60000",
        ]
    );
}

#[test]
fn each_new_member_extends_the_first_join_phase() {
    let short = |join: Join| join.with(|join| join.rebalance_timeout_ms = 7_000);
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", short(join("a")));
    stage.ask("b", short(join("b")));
    assert_eq!(stage.pass(3_000), ["join in 3000"]);
    stage.ask("c", short(join("c")));
    // Of 7 seconds 4 remained when the first timer was set, and 1 when the second was.
    assert_eq!(stage.pass(3_000), ["join in 1000"]);
    stage.ask("d", short(join("d")));
    assert_eq!(
        stage.pass(1_000)[..2],
        ["join off", "a: a#1 joined 1 range led by a#1 over a#1 b#2 c#3 d#4",]
    );
}

#[test]
fn who_does_not_rejoin_is_out() {
    let mut stage = Given::Preparing.stage();
    for _ in 0..10 {
        stage.ask("b", heartbeat("b#2", 1));
        assert_eq!(stage.pass(5_999), [""; 0]);
    }
    assert_eq!(
        stage.pass(10),
        [
            "join off",
            "session b#2 off",
            "a: a#1 joined 2 range led by a#1 over a#1",
            "session a#1 in 10000",
            "sync in 60000",
        ]
    );
}

#[test]
fn another_leads_if_the_leader_does_not_rejoin() {
    let mut stage = Given::Stable.stage();
    stage.ask("b", join("b").id("b#2").protocols(&["range", "sticky"]));
    // The leader's session ends first, then the rebalance timeout has nothing to wait for.
    assert_eq!(
        stage.pass(10_000),
        [
            "session a#1 off",
            "join off",
            "b: b#2 joined 2 range led by b#2 over b#2",
            "session b#2 in 10000",
            "sync in 60000",
        ]
    );
}

#[test]
fn silence() {
    let mut stage = Given::Stable.stage();
    stage.pass(5_000);
    stage.ask("a", heartbeat("a#1", 1));
    assert_eq!(stage.pass(5_000), ["session b#2 off", "sync off", "join in 60000"]);
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 a#1*");
    assert_eq!(stage.pass(5_000), ["store 2", "session a#1 off", "join off"]);
    assert_eq!(stage.describe("g"), "Empty 2");
}

#[test]
fn a_commit_is_a_sign_of_life() {
    for given in [Given::Stable, Given::Preparing] {
        let mut stage = given.stage();
        let who: Membership = member("b#2", 1);
        let lines = stage.ask("b", Request::OffsetCommit(commit(who, "t", &[1])));
        assert_eq!(lines, ["commit t-0 = 1", "session b#2 in 10000", "b: t-0 ok"]);
    }
}

#[test]
fn who_waits_is_not_silent() {
    let mut stage = Given::Preparing.stage();
    stage.ask("b", heartbeat("b#2", 1));
    // Nobody is removed: `a` waits, and `b` is heard of.
    assert_eq!(stage.pass(9_999), [""; 0]);
    let mut stage = Given::Completing.stage();
    stage.ask("b", sync("b#2", 1));
    stage.pass(9_000);
    stage.ask("a", heartbeat("a#1", 1));
    stage.pass(5_000);
    assert_eq!(stage.describe("g"), "CompletingRebalance 1 a#1* b#2");
}

#[test]
fn a_new_member_waits_five_minutes() {
    let patient = |join: Join| join.with(|join| join.rebalance_timeout_ms = 1_000_000);
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", patient(join("a")));
    stage.pass(3_000);
    stage.ask("a", assign("a#1", 1, &["a#1"]));
    stage.ask("b", patient(join("b")));
    let keep_alive = |stage: &mut Stage| {
        stage.ask("a", heartbeat("a#1", 1));
        stage.pass(6_000)
    };
    for _ in 0..49 {
        assert_eq!(keep_alive(&mut stage), [""; 0]);
    }
    let lines = keep_alive(&mut stage);
    assert_eq!(lines, ["b: '' UnknownMemberId", "session b#2 off"]);
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 a#1*");
}

#[test]
fn an_id_that_nobody_joins_with() {
    let mut stage = Given::GaveId.stage();
    assert_eq!(stage.pass(10_000), ["session a#1 off"]);
    assert_eq!(stage.describe("g"), "Empty 0");
    // A rebalance waits for it, for no longer than its session.
    let mut stage = Given::Preparing.stage();
    stage.ask("c", join("c").asks_for_id());
    assert_eq!(stage.ask("b", join("b").id("b#2")), [""; 0]);
    assert_eq!(
        stage.pass(10_000)[..3],
        ["session c#4 off", "join off", "a: a#1 joined 2 range led by a#1 over a#1 b#2",]
    );
}

#[test]
fn who_never_asks_for_its_assignment_is_out() {
    let alive = |stage: &mut Stage, who: &[&str]| {
        for _ in 0..10 {
            who.iter().for_each(|id| _ = stage.ask("x", heartbeat(id, 1)));
            assert_eq!(stage.pass(5_900), [""; 0]);
        }
    };
    // The leader: the followers go back to join.
    let mut stage = Given::Completing.stage();
    stage.ask("b", sync("b#2", 1));
    alive(&mut stage, &["a#1"]);
    assert_eq!(
        stage.pass(1_000),
        [
            "session a#1 off",
            "b: RebalanceInProgress",
            "session b#2 in 10000",
            "sync off",
            "join in 60000",
        ]
    );
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 b#2*");
    // A follower, of a group that is stable by now.
    let mut stage = Given::Completing.stage();
    stage.ask("a", assign("a#1", 1, &["a#1", "b#2"]));
    alive(&mut stage, &["a#1", "b#2"]);
    assert_eq!(stage.pass(1_000), ["session b#2 off", "sync off", "join in 60000"]);
    // Nobody: all is well.
    let mut stage = Given::Stable.stage();
    alive(&mut stage, &["a#1", "b#2"]);
    assert_eq!(stage.pass(4_000), [""; 0]);
}
