//! Tests of the group shard as a whole. `stage.rs` drives a shard as the real driver does and renders what comes
//! of an input as lines of text; `given.rs` are groups in each of their states; then one file for each operation.

mod admin;
mod expire;
mod given;
mod heartbeat;
mod join;
mod kafka;
mod leave;
mod load;
mod offsets;
mod random;
mod records;
mod render;
mod stage;
mod static_members;
mod sync;
mod timing;

use given::Given;
use stage::Ask;

/// Asks a group in a known state, and compares all that comes of it: records, answers and timers in order, and
/// last the state the group is in then.
fn check(given: Given, ask: Ask, expected: &str) {
    let mut stage = given.stage();
    let mut lines = stage.ask("me", ask.clone());
    lines.push(format!("= {}", stage.describe("g")));
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(lines, expected, "{given:?}, {ask:?}");
}
