//! What a shard knows after a load.

use crate::group::tests::given::Given;
use crate::group::tests::stage::{Stage, heartbeat, join, sync};
use crate::group::{GroupConfig, Input};

fn loaded(given: Given, config: GroupConfig) -> (Stage, Vec<String>) {
    let mut stage = given.stage().reloaded(config);
    let lines = stage.input(Input::Loaded);
    (stage, lines)
}

#[test]
fn members_have_their_session_from_now() {
    for given in [Given::Stable, Given::Preparing] {
        let (mut stage, lines) = loaded(given, GroupConfig::default());
        assert_eq!(lines, ["session a#1 in 10000", "session b#2 in 10000", "expiration in 600000"]);
        assert_eq!(stage.describe("g"), "Stable 1 a#1* b#2");
        assert_eq!(stage.ask("a", heartbeat("a#1", 1)), ["session a#1 in 10000", "a: ok"]);
        assert_eq!(stage.ask("b", sync("b#2", 1)), ["b: assigned 'b'"]);
        let again = stage.ask("b", join("b").id("b#2"));
        assert_eq!(again, ["b: b#2 joined 1 range led by a#1"]);
    }
}

#[test]
fn a_generation_that_was_not_stored_never_was() {
    for given in [Given::Initial, Given::Completing, Given::GaveId] {
        let (stage, lines) = loaded(given, GroupConfig::default());
        assert_eq!(lines, ["expiration in 600000"]);
        assert_eq!(stage.describe("g"), "Empty 0");
    }
    let (stage, _) = loaded(Given::Empty, GroupConfig::default());
    assert_eq!(stage.describe("g"), "Empty 2");
    let (stage, _) = loaded(Given::Simple, GroupConfig::default());
    assert_eq!(stage.describe("g"), "Empty 0");
}

#[test]
fn a_group_that_is_too_large_by_now() {
    let small = GroupConfig { group_max_size: 1, ..GroupConfig::default() };
    let (mut stage, lines) = loaded(Given::Stable, small);
    assert_eq!(
        lines,
        [
            "session a#1 in 10000",
            "session b#2 in 10000",
            "sync off",
            "join in 60000",
            "expiration in 600000",
        ]
    );
    assert_eq!(stage.ask("a", heartbeat("a#1", 1))[1], "a: RebalanceInProgress");
    stage.ask("b", join("b").id("b#2"));
    let late = stage.ask("a", join("a").id("a#1"));
    assert_eq!(late, ["session a#1 off", "a: '' GroupMaxSizeReached"]);
    let lines = stage.pass(60_000);
    assert!(lines.contains(&"b: b#2 joined 2 range led by b#2 over b#2".to_owned()), "{lines:?}");
}
