//! JoinGroup in every state.

use crate::group::GroupConfig;
use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{Join, Stage, join};

#[test]
fn a_new_member() {
    let c = || join("c").into();
    check(
        Given::Nothing,
        c(),
        "
        store 0
        session c#1 in 300000
        join in 3000
        = PreparingRebalance 0 c#1*",
    );
    check(
        Given::Simple,
        c(),
        "
        session c#1 in 300000
        join in 3000
        = PreparingRebalance 0 c#1*",
    );
    check(
        Given::GaveId,
        c(),
        "
        session c#2 in 300000
        join in 3000
        = PreparingRebalance 0 c#2* (a#1)",
    );
    check(
        Given::Empty,
        c(),
        "
        session c#3 in 300000
        join in 3000
        = PreparingRebalance 2 c#3*",
    );
    check(
        Given::Initial,
        c(),
        "
        session c#2 in 300000
        = PreparingRebalance 0 a#1* c#2",
    );
    check(
        Given::Preparing,
        c(),
        "
        session c#4 in 300000
        = PreparingRebalance 1 a#1* b#2 c#4",
    );
    check(
        Given::Completing,
        c(),
        "
        session c#3 in 300000
        sync off
        join in 60000
        = PreparingRebalance 1 a#1* b#2 c#3",
    );
    check(
        Given::Stable,
        c(),
        "
        session c#3 in 300000
        sync off
        join in 60000
        = PreparingRebalance 1 a#1* b#2 c#3",
    );
}

#[test]
fn a_new_member_asks_for_its_id() {
    let c = || join("c").asks_for_id().into();
    check(
        Given::Nothing,
        c(),
        "
        store 0
        session c#1 in 10000
        me: c#1 MemberIdRequired
        = Empty 0 (c#1)",
    );
    check(
        Given::Initial,
        c(),
        "
        session c#2 in 10000
        me: c#2 MemberIdRequired
        = PreparingRebalance 0 a#1* (c#2)",
    );
    check(
        Given::Stable,
        c(),
        "
        session c#3 in 10000
        me: c#3 MemberIdRequired
        = Stable 1 a#1* b#2 (c#3)",
    );
    // With its id it is as a new member, also where a rebalance is under way.
    check(
        Given::GaveId,
        join("a").id("a#1").into(),
        "
        session a#1 in 300000
        join in 3000
        = PreparingRebalance 0 a#1*",
    );
}

#[test]
fn an_unknown_member() {
    for given in Given::ALL {
        let state = given.stage().describe("g");
        check(given, join("c").id("c#9").into(), &format!("me: c#9 UnknownMemberId\n= {state}"));
        // An id that was given out is none of a static member.
        let static_a = join("a").id("a#1").instance("i");
        check(given, static_a.into(), &format!("me: a#1 UnknownMemberId\n= {state}"));
    }
}

#[test]
fn a_member_that_says_the_same() {
    check(
        Given::Preparing,
        join("b").id("b#2").into(),
        "
        join off
        a: a#1 joined 2 range led by a#1 over a#1 b#2
        me: b#2 joined 2 range led by a#1
        session a#1 in 10000
        session b#2 in 10000
        sync in 60000
        = CompletingRebalance 2 a#1* b#2",
    );
    check(
        Given::Completing,
        join("a").id("a#1").into(),
        "
        me: a#1 joined 1 range led by a#1 over a#1 b#2
        = CompletingRebalance 1 a#1* b#2",
    );
    check(
        Given::Completing,
        join("b").id("b#2").into(),
        "
        me: b#2 joined 1 range led by a#1
        = CompletingRebalance 1 a#1* b#2",
    );
    check(
        Given::Stable,
        join("b").id("b#2").into(),
        "
        me: b#2 joined 1 range led by a#1
        = Stable 1 a#1* b#2",
    );
    // The leader may know of more partitions.
    check(
        Given::Stable,
        join("a").id("a#1").into(),
        "
        sync off
        join in 60000
        = PreparingRebalance 1 a#1* b#2",
    );
    // A request of the same member that waits is let go.
    check(
        Given::Preparing,
        join("a").id("a#1").into(),
        "
        a: a#1 RebalanceInProgress
        = PreparingRebalance 1 a#1* b#2",
    );
    check(
        Given::Initial,
        join("a").id("a#1").into(),
        "
        a: a#1 RebalanceInProgress
        = PreparingRebalance 0 a#1*",
    );
}

#[test]
fn a_member_that_says_something_new() {
    let new = |client: &str, id: &str| join(client).id(id).protocols(&["range", "sticky"]).into();
    check(
        Given::Completing,
        new("b", "b#2"),
        "
        sync off
        join in 60000
        = PreparingRebalance 1 a#1* b#2",
    );
    check(
        Given::Stable,
        new("b", "b#2"),
        "
        sync off
        join in 60000
        = PreparingRebalance 1 a#1* b#2",
    );
}

#[test]
fn another_protocol() {
    let connect = |join: Join| join.with(|join| join.protocol_type = "connect".into()).into();
    for given in [Given::Initial, Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        let refused = format!("me: '' InconsistentGroupProtocol\n= {state}");
        check(given, connect(join("c")), &refused);
        check(given, connect(join("c").asks_for_id()), &refused);
        check(given, join("c").protocols(&["sticky"]).into(), &refused);
        let refused = format!("me: a#1 InconsistentGroupProtocol\n= {state}");
        check(given, connect(join("a").id("a#1")), &refused);
    }
    // An empty group takes any type, but there must be one, and a protocol.
    check(
        Given::Empty,
        connect(join("c")),
        "
        session c#3 in 300000
        join in 3000
        = PreparingRebalance 2 c#3*",
    );
    for join in [join("c").protocols(&[]), join("c").with(|join| join.protocol_type = "".into())] {
        check(
            Given::Nothing,
            join.clone().into(),
            "
            store 0
            me: '' InconsistentGroupProtocol
            = Empty 0",
        );
        check(
            Given::Empty,
            join.into(),
            "
            me: '' InconsistentGroupProtocol
            = Empty 2",
        );
    }
}

#[test]
fn what_is_refused_before_there_is_a_group() {
    let invalid =
        |change: fn(&mut crate::group::JoinGroup)| join("c").id("c#9").with(change).into();
    let invalid_id = "me: c#9 InvalidGroupId\n= Dead";
    check(
        Given::Nothing,
        invalid(|join| join.group_id = vltava_model::GroupId::new("")),
        invalid_id,
    );
    let invalid_timeout = "me: c#9 InvalidSessionTimeout\n= Dead";
    check(Given::Nothing, invalid(|join| join.session_timeout_ms = 5_999), invalid_timeout);
    check(Given::Nothing, invalid(|join| join.session_timeout_ms = 1_800_001), invalid_timeout);
}

#[test]
fn a_full_group() {
    let full = || GroupConfig { group_max_size: 2, ..GroupConfig::default() };
    let refused = ["me: '' GroupMaxSizeReached"];
    for given in [Given::Completing, Given::Stable] {
        assert_eq!(given.stage_with(full()).ask("me", join("c")), refused);
        assert_eq!(given.stage_with(full()).ask("me", join("c").asks_for_id()), refused);
        assert_ne!(given.stage_with(full()).ask("me", join("a").id("a#1")), refused);
    }
    // In a join phase the first to come are in.
    let mut stage = Given::Preparing.stage_with(full());
    stage.ask("c", join("c"));
    let lines = stage.ask("me", join("b").id("b#2"));
    assert_eq!(lines, ["session b#2 off", "me: '' GroupMaxSizeReached"]);
    assert_eq!(stage.describe("g"), "PreparingRebalance 1 a#1* c#4");
    // Who was given an id has no place by that.
    let mut stage = Given::GaveId.stage_with(full());
    stage.ask("b", join("b"));
    stage.ask("c", join("c"));
    let lines = stage.ask("me", join("a").id("a#1"));
    assert_eq!(lines, ["session a#1 off", "me: '' GroupMaxSizeReached"]);
    // A member that waits already may say it again.
    assert_eq!(stage.ask("b again", join("b").id("b#2")), ["b: b#2 RebalanceInProgress"]);
}

#[test]
fn the_protocol_that_most_prefer_of_those_that_all_know() {
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", join("a").protocols(&["odd", "range", "sticky"]));
    stage.ask("b", join("b").protocols(&["sticky", "range"]));
    stage.ask("c", join("c").protocols(&["new", "sticky", "range"]));
    let lines = stage.pass(6_000);
    assert!(lines.contains(&"b: b#2 joined 1 sticky led by a#1".to_owned()), "{lines:?}");
    // Ties go by name.
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", join("a").protocols(&["sticky", "range"]));
    stage.ask("b", join("b").protocols(&["range", "sticky"]));
    let lines = stage.pass(6_000);
    assert!(lines.contains(&"b: b#2 joined 1 range led by a#1".to_owned()), "{lines:?}");
}
