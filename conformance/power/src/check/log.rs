//! A partition: what is read, and what should be.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use vltava_model::TopicId;
use vltava_protocol::Records;
use vltava_records::{BatchHeader, batches};

use super::Check;
use crate::client::Client;
use crate::facts::{Claim, LogFacts, Origin, Rules, TopicFacts};
use crate::load::{key, origin};

/// A partition as it was read from beginning to end.
pub(super) struct Found {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) records: BTreeMap<i64, Origin>,
    /// The last batch of each idempotent producer: where it stands, and its bytes.
    pub(super) last: HashMap<i64, (BatchHeader, Bytes)>,
    /// The bytes of all batches.
    bytes: u64,
}

/// Timestamps that stand for the log start offset and the high watermark.
const EARLIEST: i64 = -2;
const LATEST: i64 = -1;

/// Reads all that there is, with each CRC.
pub(super) fn read(client: &mut Client, name: &str, place: (TopicId, i32)) -> Result<Found> {
    let (start, end) =
        (client.offset(name, place.1, EARLIEST)?, client.offset(name, place.1, LATEST)?);
    let mut found = Found { start, end, records: BTreeMap::new(), last: HashMap::new(), bytes: 0 };
    let mut next = start;
    while next < end {
        let answer = client.fetch(place, next)?;
        ensure!(answer.error_code == 0, "fetch at {next}: error {}", answer.error_code);
        let Some(Records::Bytes(records)) = answer.records else { bail!("nothing at {next}") };
        let before = next;
        for batch in batches(records).map_while(Result::ok) {
            batch.check_crc().with_context(|| format!("at {next}"))?;
            for record in batch.records()? {
                let record = record?;
                if record.offset.0 >= start {
                    let origin = origin(&record.value.unwrap_or_default());
                    let origin = origin.context("a record of nobody")?;
                    found.records.insert(record.offset.0, origin);
                }
            }
            next = batch.header.next_offset().0;
            found.bytes += batch.bytes.len() as u64;
            if batch.header.producer_id >= 0 {
                let last = (batch.header, batch.bytes);
                found.last.insert(batch.header.producer_id, last);
            }
        }
        ensure!(next > before, "a fetch at {before} below {end} brings no batch");
    }
    Ok(found)
}

impl Check<'_> {
    /// Compares.
    pub(super) fn log(
        &self,
        topic: &TopicFacts,
        facts: Option<&LogFacts>,
        found: &Found,
    ) -> Result<()> {
        let nothing = LogFacts::default();
        let facts = facts.unwrap_or(&nothing);
        self.start(topic, facts, found)?;
        if topic.rules != Rules::Compacted {
            is_dense(found)?;
            // Numbers without a gap; those of producers that are not idempotent may be lost with a connection.
            let is_idempotent = topic.name != "leader";
            follow_each_other(found, is_idempotent)?;
        }
        self.promises(topic, facts, found)
    }

    /// Where the log begins.
    fn start(&self, topic: &TopicFacts, facts: &LogFacts, found: &Found) -> Result<()> {
        let (done, asked) = Claim::bounds(&facts.trims, self.point);
        let (least, most) = (done.unwrap_or(0), asked.unwrap_or(0));
        ensure!(
            found.start >= least,
            "begins at {}, records before {least} were deleted",
            found.start
        );
        match topic.rules {
            Rules::Retained(bytes) => {
                // The end may be gone, where it was not acknowledged: some segment's worth less is left.
                let left = found.bytes + (1 << 20);
                ensure!(found.start == 0 || left >= bytes, "only {} bytes are left", found.bytes);
            }
            _ => ensure!(found.start <= most, "begins at {}, not by {most}", found.start),
        }
        Ok(())
    }

    fn promises(&self, topic: &TopicFacts, facts: &LogFacts, found: &Found) -> Result<()> {
        let latest: BTreeMap<[u8; 12], i64> =
            found.records.iter().map(|(offset, origin)| (key(*origin), *offset)).collect();
        for (offset, known) in facts.records.range(found.start..) {
            let promised = known.promised <= self.point && topic.rules != Rules::Cached;
            match found.records.get(offset) {
                Some(origin) => ensure!(
                    *origin == known.origin,
                    "offset {offset} is {origin:?}, and was {:?}",
                    known.origin
                ),
                None if !promised => {}
                None if topic.rules == Rules::Compacted => {
                    let last = latest.get(&key(known.origin));
                    ensure!(last > Some(offset), "the last record of a key, at {offset}, is gone");
                }
                None => bail!(
                    "offset {offset} ({:?}) was promised at {} and is gone: the log has {} to {}",
                    known.origin,
                    known.promised,
                    found.start,
                    found.end
                ),
            }
        }
        Ok(())
    }
}

fn is_dense(found: &Found) -> Result<()> {
    let mut due = found.start;
    for offset in found.records.keys() {
        ensure!(*offset == due, "offset {offset} follows {}", due - 1);
        due += 1;
    }
    ensure!(due == found.end, "the records end at {due}, the high watermark is {}", found.end);
    Ok(())
}

fn follow_each_other(found: &Found, without_gaps: bool) -> Result<()> {
    let mut last: HashMap<u32, u64> = HashMap::new();
    for (offset, origin) in &found.records {
        let Origin { stream, number } = *origin;
        if let Some(before) = last.insert(stream, number) {
            let follows = number == before + 1 || (!without_gaps && number > before);
            ensure!(follows, "at {offset}: record {number} of stream {stream} follows {before}");
        } else if found.start == 0 && without_gaps {
            ensure!(number == 0, "at {offset}: stream {stream} begins with {number}");
        }
    }
    Ok(())
}
