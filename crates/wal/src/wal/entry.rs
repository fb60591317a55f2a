//! What is submitted.

use std::sync::Arc;

use vltava_model::{Offset, PartitionIndex, TopicId};
use vltava_records::StampedBatch;

/// Numbers the entries submitted since the write-ahead log was opened, from 1. Not kept beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// All that was there at opening: [`trim`](crate::Wal::trim) it once it was replayed and flushed.
    pub const RECOVERED: Lsn = Lsn(0);
}

/// Batches of one partition, with the offsets that it gave them.
pub struct Entry {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition: PartitionIndex,
    /// The batches, at least one, offsets ascending.
    pub batches: Vec<StampedBatch>,
    /// Who is told that they are durable.
    pub listener: Arc<dyn Durable>,
}

impl Entry {
    pub(crate) fn size_bytes(&self) -> u64 {
        let bytes: usize = self.batches.iter().map(StampedBatch::len).sum();
        u64::try_from(bytes).expect("a size in memory fits")
    }

    pub(crate) fn first_offset(&self) -> Offset {
        self.batches.first().expect("an entry has a batch").first_offset()
    }

    pub(crate) fn last_offset(&self) -> Offset {
        self.batches.last().expect("an entry has a batch").last_offset()
    }
}

/// A partition, as the write-ahead log sees it. Called on the WAL's thread, which serves all partitions: must be quick,
/// and must not call back.
pub trait Durable: Send + Sync {
    /// All submitted entries below `end`, the last offset + 1, are durable. `end` grows from call to call.
    fn durable(&self, end: Offset);

    /// What was submitted and not yet reported will not become durable; nor will anything later. May come twice.
    fn failed(&self);
}
