//! A consumer: what it has read must not be taken back.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use vltava_model::TopicId;
use vltava_protocol::Records;
use vltava_records::batches;

use super::stream::origin;
use super::{Load, TOPICS};
use crate::client::Client;
use crate::facts::{Known, Rules};

/// OFFSET_OUT_OF_RANGE: retention or DeleteRecords was faster.
const OUT_OF_RANGE: i16 = 1;

/// The timestamp that stands for the log start offset.
const EARLIEST: i64 = -2;

/// Reads all partitions that stay from beginning to end, and on.
pub(super) fn run(load: &Load) -> Result<()> {
    match consume(load) {
        Err(error) if !load.is_stopping() => Err(error),
        _ => Ok(()),
    }
}

fn consume(load: &Load) -> Result<()> {
    let mut client = load.client()?;
    let mut positions: BTreeMap<(TopicId, i32), i64> = BTreeMap::new();
    for topic in &load.facts.lock().topics {
        if let Some(planned) = TOPICS.iter().find(|planned| planned.name == topic.name) {
            positions.extend((0..planned.partitions).map(|index| ((topic.id, index), 0)));
        }
    }
    while !load.is_stopping() {
        for (place, position) in &mut positions {
            *position = read(load, &mut client, *place, *position)?;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn read(load: &Load, client: &mut Client, place: (TopicId, i32), position: i64) -> Result<i64> {
    let answer = client.fetch(place, position)?;
    if answer.error_code == OUT_OF_RANGE {
        let name = load.facts.lock().topic(place.0).name.clone();
        return client.offset(&name, place.1, EARLIEST);
    }
    ensure!(answer.error_code == 0, "fetch at {position}: error {}", answer.error_code);
    let now = load.clock.now();
    let Some(Records::Bytes(records)) = answer.records else { return Ok(position) };
    let mut facts = load.facts.lock();
    // Where writes are cached, consumers see what a power cut may take.
    let is_cached = facts.topic(place.0).rules == Rules::Cached;
    let promised = if is_cached { usize::MAX } else { now };
    let mut next = position;
    for batch in batches(records).map_while(Result::ok) {
        for record in batch.records()? {
            let record = record?;
            let origin = origin(&record.value.unwrap_or_default()).context("a record of ours")?;
            let known = Known { origin, promised };
            facts.log(place.0, place.1).note(record.offset.0, known)?;
        }
        next = batch.header.next_offset().0;
    }
    Ok(next)
}
