//! SyncGroup in every state.

use bytes::Bytes;
use vltava_model::{GroupId, MemberId};

use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{Ask, assign, join, member, sync};
use crate::group::{GroupError, Request, SyncGroup};

#[test]
fn a_follower() {
    check(
        Given::Preparing,
        sync("b#2", 1),
        "
        me: RebalanceInProgress
        = PreparingRebalance 1 a#1* b#2",
    );
    check(Given::Completing, sync("b#2", 1), "= CompletingRebalance 1 a#1* b#2");
    check(
        Given::Stable,
        sync("b#2", 1),
        "
        me: assigned 'b'
        = Stable 1 a#1* b#2",
    );
}

#[test]
fn the_leader() {
    check(
        Given::Preparing,
        assign("a#1", 1, &["a#1", "b#2"]),
        "
        me: RebalanceInProgress
        = PreparingRebalance 1 a#1* b#2",
    );
    check(
        Given::Completing,
        assign("a#1", 1, &["a#1", "b#2"]),
        "
        store 1 consumer/range a#1*=a b#2=b
        me: assigned 'a'
        session a#1 in 10000
        = Stable 1 a#1* b#2",
    );
    // Whom the leader forgets gets nothing, and whom it makes up does not exist.
    check(
        Given::Completing,
        assign("a#1", 1, &["a#1", "c#3"]),
        "
        store 1 consumer/range a#1*=a b#2=
        me: assigned 'a'
        session a#1 in 10000
        = Stable 1 a#1* b#2",
    );
    // A stable group has its assignments.
    check(
        Given::Stable,
        assign("a#1", 1, &["b#2"]),
        "
        me: assigned 'a'
        = Stable 1 a#1* b#2",
    );
}

#[test]
fn followers_wait_for_the_leader() {
    let mut stage = Given::Completing.stage();
    assert!(stage.ask("b", sync("b#2", 1)).is_empty());
    let lines = stage.ask("a", assign("a#1", 1, &["a#1", "b#2"]));
    assert_eq!(
        lines,
        [
            "store 1 consumer/range a#1*=a b#2=b",
            "sync off",
            "b: assigned 'b'",
            "session b#2 in 10000",
            "a: assigned 'a'",
            "session a#1 in 10000",
        ]
    );
}

#[test]
fn only_the_last_request_of_a_follower_waits() {
    let mut stage = Given::Completing.stage();
    stage.ask("b", sync("b#2", 1));
    assert_eq!(stage.ask("b again", sync("b#2", 1)), ["b: RebalanceInProgress"]);
    assert_eq!(stage.names_waiting(), ["b again"].into());
}

#[test]
fn a_rebalance_sends_the_waiting_back() {
    let mut stage = Given::Completing.stage();
    stage.ask("b", sync("b#2", 1));
    let lines = stage.ask("c", join("c"));
    assert_eq!(
        lines,
        [
            "session c#3 in 300000",
            "b: RebalanceInProgress",
            "session b#2 in 10000",
            "sync off",
            "join in 60000",
        ]
    );
}

#[test]
fn a_stranger() {
    for given in Given::ALL {
        let state = given.stage().describe("g");
        check(given, sync("c#9", 1), &format!("me: UnknownMemberId\n= {state}"));
    }
    check(Given::Empty, sync("a#1", 2), "me: UnknownMemberId\n= Empty 2");
    for given in [Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        check(given, sync("b#2", 0), &format!("me: IllegalGeneration\n= {state}"));
        check(given, sync("b#2", 2), &format!("me: IllegalGeneration\n= {state}"));
    }
}

#[test]
fn protocols_that_differ() {
    let sync = |protocol_type: Option<&str>, protocol_name: Option<&str>| -> Ask {
        Request::SyncGroup(SyncGroup {
            member: member("b#2", 1),
            protocol_type: protocol_type.map(Into::into),
            protocol_name: protocol_name.map(Into::into),
            assignments: vec![(MemberId::new("b"), Bytes::new())],
        })
        .into()
    };
    let refused = "me: InconsistentGroupProtocol\n= Stable 1 a#1* b#2";
    check(Given::Stable, sync(Some("connect"), Some("range")), refused);
    check(Given::Stable, sync(Some("consumer"), Some("sticky")), refused);
    check(Given::Stable, sync(None, Some("sticky")), refused);
    let fine = "me: assigned 'b'\n= Stable 1 a#1* b#2";
    check(Given::Stable, sync(Some("consumer"), Some("range")), fine);
    check(Given::Stable, sync(None, None), fine);
}

#[test]
fn an_empty_group_id() {
    let mut nobody = member("b#2", 1);
    nobody.group_id = GroupId::new("");
    let sync = SyncGroup {
        member: nobody,
        protocol_type: None,
        protocol_name: None,
        assignments: Vec::new(),
    };
    let refused = format!("me: {:?}\n= Dead", GroupError::InvalidGroupId);
    check(Given::Nothing, Request::SyncGroup(sync).into(), &refused);
}
