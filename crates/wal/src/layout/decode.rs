//! Reading a chunk back.

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, checksum};
use vltava_model::{Offset, PartitionIndex, TopicId};

use super::{CRC_BYTES, HEADER_BYTES, Header, INDEX_ENTRY_BYTES, field};
use crate::recovered::{RecoveredChunk, RecoveredEntry};

/// Decodes a chunk, whose header was decoded before and which is as long as that says. The error tells what is wrong.
pub(crate) fn decode(header: &Header, chunk: &Bytes) -> Result<RecoveredChunk, &'static str> {
    let (content, crc) = chunk
        .len()
        .checked_sub(CRC_BYTES)
        .and_then(|at| chunk.split_at_checked(at))
        .ok_or("it is too short")?;
    let computed = checksum(CrcAlgorithm::Crc32Iscsi, content);
    if computed != u64::from(u32::from_be_bytes(field(crc, 0))) {
        return Err("its checksum does not match");
    }
    let index_at = usize::try_from(header.batches_length)
        .ok()
        .and_then(|length| length.checked_add(HEADER_BYTES))
        .ok_or("it is too long")?;
    let index = content.get(index_at..).ok_or("its lengths do not fit")?;
    let mut entries = Vec::with_capacity(index.len() / INDEX_ENTRY_BYTES);
    for raw in index.chunks_exact(INDEX_ENTRY_BYTES) {
        entries.push(decode_entry(raw, chunk, index_at).ok_or("its index does not fit")?);
    }
    Ok(RecoveredChunk { sequence: header.sequence, epoch: header.epoch, entries })
}

fn decode_entry(raw: &[u8], chunk: &Bytes, index_at: usize) -> Option<RecoveredEntry> {
    let position = usize::try_from(u64::from_be_bytes(field(raw, 40))).ok()?;
    let length = usize::try_from(u64::from_be_bytes(field(raw, 48))).ok()?;
    let end = position.checked_add(length)?;
    if position < HEADER_BYTES || end > index_at {
        return None;
    }
    Some(RecoveredEntry {
        topic_id: TopicId(field(raw, 0)),
        partition: PartitionIndex(i32::from_be_bytes(field(raw, 16))),
        first_offset: Offset(i64::from_be_bytes(field(raw, 24))),
        last_offset: Offset(i64::from_be_bytes(field(raw, 32))),
        batches: chunk.slice(position..end),
    })
}
