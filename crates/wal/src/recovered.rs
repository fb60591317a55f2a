//! What a write-ahead log held when it was opened.

use bytes::Bytes;
use vltava_model::{Offset, PartitionIndex, TopicId};

use crate::OpenError;

/// The chunks that were there, oldest first, read as they are asked for. A chunk that was not written to its end is not
/// among them: nobody was told that it is durable.
pub struct Recovered {
    pub(crate) next_sequence: u64,
    pub(crate) chunks: Box<dyn Iterator<Item = Result<RecoveredChunk, OpenError>> + Send>,
}

/// One chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredChunk {
    /// Its sequence number.
    pub sequence: u64,
    /// The epoch of the broker that wrote it.
    pub epoch: i64,
    /// The entries, in the order of their submission.
    pub entries: Vec<RecoveredEntry>,
}

/// Batches of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredEntry {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition: PartitionIndex,
    /// The first batch's base offset.
    pub first_offset: Offset,
    /// The last batch's last offset.
    pub last_offset: Offset,
    /// The batches as they were submitted, one behind the other.
    pub batches: Bytes,
}

impl Recovered {
    /// The number that the next chunk gets.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }
}

impl Iterator for Recovered {
    type Item = Result<RecoveredChunk, OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.chunks.next()
    }
}
