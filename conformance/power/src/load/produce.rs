//! Producers with up to five requests in flight.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;

use super::stream::Stream;
use super::{Load, TOPICS};
use crate::client::Client;
use crate::draw::Draw;

/// Requests in flight on a connection, at most.
const IN_FLIGHT: usize = 5;

/// Two streams for each partition of the topics that stay, which so have records of several producers between each other.
pub(super) fn streams(load: &Load) -> Result<Vec<Stream>> {
    let mut client = load.client()?;
    let mut streams = Vec::new();
    for planned in TOPICS.iter().filter(|topic| !matches!(topic.name, "grow" | "alter")) {
        let facts = load.facts.lock();
        let id = facts.topics.iter().find(|topic| topic.name == planned.name).map(|topic| topic.id);
        drop(facts);
        for partition in (0..planned.partitions).flat_map(|partition| [partition; 2]) {
            let number = u32::try_from(streams.len())?;
            let topic = (planned.name.to_owned(), id.expect("it was made"));
            let mut stream = Stream::new(number, topic, partition, planned.acks, &mut client)?;
            stream.value_bytes = planned.value_bytes;
            streams.push(stream);
        }
    }
    Ok(streams)
}

/// Produces until the broker is gone; errors before that are errors.
pub(super) fn run(load: &Load, mut streams: Vec<Stream>, mut draw: Draw) -> Result<Vec<Stream>> {
    match produce(load, &mut streams, &mut draw) {
        Err(error) if !load.is_stopping() => Err(error),
        _ => Ok(streams),
    }
}

fn produce(load: &Load, streams: &mut [Stream], draw: &mut Draw) -> Result<()> {
    let mut client = load.client()?;
    for stream in &mut *streams {
        stream.resume(load, &mut client)?;
    }
    while !load.is_stopping() {
        burst(load, &mut client, streams, draw)?;
        std::thread::sleep(Duration::from_millis(draw.below(12) as u64));
    }
    Ok(())
}

fn burst(load: &Load, client: &mut Client, streams: &mut [Stream], draw: &mut Draw) -> Result<()> {
    let mut sent = VecDeque::new();
    for _ in 0..draw.between(1, IN_FLIGHT) {
        let index = draw.below(streams.len());
        streams[index].send(client, draw)?;
        sent.push_back(index);
    }
    sent.into_iter().try_for_each(|index| streams[index].acknowledged(load, client))
}
