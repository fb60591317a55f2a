//! LeaveGroup in every state.

use vltava_model::GroupId;

use crate::group::Request;
use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{join, leave, sync};

#[test]
fn a_member() {
    check(
        Given::Initial,
        leave(&["a#1"]),
        "
        a: '' UnknownMemberId
        session a#1 off
        me: a#1 ok
        = PreparingRebalance 0",
    );
    check(
        Given::Preparing,
        leave(&["b#2"]),
        "
        session b#2 off
        me: b#2 ok
        join off
        a: a#1 joined 2 range led by a#1 over a#1
        session a#1 in 10000
        sync in 60000
        = CompletingRebalance 2 a#1*",
    );
    check(
        Given::Completing,
        leave(&["b#2"]),
        "
        session b#2 off
        me: b#2 ok
        sync off
        join in 60000
        = PreparingRebalance 1 a#1*",
    );
    check(
        Given::Stable,
        leave(&["a#1"]),
        "
        session a#1 off
        me: a#1 ok
        sync off
        join in 60000
        = PreparingRebalance 1 b#2*",
    );
}

#[test]
fn the_last_members() {
    for given in [Given::Completing, Given::Stable] {
        check(
            given,
            leave(&["a#1", "b#2"]),
            "
            store 2
            session a#1 off
            session b#2 off
            me: a#1 ok, b#2 ok
            sync off
            join off
            = Empty 2",
        );
    }
    check(
        Given::Preparing,
        leave(&["a#1", "b#2"]),
        "
        store 2
        a: '' UnknownMemberId
        session a#1 off
        session b#2 off
        me: a#1 ok, b#2 ok
        join off
        = Empty 2",
    );
    // The first join phase goes on without members to its end.
    let mut stage = Given::Initial.stage();
    stage.ask("a", leave(&["a#1"]));
    assert_eq!(stage.pass(3_000), ["store 1", "join off"]);
}

#[test]
fn strangers() {
    for given in Given::ALL {
        let state = given.stage().describe("g");
        check(
            given,
            leave(&["c#9", "d#9"]),
            &format!("me: c#9 UnknownMemberId, d#9 UnknownMemberId\n= {state}"),
        );
    }
    // Each member for itself.
    check(
        Given::Stable,
        leave(&["c#9", "b#2", "b#2"]),
        "
        session b#2 off
        me: c#9 UnknownMemberId, b#2 ok, b#2 UnknownMemberId
        sync off
        join in 60000
        = PreparingRebalance 1 a#1*",
    );
    let nobody = Request::LeaveGroup { group_id: GroupId::new(""), members: Vec::new() };
    check(Given::Nothing, nobody.into(), "me: InvalidGroupId\n= Dead");
}

#[test]
fn an_id_that_was_given_out() {
    check(
        Given::GaveId,
        leave(&["a#1"]),
        "
        session a#1 off
        me: a#1 ok
        = Empty 0",
    );
    let mut stage = Given::Preparing.stage();
    stage.ask("c", join("c").asks_for_id());
    stage.ask("b", join("b").id("b#2"));
    assert_eq!(
        stage.ask("c", leave(&["c#4"])),
        [
            "session c#4 off",
            "c: c#4 ok",
            "join off",
            "a: a#1 joined 2 range led by a#1 over a#1 b#2",
            "b: b#2 joined 2 range led by a#1",
            "session a#1 in 10000",
            "session b#2 in 10000",
            "sync in 60000",
        ]
    );
}

#[test]
fn who_waits_is_told() {
    let mut stage = Given::Completing.stage();
    stage.ask("b", sync("b#2", 1));
    let lines = stage.ask("me", leave(&["b#2"]));
    assert_eq!(lines[..2], ["b: UnknownMemberId", "session b#2 off"]);
}
