//! DescribeGroups, ListGroups and DeleteGroups in every state.

use vltava_model::GroupId;

use crate::group::Request;
use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{Ask, commit, join, member};

fn describe() -> Ask {
    Request::DescribeGroups(vec![GroupId::new("g")]).into()
}

#[test]
fn described() {
    let described = |given, expected: &str| {
        assert_eq!(Given::stage(given).ask("me", describe()), [format!("me: g {expected}")]);
    };
    described(Given::Nothing, "unknown");
    described(Given::Simple, "Empty '' '' []");
    described(Given::GaveId, "Empty '' '' []");
    described(Given::Empty, "Empty 'consumer' '' []");
    described(Given::Initial, "PreparingRebalance 'consumer' '' [a#1 silent '']");
    let preparing = "PreparingRebalance 'consumer' '' [a#1 silent 'a', b#2 silent 'b']";
    described(Given::Preparing, preparing);
    let completing = "CompletingRebalance 'consumer' '' [a#1 silent '', b#2 silent '']";
    described(Given::Completing, completing);
    let stable = "Stable 'consumer' 'range' [a#1 subscribed 'a', b#2 subscribed 'b']";
    described(Given::Stable, stable);
}

#[test]
fn listed() {
    let list = |given: Given, states: &[&str], types: &[&str]| {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let list = Request::ListGroups { states: owned(states), types: owned(types) };
        given.stage().ask("me", list).join("")
    };
    assert_eq!(list(Given::Nothing, &[], &[]), "me: ");
    assert_eq!(list(Given::Simple, &[], &[]), "me: g '' Empty");
    assert_eq!(list(Given::Stable, &[], &[]), "me: g 'consumer' Stable");
    assert_eq!(list(Given::Stable, &["dead", "stable"], &[]), "me: g 'consumer' Stable");
    assert_eq!(list(Given::Stable, &[" STABLE "], &["Classic"]), "me: g 'consumer' Stable");
    assert_eq!(list(Given::Stable, &["Empty"], &[]), "me: ");
    assert_eq!(list(Given::Stable, &["nonsense"], &[]), "me: ");
    assert_eq!(list(Given::Stable, &[], &["consumer", "share"]), "me: ");
    assert_eq!(
        list(Given::Preparing, &["preparingrebalance"], &[]),
        "me: g 'consumer' PreparingRebalance"
    );
}

#[test]
fn deleted() {
    let delete = || Ask::from(Request::DeleteGroups(vec![GroupId::new("g")]));
    check(Given::Nothing, delete(), "me: g GroupIdNotFound\n= Dead");
    check(
        Given::Simple,
        delete(),
        "
        tombstone t-0
        tombstone
        me: g ok
        = Dead",
    );
    check(
        Given::GaveId,
        delete(),
        "
        tombstone
        session a#1 off
        me: g ok
        = Dead",
    );
    check(
        Given::Empty,
        delete(),
        "
        tombstone
        me: g ok
        = Dead",
    );
    for given in [Given::Initial, Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        check(given, delete(), &format!("me: g NonEmptyGroup\n= {state}"));
    }
}

#[test]
fn each_group_for_itself() {
    let mut stage = Given::Stable.stage();
    let mut other = member("", -1);
    other.group_id = GroupId::new("h");
    stage.ask("h", Request::OffsetCommit(commit(other, "t", &[1, 2])));
    let groups = ["g", "h", "i"].map(GroupId::new).to_vec();
    assert_eq!(
        stage.ask("me", Request::DeleteGroups(groups)),
        [
            "tombstone t-0",
            "tombstone t-1",
            "tombstone",
            "me: g NonEmptyGroup, h ok, i GroupIdNotFound",
        ]
    );
}

#[test]
fn an_id_outlives_no_group() {
    let mut stage = Given::GaveId.stage();
    stage.ask("me", Request::DeleteGroups(vec![GroupId::new("g")]));
    assert!(stage.timers.is_empty());
    assert_eq!(stage.ask("a", join("a").id("a#1")), ["a: a#1 UnknownMemberId"]);
}
