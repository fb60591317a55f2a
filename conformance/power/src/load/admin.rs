//! DeleteRecords, more partitions, configurations, committed offsets.

use std::time::Duration;

use anyhow::Result;
use vltava_model::TopicId;

use super::Load;
use crate::client::Client;
use crate::draw::Draw;
use crate::facts::Claim;

/// Groups that commit offsets.
const GROUPS: usize = 3;

/// The most partitions that `grow` gets.
const PARTITIONS_MAX: i64 = 12;

/// Asks for one thing after the other until the broker is gone.
pub(super) fn run(load: &Load, mut draw: Draw) -> Result<()> {
    match work(load, &mut draw) {
        Err(error) if !load.is_stopping() => Err(error),
        _ => Ok(()),
    }
}

fn work(load: &Load, draw: &mut Draw) -> Result<()> {
    let mut client = load.client()?;
    client.find_coordinator("group-0")?;
    while !load.is_stopping() {
        match draw.below(20) {
            0 => grow(load, &mut client)?,
            1..4 => alter(load, &mut client, draw)?,
            4..8 => trim(load, &mut client, draw)?,
            _ => commit(load, &mut client, draw)?,
        }
        std::thread::sleep(Duration::from_millis(draw.below(30) as u64));
    }
    Ok(())
}

fn find(load: &Load, name: &str) -> TopicId {
    let facts = load.facts.lock();
    let id = facts.topics.iter().find(|topic| topic.name == name).map(|topic| topic.id);
    id.expect("it was made in the beginning")
}

/// Asks, and puts the claim where it belongs even if there is no answer.
fn ask(
    load: &Load,
    value: i64,
    ask: impl FnOnce() -> Result<()>,
    note: impl FnOnce(Claim),
) -> Result<()> {
    let (asked, answer) = load.claim(ask);
    let done = answer.as_ref().ok().map(|(done, ())| *done);
    note(Claim { asked, done, value });
    answer.map(drop)
}

fn grow(load: &Load, client: &mut Client) -> Result<()> {
    let id = find(load, "grow");
    let (done, asked) = Claim::bounds(&load.facts.lock().topic(id).sizes, usize::MAX);
    if done != asked || done >= Some(PARTITIONS_MAX) {
        return Ok(());
    }
    let count = done.unwrap_or(1) + 1;
    let grow = || client.grow_topic("grow", i32::try_from(count)?);
    ask(load, count, grow, |claim| load.facts.lock().topic(id).sizes.push(claim))
}

fn alter(load: &Load, client: &mut Client, draw: &mut Draw) -> Result<()> {
    let id = find(load, "alter");
    let value = 1_000_000 + i64::try_from(load.facts.lock().topic(id).configs.len())?;
    let name = draw.one(&["retention.ms"]);
    let set = || client.set_config("alter", name, &value.to_string());
    ask(load, value, set, |claim| load.facts.lock().topic(id).configs.push(claim))
}

/// Moves the start of a partition of `trim` up to somewhere.
fn trim(load: &Load, client: &mut Client, draw: &mut Draw) -> Result<()> {
    let id = find(load, "trim");
    let partition = i32::try_from(draw.below(2))?;
    let (start, end) = {
        let mut facts = load.facts.lock();
        let log = facts.log(id, partition);
        let start = Claim::bounds(&log.trims, usize::MAX).1.unwrap_or(0);
        let promised = log.records.iter().rev().find(|(_, known)| known.promised < usize::MAX);
        (start, promised.map_or(0, |(offset, _)| offset + 1))
    };
    if end <= start {
        return Ok(());
    }
    let offset = start + i64::try_from(draw.between(1, usize::try_from(end - start)?))?;
    let delete = || client.delete_records("trim", partition, offset).map(drop);
    ask(load, offset, delete, |claim| load.facts.lock().log(id, partition).trims.push(claim))
}

fn commit(load: &Load, client: &mut Client, draw: &mut Draw) -> Result<()> {
    let group = format!("group-{}", draw.below(GROUPS));
    let place = (group.clone(), "kept".to_owned());
    let offset = load.facts.lock().commits.get(&place).map_or(0, Vec::len);
    let offset = i64::try_from(offset)? + 1;
    let commit = || client.commit(&group, "kept", offset);
    ask(load, offset, commit, |claim| {
        load.facts.lock().commits.entry(place).or_default().push(claim);
    })
}
