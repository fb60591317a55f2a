//! A broker over a folder that was harmed at rest: it does not panic, does not serve other records than those that were there, and
//! says which file is at fault if it does not start.

use anyhow::{Context, Result, bail, ensure};
use vltava_protocol::Records;
use vltava_records::batches;

use super::Check;
use crate::client::Client;
use crate::disk::Disk;
use crate::facts::{LogFacts, TopicFacts};
use crate::harm::Harm;
use crate::load::origin;
use crate::mount::Mount;

/// Error codes with which a partition says that it is not well: OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION,
/// LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR.
const UNWELL: [i16; 6] = [1, 2, 3, 5, 6, 56];

/// The timestamp that stands for the log start offset.
const EARLIEST: i64 = -2;

impl Check<'_> {
    /// Starts a broker and reads all that it serves.
    pub(crate) fn run_harmed(&self, disk: Disk, harm: &Harm) -> Result<()> {
        let mount = Mount::new(disk, self.mount, 0)?;
        let mut broker = match self.start.start_harmed(mount.path(), self.log) {
            Ok(broker) => broker,
            Err(error) => return is_helpful(&format!("{error:#}"), harm),
        };
        let client = broker.client().and_then(|mut client| self.read_all(&mut client));
        let complaints = broker.complaints().join("\n");
        ensure!(!complaints.contains("panicked"), "{complaints}");
        ensure!(broker.is_running(), "the broker is gone");
        client
    }

    fn read_all(&self, client: &mut Client) -> Result<()> {
        let listed = client.topics()?;
        for topic in self.facts.topics.iter().filter(|topic| listed.contains_key(&topic.id)) {
            for (partition, facts) in &topic.logs {
                read(client, topic, *partition, facts)
                    .with_context(|| format!("{}-{partition}", topic.name))?;
            }
        }
        for (group, topic) in self.facts.commits.keys() {
            // An error is an answer, too.
            drop(client.committed(group, topic));
        }
        Ok(())
    }
}

/// Reads until the partition says that it cannot. A batch whose CRC is wrong is one that clients refuse.
fn read(client: &mut Client, topic: &TopicFacts, partition: i32, facts: &LogFacts) -> Result<()> {
    let Ok(mut next) = client.offset(&topic.name, partition, EARLIEST) else { return Ok(()) };
    loop {
        let answer = client.fetch((topic.id, partition), next)?;
        match answer.error_code {
            0 => {}
            code if UNWELL.contains(&code) => return Ok(()),
            code => bail!("fetch at {next}: error {code}"),
        }
        let Some(Records::Bytes(records)) = answer.records else { return Ok(()) };
        let before = next;
        for batch in batches(records).map_while(Result::ok) {
            if batch.check_crc().is_err() {
                return Ok(());
            }
            for record in batch.records()? {
                let record = record?;
                let offset = record.offset.0;
                let found =
                    origin(&record.value.unwrap_or_default()).context("a foreign record")?;
                if let Some(known) = facts.records.get(&offset) {
                    ensure!(found == known.origin, "{offset} is {found:?}, was {known:?}");
                }
            }
            next = batch.header.next_offset().0;
        }
        if next <= before {
            return Ok(());
        }
    }
}

/// Whether a refusal names the file, or the folder that it was in.
fn is_helpful(error: &str, harm: &Harm) -> Result<()> {
    let name = harm.path.rsplit('/').next().unwrap_or(&harm.path);
    ensure!(!error.contains("panicked"), "{error}");
    ensure!(error.contains(name), "refused without naming {name}: {error}");
    Ok(())
}
