//! Chunks in memory, for tests.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::layout::{HEADER_BYTES, Header, decode};
use crate::recovered::RecoveredChunk;
use crate::{Broker, Chunk, Lsn, OpenError, ReadBack, Recovered, Sink, WriteError};

/// Keeps chunks beyond the life of a [`MemorySink`], as a disk would. Cheap to clone.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    chunks: VecDeque<StoredChunk>,
    /// How often it was opened. Only the latest sink may write.
    opens: u64,
    /// The number of the last chunk that was ever whole.
    last_sequence: u64,
}

struct StoredChunk {
    sequence: u64,
    last_lsn: Lsn,
    bytes: Bytes,
}

impl MemoryStore {
    /// Without a chunk.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Opens it as files are opened. Sinks from before can no longer write.
    pub fn open(&self, broker: Broker) -> Result<(MemorySink, Recovered), OpenError> {
        let mut stored = self.0.lock();
        let mut chunks = Vec::new();
        let mut last_sequence = stored.last_sequence;
        let mut torn: Option<(u64, &'static str)> = None;
        for chunk in &mut stored.chunks {
            match (read(&chunk.bytes, broker), torn) {
                (Ok(_), Some((sequence, reason))) => {
                    return Err(OpenError::Damaged {
                        path: PathBuf::from("memory"),
                        position: 0,
                        sequence,
                        reason,
                    });
                }
                (Ok(content), None) => {
                    last_sequence = content.sequence;
                    chunks.push(Ok(content));
                }
                (Err(reason), _) => torn = torn.or(Some((chunk.sequence, reason))),
            }
            chunk.last_lsn = Lsn::RECOVERED;
        }
        stored.chunks.truncate(chunks.len());
        stored.opens += 1;
        let sink = MemorySink { store: self.clone(), open: stored.opens, broker };
        stored.last_sequence = last_sequence;
        let next_sequence = last_sequence + 1;
        Ok((sink, Recovered { next_sequence, chunks: Box::new(chunks.into_iter()) }))
    }

    /// The numbers of the chunks that are there.
    pub fn sequences(&self) -> Vec<u64> {
        self.0.lock().chunks.iter().map(|chunk| chunk.sequence).collect()
    }

    /// Changes a byte of a chunk.
    ///
    /// # Panics
    /// If there is no such chunk, or no such byte in it.
    pub fn damage(&self, sequence: u64, position: usize) {
        let mut stored = self.0.lock();
        let mut chunks = stored.chunks.iter_mut();
        let chunk = chunks.find(|chunk| chunk.sequence == sequence).expect("the test knows it");
        let mut bytes = chunk.bytes.to_vec();
        bytes[position] ^= 0x55;
        chunk.bytes = bytes.into();
    }
}

fn read(bytes: &Bytes, broker: Broker) -> Result<RecoveredChunk, &'static str> {
    let raw: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or("it is too short")?;
    let header = Header::decode(raw).map_err(|_other| "it has no header")?;
    let length = usize::try_from(header.length).ok().filter(|length| *length <= bytes.len());
    let chunk = decode(&header, &bytes.slice(..length.ok_or("it is too short")?))?;
    if header.broker_id == broker.id { Ok(chunk) } else { Err("it belongs to another broker") }
}

/// Writes to a [`MemoryStore`].
pub struct MemorySink {
    store: MemoryStore,
    open: u64,
    broker: Broker,
}

impl Sink for MemorySink {
    fn write(&mut self, chunk: &Chunk<'_>) -> Result<(), WriteError> {
        let mut stored = self.store.0.lock();
        if stored.opens != self.open {
            let source = io::Error::other("the store was opened again");
            return Err(WriteError::Failed { action: "write", source });
        }
        let bytes: Vec<u8> = chunk.slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let whole = u64::try_from(bytes.len()).is_ok_and(|length| length == chunk.length);
        let (sequence, last_lsn) = (chunk.sequence, chunk.last_lsn);
        stored.chunks.push_back(StoredChunk { sequence, last_lsn, bytes: bytes.into() });
        if whole {
            stored.last_sequence = sequence;
        }
        Ok(())
    }

    fn trim(&mut self, upto: Lsn) {
        let mut stored = self.store.0.lock();
        while stored.chunks.pop_front_if(|chunk| chunk.last_lsn <= upto).is_some() {}
    }

    fn prepare(&mut self) -> bool {
        false
    }

    fn live_bytes(&self) -> u64 {
        let stored = self.store.0.lock();
        stored.chunks.iter().filter_map(|chunk| u64::try_from(chunk.bytes.len()).ok()).sum()
    }

    fn read_back(&self) -> ReadBack {
        let (store, broker) = (self.store.clone(), self.broker);
        Box::new(move |next_sequence| {
            let stored = store.0.lock();
            let below = stored.chunks.iter().filter(|chunk| chunk.sequence < next_sequence);
            let chunks: Vec<_> = below
                .map(|chunk| {
                    read(&chunk.bytes, broker).map_err(|reason| OpenError::Damaged {
                        path: PathBuf::from("memory"),
                        position: 0,
                        sequence: chunk.sequence,
                        reason,
                    })
                })
                .collect();
            Ok(Recovered { next_sequence, chunks: Box::new(chunks.into_iter()) })
        })
    }
}
