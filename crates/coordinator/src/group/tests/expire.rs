//! What expires, and when.

use crate::group::tests::given::Given;
use crate::group::tests::stage::{
    Stage, assign, commit, fetch_all, heartbeat, join, leave, member,
};
use crate::group::{GroupConfig, Input, Request};
use crate::limits::TOMBSTONES_MAX;

const DAY_MS: i64 = 24 * 60 * 60_000;

/// Looks each hour.
fn config() -> GroupConfig {
    GroupConfig { offsets_retention_check_interval_ms: DAY_MS / 24, ..GroupConfig::default() }
}

fn committed(stage: &mut Stage, name: &str) {
    stage.ask("x", Request::OffsetCommit(commit(member("", -1), name, &[1])));
}

/// Lets time pass, without the lines that say that the timer was set again.
fn pass(stage: &mut Stage, ms: i64) -> Vec<String> {
    let mut lines = stage.pass(ms);
    lines.retain(|line| !line.starts_with("expiration"));
    lines
}

#[test]
fn offsets_of_a_simple_group_expire_one_by_one() {
    let mut stage = Stage::new(config());
    stage.input(Input::Loaded);
    committed(&mut stage, "t");
    pass(&mut stage, DAY_MS);
    committed(&mut stage, "u");
    assert_eq!(pass(&mut stage, 6 * DAY_MS - 1), [""; 0]);
    assert_eq!(pass(&mut stage, 1), ["tombstone t-0"]);
    assert_eq!(pass(&mut stage, DAY_MS - 1), [""; 0]);
    assert_eq!(pass(&mut stage, 1), ["tombstone u-0", "tombstone"]);
    assert_eq!(stage.describe("g"), "Dead");
}

#[test]
fn offsets_of_a_group_expire_from_when_it_is_empty() {
    let mut stage = Given::Stable.stage_with(config());
    stage.input(Input::Loaded);
    stage.ask("a", Request::OffsetCommit(commit(member("a#1", 1), "t", &[1])));
    for _ in 0..DAY_MS / 5_000 {
        stage.ask("a", heartbeat("a#1", 1));
        stage.ask("b", heartbeat("b#2", 1));
        assert_eq!(pass(&mut stage, 5_000), [""; 0]);
    }
    stage.ask("x", leave(&["a#1", "b#2"]));
    assert_eq!(pass(&mut stage, 7 * DAY_MS - 1), [""; 0]);
    assert_eq!(pass(&mut stage, 1), ["tombstone t-0", "tombstone"]);
}

#[test]
fn what_consumers_do_not_read_expires_under_their_hands() {
    let mut stage = Stage::new(config());
    committed(&mut stage, "t");
    committed(&mut stage, "u");
    stage.input(Input::Loaded);
    pass(&mut stage, 7 * DAY_MS - 20_000);
    let slow = |join: &mut crate::group::JoinGroup| join.session_timeout_ms = 1_000_000;
    stage.ask("a", join("a").with(slow));
    // While it rebalances all is taken to be in use.
    pass(&mut stage, 3_000);
    assert_eq!(stage.ask("x", fetch_all()), ["x: [t-0 = 1, u-0 = 1]"]);
    stage.ask("a", assign("a#1", 1, &["a#1"]));
    assert_eq!(pass(&mut stage, 17_000), ["tombstone u-0"]);
    assert_eq!(stage.describe("g"), "Stable 1 a#1*");
}

#[test]
fn a_client_may_have_said_when() {
    let mut stage = Stage::new(config());
    stage.input(Input::Loaded);
    let mut brief = commit(member("", -1), "t", &[1]);
    brief.retention_time_ms = Some(DAY_MS);
    stage.ask("x", Request::OffsetCommit(brief));
    assert_eq!(pass(&mut stage, DAY_MS - 1), [""; 0]);
    assert_eq!(pass(&mut stage, 1), ["tombstone t-0", "tombstone"]);
}

#[test]
fn an_empty_group_without_offsets_does_not_stay() {
    for given in [Given::Empty, Given::GaveId] {
        let mut stage = given.stage_with(config());
        stage.input(Input::Loaded);
        let lines = pass(&mut stage, DAY_MS / 24);
        assert_eq!(lines.last().unwrap(), "tombstone");
        assert_eq!(stage.describe("g"), "Dead");
    }
}

#[test]
fn much_expires_a_part_at_a_time() {
    let mut stage = Stage::new(config());
    let offsets: Vec<i64> = (0..i64::try_from(TOMBSTONES_MAX).unwrap() + 3).collect();
    stage.ask("x", Request::OffsetCommit(commit(member("", -1), "t", &offsets)));
    stage.now = stage.now.plus_ms(8 * DAY_MS);
    let look = || Input::TimerFired(crate::group::TimerKey::Expiration);
    let lines = stage.input(look());
    assert_eq!(lines.len(), TOMBSTONES_MAX + 1);
    assert_eq!(lines.last().unwrap(), "expiration in 0");
    let lines = stage.input(look());
    assert_eq!(
        lines,
        [
            "tombstone t-5000",
            "tombstone t-5001",
            "tombstone t-5002",
            "tombstone",
            "expiration in 3600000",
        ]
    );
}
