//! `<offset>.snapshot`: the producers as the batches below `offset` left them, as Kafka writes it. Big-endian:
//!
//! ```text
//!  0  i16  version, 1
//!  2  u32  CRC-32C of everything from 6 on
//!  6  i32  how many producers follow, each:
//!          i64  producer id
//!          i16  its epoch
//!          i32  sequence of its last record, or -1
//!          i64  offset of its last record, or -1
//!          i32  last offset less first offset of its last batch
//!          i64  timestamp of its last batch
//!          i32  epoch of the coordinator that wrote its last marker, or -1
//!          i64  first offset of its open transaction, or -1
//! ```
//! Only the last of a producer's batches survives a snapshot.

use bytes::Buf;
use crc_fast::crc32_iscsi;
use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::Producers;
use super::entry::{BatchTrace, Producer};

const VERSION: i16 = 1;
const HEAD_BYTES: usize = 6;
const ENTRY_BYTES: usize = 46;

impl Producers {
    /// The file's content.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 4 + self.by_id.len() * ENTRY_BYTES);
        bytes.extend(VERSION.to_be_bytes());
        bytes.extend([0; 4]);
        let count =
            i32::try_from(self.by_id.len()).expect("so many producers do not fit in memory");
        bytes.extend(count.to_be_bytes());
        let mut all: Vec<_> = self.by_id.iter().collect();
        all.sort_unstable_by_key(|(id, _)| **id);
        for (id, producer) in all {
            encode_entry(&mut bytes, *id, producer);
        }
        let crc = crc32_iscsi(&bytes[HEAD_BYTES..]);
        bytes[2..HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a file's content, leaving out what has expired. A text says what is wrong with it.
    pub(crate) fn decode(
        mut bytes: &[u8],
        now: Timestamp,
        expiration_ms: i64,
    ) -> Result<Producers, String> {
        if bytes.len() < HEAD_BYTES + 4 {
            return Err(format!("{} bytes are too few", bytes.len()));
        }
        let version = bytes.get_i16();
        if version != VERSION {
            return Err(format!("version {version} is not known"));
        }
        if bytes.get_u32() != crc32_iscsi(bytes) {
            return Err("the checksum does not match".to_owned());
        }
        let count = bytes.get_i32();
        if usize::try_from(count).ok().and_then(|n| n.checked_mul(ENTRY_BYTES)) != Some(bytes.len())
        {
            return Err(format!("{count} producers are not {} bytes", bytes.len()));
        }
        let mut producers = Producers::default();
        while bytes.has_remaining() {
            let (producer_id, producer) = decode_entry(&mut bytes);
            if let Some(first_offset) = producer.transaction_start {
                producers.ongoing.insert(first_offset, None);
            }
            producers.by_id.insert(producer_id, producer);
        }
        producers.expire(now, expiration_ms);
        Ok(producers)
    }
}

fn encode_entry(bytes: &mut Vec<u8>, id: ProducerId, producer: &Producer) {
    let last = producer.batches().last();
    bytes.extend(id.0.to_be_bytes());
    bytes.extend(producer.epoch.0.to_be_bytes());
    bytes.extend(producer.last_sequence().0.to_be_bytes());
    bytes.extend(last.map_or(-1, |batch| batch.last_offset.0).to_be_bytes());
    bytes.extend(last.map_or(0, |batch| batch.offset_delta).to_be_bytes());
    bytes.extend(producer.last_timestamp.0.to_be_bytes());
    bytes.extend(producer.coordinator_epoch.to_be_bytes());
    bytes.extend(producer.transaction_start.map_or(-1, |start| start.0).to_be_bytes());
}

/// Reads one of the `ENTRY_BYTES` that the caller counted.
fn decode_entry(bytes: &mut &[u8]) -> (ProducerId, Producer) {
    let id = ProducerId(bytes.get_i64());
    let mut producer = Producer::new(ProducerEpoch(bytes.get_i16()));
    let last_sequence = Sequence(bytes.get_i32());
    let last_offset = Offset(bytes.get_i64());
    let offset_delta = bytes.get_i32();
    producer.last_timestamp = Timestamp(bytes.get_i64());
    producer.coordinator_epoch = bytes.get_i32();
    producer.transaction_start = Some(Offset(bytes.get_i64())).filter(|start| start.0 >= 0);
    if last_offset.0 >= 0 && offset_delta >= 0 {
        let timestamp = producer.last_timestamp;
        producer.push(BatchTrace { last_sequence, offset_delta, last_offset, timestamp });
    }
    (id, producer)
}
