//! Writing a chunk.

use std::io::IoSlice;

use crc_fast::{CrcAlgorithm, Digest};
use vltava_model::BrokerId;

use super::{CRC_BYTES, HEADER_BYTES, Header, INDEX_ENTRY_BYTES, chunk_length};
use crate::limits::CHUNK_ALIGN;
use crate::wal::Entry;
use crate::{Chunk, Lsn};

/// Puts chunks together, in order. The batches stay where they are.
pub(crate) struct Encoder {
    broker_id: BrokerId,
    epoch: i64,
    run: u64,
    next_sequence: u64,
    head: [u8; HEADER_BYTES],
    /// Index, CRC and padding.
    tail: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(broker_id: BrokerId, epoch: i64, run: u64, next_sequence: u64) -> Encoder {
        Encoder { broker_id, epoch, run, next_sequence, head: [0; HEADER_BYTES], tail: Vec::new() }
    }

    /// The chunk with the next sequence number. It gets this number again until [`Encoder::written`].
    pub(crate) fn chunk<'a, E>(&'a mut self, entries: E, last_lsn: Lsn, flags: u16) -> Chunk<'a>
    where
        E: ExactSizeIterator<Item = &'a Entry> + Clone,
    {
        let batches_length = self.encode_index(entries.clone());
        let count = u32::try_from(entries.len()).expect("a chunk's entries fit into memory");
        let header = Header {
            flags,
            broker_id: self.broker_id,
            epoch: self.epoch,
            run: self.run,
            sequence: self.next_sequence,
            length: chunk_length(batches_length, count).expect("a chunk fits into memory"),
            batches_length,
            entries: count,
        };
        self.head = header.encode();
        let crc = self.checksum(entries.clone());
        self.tail.extend_from_slice(&crc.to_be_bytes());
        let padded = header.length.next_multiple_of(CHUNK_ALIGN);
        let padding = usize::try_from(padded - header.length).expect("less than a page");
        self.tail.resize(self.tail.len() + padding, 0);

        let batches = entries.clone().map(|entry| entry.batches.len()).sum::<usize>();
        let mut slices = Vec::with_capacity(2 * batches + 2);
        slices.push(IoSlice::new(&self.head));
        for batch in entries.flat_map(|entry| &entry.batches) {
            slices.extend(batch.parts().map(IoSlice::new));
        }
        slices.push(IoSlice::new(&self.tail));
        Chunk { sequence: header.sequence, last_lsn, slices, length: padded }
    }

    /// The chunk is there: the next one gets the next number, which is returned.
    pub(crate) fn written(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    /// Fills `tail` with the index; returns the length of all batches.
    fn encode_index<'a>(&mut self, entries: impl ExactSizeIterator<Item = &'a Entry>) -> u64 {
        self.tail.clear();
        self.tail.reserve(entries.len() * INDEX_ENTRY_BYTES + CRC_BYTES + 4096);
        let head = u64::try_from(HEADER_BYTES).expect("64 fits");
        let mut position = head;
        for entry in entries {
            let length = entry.size_bytes();
            let count = u32::try_from(entry.batches.len()).expect("batches fit into memory");
            self.tail.extend_from_slice(&entry.topic_id.0);
            self.tail.extend_from_slice(&entry.partition.0.to_be_bytes());
            self.tail.extend_from_slice(&count.to_be_bytes());
            self.tail.extend_from_slice(&entry.first_offset().0.to_be_bytes());
            self.tail.extend_from_slice(&entry.last_offset().0.to_be_bytes());
            self.tail.extend_from_slice(&position.to_be_bytes());
            self.tail.extend_from_slice(&length.to_be_bytes());
            position += length;
        }
        position - head
    }

    fn checksum<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> u32 {
        let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
        digest.update(&self.head);
        for batch in entries.flat_map(|entry| &entry.batches) {
            for part in batch.parts() {
                digest.update(part);
            }
        }
        digest.update(&self.tail);
        u32::try_from(digest.finalize()).expect("a CRC-32 has 32 bits")
    }
}
