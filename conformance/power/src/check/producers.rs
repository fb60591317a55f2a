//! Idempotent producers go on after the crash: what they repeat is known, what comes next is taken.

use anyhow::{Context, Result, ensure};
use bytes::{Bytes, BytesMut};
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_records::{BatchBuilder, BatchHeader, Compression};

use super::log::Found;
use crate::client::Client;

/// Each producer sends its last batch again, and the next one.
pub(super) fn go_on(client: &mut Client, topic: &str, partition: i32, found: &Found) -> Result<()> {
    for (end, (producer, (header, bytes))) in (found.end..).zip(&found.last) {
        let repeated = produce(client, (topic, partition), unplaced(bytes))
            .with_context(|| format!("producer {producer} repeats {}", header.base_sequence))?;
        ensure!(
            repeated == header.base_offset,
            "producer {producer}'s batch at {} is at {repeated} when repeated",
            header.base_offset
        );
        let next = produce(client, (topic, partition), following(header))
            .with_context(|| format!("producer {producer} goes on after {header:?}"))?;
        ensure!(next == end, "producer {producer} goes on at {next}, the end was {end}");
    }
    Ok(())
}

fn produce(client: &mut Client, place: (&str, i32), batch: Bytes) -> Result<i64> {
    client.send_batch(place, -1, batch)?;
    let (error, offset) = client.produced()?;
    ensure!(error == 0, "error {error}");
    Ok(offset)
}

/// The batch as its producer sent it: offset and leader epoch are not part of its CRC.
fn unplaced(batch: &Bytes) -> Bytes {
    let mut bytes = BytesMut::from(&batch[..]);
    bytes[..8].fill(0);
    bytes[12..16].fill(0xff);
    bytes.freeze()
}

fn following(header: &BatchHeader) -> Bytes {
    let sequence = Sequence(header.base_sequence).plus(header.last_offset_delta + 1);
    let (id, epoch) = (ProducerId(header.producer_id), ProducerEpoch(header.producer_epoch));
    let mut builder = BatchBuilder::new().producer(id, epoch, sequence);
    builder.push(Timestamp(header.max_timestamp), Some(b"key"), Some(b"goes on"), &[]);
    builder.build(Compression::None)
}
