//! Records in the order of one producer to one partition.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use bytes::Bytes;
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_records::{BatchBuilder, Compression};

use super::Load;
use crate::client::Client;
use crate::draw::Draw;
use crate::facts::{Known, Origin};

/// Keys that a stream's records have, one after the other.
const KEYS: u64 = 40;

/// A stream. Its number in the order of streams is in each of its records.
pub(crate) struct Stream {
    pub(super) id: u32,
    pub(super) topic: (String, TopicId),
    pub(super) partition: i32,
    /// 1 or -1; idempotent if -1.
    pub(super) acks: i16,
    pub(super) producer_id: i64,
    pub(super) value_bytes: usize,
    next: u64,
    /// Sent or to be sent, and not acknowledged.
    unacked: VecDeque<Batch>,
}

struct Batch {
    first: u64,
    count: usize,
    bytes: Bytes,
}

impl Stream {
    pub(super) fn new(
        id: u32,
        topic: (String, TopicId),
        partition: i32,
        acks: i16,
        client: &mut Client,
    ) -> Result<Stream> {
        let producer_id = if acks == -1 { client.producer_id()? } else { -1 };
        let (value_bytes, next, unacked) = (300, 0, VecDeque::new());
        Ok(Stream { id, topic, partition, acks, producer_id, value_bytes, next, unacked })
    }

    /// Sends a batch. What was not acknowledged on the last connection goes first, unchanged.
    pub(super) fn send(&mut self, client: &mut Client, draw: &mut Draw) -> Result<()> {
        let batch = self.build(draw);
        client.send_batch((&self.topic.0, self.partition), self.acks, batch.bytes.clone())?;
        self.unacked.push_back(batch);
        Ok(())
    }

    /// Takes the answer to the oldest batch.
    pub(super) fn acknowledged(&mut self, load: &Load, client: &mut Client) -> Result<()> {
        let (error, base) = client.produced()?;
        let now = load.clock.now();
        ensure!(error == 0, "produce to {}-{}: error {error}", self.topic.0, self.partition);
        let Some(batch) = self.unacked.pop_front() else { return Ok(()) };
        let promised = if self.acks == -1 { now } else { usize::MAX };
        let mut facts = load.facts.lock();
        let log = facts.log(self.topic.1, self.partition);
        for (offset, number) in (base..).zip(batch.first..).take(batch.count) {
            log.note(offset, Known { origin: Origin { stream: self.id, number }, promised })?;
        }
        Ok(())
    }

    /// After the broker came back: an idempotent stream sends again what it has no answer for, another forgets it.
    pub(super) fn resume(&mut self, load: &Load, client: &mut Client) -> Result<()> {
        if self.acks != -1 {
            self.unacked.clear();
        }
        for _ in 0..self.unacked.len() {
            let bytes = self.unacked.front().map(|batch| batch.bytes.clone()).unwrap_or_default();
            client.send_batch((&self.topic.0, self.partition), self.acks, bytes)?;
            self.acknowledged(load, client)?;
        }
        Ok(())
    }

    fn build(&mut self, draw: &mut Draw) -> Batch {
        let (first, count) = (self.next, draw.between(1, 6));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let now = Timestamp(i64::try_from(now).unwrap_or(i64::MAX));
        let mut builder = BatchBuilder::new();
        if self.producer_id >= 0 {
            let sequence = Sequence(i32::try_from(first).expect("a short run"));
            builder = builder.producer(ProducerId(self.producer_id), ProducerEpoch(0), sequence);
        }
        for number in (first..).take(count) {
            let mut value = Vec::with_capacity(self.value_bytes + 12);
            value.extend(self.id.to_be_bytes());
            value.extend(number.to_be_bytes());
            let size = draw.below(self.value_bytes);
            let filler = draw.next().to_ne_bytes();
            value.extend(filler.iter().cycle().take(size));
            let key = key(Origin { stream: self.id, number });
            builder.push(now, Some(&key), Some(&value), &[]);
        }
        self.next += count as u64;
        let codec = if draw.percent(30) { Compression::Lz4 } else { Compression::None };
        Batch { first, count, bytes: builder.build(codec) }
    }
}

/// The key of a record.
pub(crate) fn key(origin: Origin) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&origin.stream.to_be_bytes());
    key[4..].copy_from_slice(&(origin.number % KEYS).to_be_bytes());
    key
}

/// Where a record comes from, by its value.
pub(crate) fn origin(value: &[u8]) -> Option<Origin> {
    let stream = u32::from_be_bytes(value.get(..4)?.try_into().ok()?);
    let number = u64::from_be_bytes(value.get(4..12)?.try_into().ok()?);
    Some(Origin { stream, number })
}
