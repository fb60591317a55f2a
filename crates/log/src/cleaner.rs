//! Log compaction: of each key the newest record stays.
//!
//! A cleaning of a log ([`Round`]) has two passes, as in Kafka. The first reads the *dirty* part, what came since the last
//! cleaning, and notes for each key the offset of its newest record in a map of bounded size ([`OffsetMap`]). The second
//! copies all segments up to there, group by group, into new ones: records that the map knows a newer one for are left out,
//! and so are tombstones and transaction markers whose delete horizon (KIP-534) is over, and records of transactions that
//! were aborted. A group's new segment is written beside (`.cleaned`), synced, made ready (`.swap`) and then takes the place
//! of the group under the log's lock ([`Log::swap_in`](crate::Log::swap_in)); nothing else here needs that lock.
//!
//! Where the map is full before the dirty part ends, the round ends there and the next one goes on.
//!
//! - **Invariant:** offsets, and the last sequence of each active producer, are the same before and after.
//! - **Invariant:** until the swap, a crash or an error leaves the log as it was; after it, what the group was is made up of
//!   the new segment, whatever the crash left of the old ones.

mod copy;
mod error;
mod filter;
mod group;
mod keys;
mod offset_map;
mod pace;
mod plan;
mod source;
mod target;
mod transactions;

use std::sync::Arc;

use vltava_model::{Offset, Timestamp};

use crate::producers::LastRecords;
use crate::segment::Segment;
use offset_map::OffsetMap;
use transactions::CleanedTransactions;

pub use error::CleanError;
pub use pace::{NoPace, Pace};
pub use plan::{CleaningView, ToClean};
pub use target::CleanedSegment;

/// What a cleaner may use: the broker's `log.cleaner.…` properties, each thread's share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CleanerSettings {
    /// `log.cleaner.dedupe.buffer.size`: bytes of the map from keys to offsets.
    pub dedupe_buffer_bytes: u64,
    /// `log.cleaner.io.buffer.load.factor`: what part of the map may be full.
    pub load_factor: f64,
    /// `log.cleaner.io.buffer.size`: bytes read at once. More are taken for a batch that is larger.
    pub io_buffer_bytes: usize,
}

impl Default for CleanerSettings {
    fn default() -> CleanerSettings {
        CleanerSettings {
            dedupe_buffer_bytes: 128 << 20,
            load_factor: 0.9,
            io_buffer_bytes: 256 << 10,
        }
    }
}

/// What a cleaning did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleaningStats {
    /// Keys in the map.
    pub keys: usize,
    /// Bytes of the segments that were copied.
    pub bytes_before: u64,
    /// Bytes of those that took their place.
    pub bytes_after: u64,
}

/// One cleaning of one log.
#[derive(Debug)]
pub struct Round {
    plan: ToClean,
    map: OffsetMap,
    transactions: CleanedTransactions,
    /// What is left to do, the next one last.
    groups: Vec<Vec<Arc<Segment>>>,
    buffer: Vec<u8>,
    now: Timestamp,
    stats: CleaningStats,
}

impl Round {
    /// Reads the dirty part into the map. Blocks for long.
    pub fn begin(
        plan: ToClean,
        settings: CleanerSettings,
        now: Timestamp,
        pace: &dyn Pace,
    ) -> Result<Round, CleanError> {
        let mut buffer = vec![0; settings.io_buffer_bytes.max(source::BUFFER_BYTES_MIN)];
        let map = keys::read(&plan, settings, &mut buffer, pace)?;
        let mut groups = group::groups(&plan, map.latest().next())?;
        groups.reverse();
        let stats = CleaningStats { keys: map.len(), ..CleaningStats::default() };
        let transactions = CleanedTransactions::default();
        Ok(Round { plan, map, transactions, groups, buffer, now, stats })
    }

    /// The next group of segments to be cleaned; `None` at the end.
    pub fn next_group(&mut self) -> Option<Vec<Arc<Segment>>> {
        self.groups.pop()
    }

    /// Copies what stays of a group. `last_records` are the log's producers as they are now. The new segment waits to be
    /// swapped in; `None` where nothing would change. Blocks for long.
    pub fn clean(
        &mut self,
        group: &[Arc<Segment>],
        last_records: &LastRecords,
        pace: &dyn Pace,
    ) -> Result<Option<CleanedSegment>, CleanError> {
        let before: u64 = group.iter().map(|segment| u64::from(segment.size_bytes())).sum();
        let cleaned = copy::copy(self, group, last_records, pace)?;
        self.stats.bytes_before += before;
        self.stats.bytes_after +=
            cleaned.as_ref().map_or(before, |cleaned| u64::from(cleaned.size_bytes()));
        Ok(cleaned)
    }

    /// The first offset that this round did not look at: where the next one begins.
    pub fn end_offset(&self) -> Offset {
        self.map.latest().next()
    }

    /// What was done so far.
    pub fn stats(&self) -> CleaningStats {
        self.stats
    }
}
