//! Heartbeat in every state.

use vltava_model::{GroupId, GroupInstanceId};

use crate::group::Request;
use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{heartbeat, member};

#[test]
fn a_member() {
    check(
        Given::Preparing,
        heartbeat("b#2", 1),
        "
        session b#2 in 10000
        me: RebalanceInProgress
        = PreparingRebalance 1 a#1* b#2",
    );
    for given in [Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        check(given, heartbeat("b#2", 1), &format!("session b#2 in 10000\nme: ok\n= {state}"));
    }
}

#[test]
fn a_stranger() {
    for given in Given::ALL {
        let state = given.stage().describe("g");
        check(given, heartbeat("c#9", 1), &format!("me: UnknownMemberId\n= {state}"));
    }
    // An id that was only given out is nobody's yet.
    check(Given::GaveId, heartbeat("a#1", 0), "me: UnknownMemberId\n= Empty 0 (a#1)");
    for given in [Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        check(given, heartbeat("b#2", 0), &format!("me: IllegalGeneration\n= {state}"));
        let mut other = member("b#2", 1);
        other.instance_id = Some(GroupInstanceId::new("i"));
        let refused = format!("me: UnknownMemberId\n= {state}");
        check(given, Request::Heartbeat(other).into(), &refused);
    }
    let mut nobody = member("b#2", 1);
    nobody.group_id = GroupId::new("");
    check(Given::Nothing, Request::Heartbeat(nobody).into(), "me: InvalidGroupId\n= Dead");
}
