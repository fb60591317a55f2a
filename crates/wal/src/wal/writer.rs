//! The thread: takes what is queued, writes and syncs it as one chunk, and tells who waits.
//!
//! There is no timer and no delay. A lone entry is written as soon as it comes; what comes while a chunk is being synced
//! is the next chunk, so that chunks grow with the load.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info};
use vltava_model::{PartitionIndex, TopicId};
use vltava_runtime::random_bytes;

use super::Broker;
use super::entry::Lsn;
use super::shared::{Ending, Queued, Shared, Work};
use crate::layout::{CLOSED, Encoder};
use crate::limits::{CHUNK_BYTES_MAX, RETRY_MS};
use crate::{Chunk, Sink, WriteError};

pub(super) struct Writer {
    shared: Arc<Shared>,
    sink: Box<dyn Sink>,
    encoder: Encoder,
    /// What was taken from the queue and is not durable.
    taken: Vec<Queued>,
    /// The entries of each partition in a chunk: the place of the last one.
    last_of: HashMap<(TopicId, PartitionIndex), usize>,
    /// `None` until what was recovered is trimmed.
    trimmed: Option<Lsn>,
    failed: bool,
}

/// The thread has to end.
struct Stop;

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        sink: Box<dyn Sink>,
        next_sequence: u64,
        broker: Broker,
    ) -> Writer {
        let run = u64::from_be_bytes(random_bytes());
        let encoder = Encoder::new(broker.id, broker.epoch, run, next_sequence);
        let (taken, last_of) = Default::default();
        Writer { shared, sink, encoder, taken, last_of, trimmed: None, failed: false }
    }

    pub(super) fn run(mut self) {
        let mut more_to_prepare = true;
        loop {
            let live_bytes = self.sink.live_bytes();
            match self.shared.take(&mut self.taken, live_bytes, !more_to_prepare) {
                Work::Trim(upto) => self.trim(upto),
                Work::Write => {
                    more_to_prepare = true;
                    if self.write_taken().is_err() {
                        self.failed = true;
                        return;
                    }
                }
                Work::Idle => more_to_prepare = self.sink.prepare(),
                Work::End(Ending::Close) => return self.write_closed(),
                Work::End(Ending::Abandon) => return,
            }
        }
    }

    fn trim(&mut self, upto: Lsn) {
        self.sink.trim(upto);
        self.trimmed = self.trimmed.max(Some(upto));
    }

    /// Writes all that was taken, in as many chunks as it takes.
    fn write_taken(&mut self) -> Result<(), Stop> {
        while !self.taken.is_empty() {
            let count = entries_of_a_chunk(&self.taken);
            self.write_chunk(count, 0)?;
            self.tell(count);
            self.taken.drain(..count);
        }
        Ok(())
    }

    /// Makes the first `count` entries durable; waits for space if there is none.
    fn write_chunk(&mut self, count: usize, flags: u16) -> Result<(), Stop> {
        let entries = self.taken[..count].iter();
        let last_lsn = match entries.clone().next_back() {
            Some(last) => last.lsn,
            None => self.shared.last_durable(),
        };
        let entries = entries.map(|queued| &queued.entry);
        let chunk = self.encoder.chunk(entries, last_lsn, flags);
        let mut space = Space { shared: &self.shared, trimmed: &mut self.trimmed, pause_ms: None };
        space.write(&mut *self.sink, &chunk)?;
        self.shared.set_next_sequence(self.encoder.written());
        Ok(())
    }

    /// Tells the partitions first and the waiters then, so that a producer that was answered finds its records.
    fn tell(&mut self, count: usize) {
        let written = &self.taken[..count];
        self.last_of.clear();
        for (place, Queued { entry, .. }) in written.iter().enumerate() {
            self.last_of.insert((entry.topic_id, entry.partition), place);
        }
        for (place, Queued { entry, .. }) in written.iter().enumerate() {
            if self.last_of.get(&(entry.topic_id, entry.partition)) == Some(&place) {
                entry.listener.durable(entry.last_offset().next());
            }
        }
        let last = written.last().expect("a chunk has an entry").lsn;
        self.shared.set_durable(last);
    }

    /// If nothing in the WAL is needed any more, a last chunk says so: the next start has nothing to look for.
    fn write_closed(mut self) {
        if self.trimmed.is_some_and(|upto| upto >= self.shared.last_durable()) {
            // If it cannot be written, the next start looks for itself. Failures are logged.
            let _ = self.write_chunk(0, CLOSED);
        }
    }
}

/// However the thread ends, by a panic too: nobody waits for ever.
impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failed = true;
            error!("the write-ahead log's thread panicked: nothing more is written");
        }
        self.shared.stop(std::mem::take(&mut self.taken), self.failed);
    }
}

/// How many of the entries go into the next chunk: at least one.
fn entries_of_a_chunk(entries: &[Queued]) -> usize {
    let mut bytes = 0;
    let fits = |queued: &&Queued| {
        let before = bytes;
        bytes += queued.entry.size_bytes();
        before < CHUNK_BYTES_MAX
    };
    entries.iter().take_while(fits).count()
}

/// Waiting for space to write a chunk.
struct Space<'a> {
    shared: &'a Shared,
    trimmed: &'a mut Option<Lsn>,
    /// The next pause; `None` before the first.
    pause_ms: Option<u64>,
}

impl Space<'_> {
    fn write(&mut self, sink: &mut dyn Sink, chunk: &Chunk<'_>) -> Result<(), Stop> {
        loop {
            match sink.write(chunk) {
                Ok(()) => {
                    if self.pause_ms.is_some() {
                        info!("the write-ahead log has space again");
                    }
                    return Ok(());
                }
                Err(WriteError::Full(cause)) => self.wait(sink, &cause)?,
                Err(WriteError::Failed { action, source }) => {
                    error!(
                        error = %source,
                        "cannot {action} the write-ahead log: nothing more is written until the broker is started again"
                    );
                    return Err(Stop);
                }
            }
        }
    }

    fn wait(&mut self, sink: &mut dyn Sink, cause: &std::io::Error) -> Result<(), Stop> {
        let (first, longest) = RETRY_MS;
        let pause_ms = self.pause_ms.unwrap_or_else(|| {
            error!(error = %cause, "no space for the write-ahead log: producers wait until there is some");
            first
        });
        self.pause_ms = Some((pause_ms * 2).min(longest));
        match self.shared.pause(Duration::from_millis(pause_ms)) {
            Work::Trim(upto) => {
                sink.trim(upto);
                *self.trimmed = (*self.trimmed).max(Some(upto));
                Ok(())
            }
            Work::End(_) => Err(Stop),
            Work::Idle | Work::Write => Ok(()),
        }
    }
}
