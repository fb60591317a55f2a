//! The small files at the top of the data folder, as Kafka has them.
//!
//! ```text
//! recovery-point-offset-checkpoint, log-start-offset-checkpoint, replication-offset-checkpoint,
//! cleaner-offset-checkpoint:
//!     0                the version
//!     2                how many lines follow
//!     orders 0 1500    topic, partition, offset
//!     orders 1 0
//! .kafka_cleanshutdown:
//!     {"version":0,"brokerEpoch":-1}
//! meta.properties: see [`MetaProperties`]
//! ```
//! All are replaced as a whole and synced: there is always the old one or the new one.

mod meta;

use std::io;
use std::path::Path;

use vltava_model::{Offset, PartitionIndex, TopicName, TopicPartition};

use crate::files::{self, Durability, invalid};

pub use meta::{META_PROPERTIES, MetaProperties};

/// The name of the file with the recovery points.
pub const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// The name of the file with the log start offsets.
pub const LOG_START_OFFSETS: &str = "log-start-offset-checkpoint";
/// The name of the file with the high watermarks.
pub const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// The name of the file that says up to where compacted logs were cleaned.
pub const CLEANED_OFFSETS: &str = "cleaner-offset-checkpoint";
/// The name of the file that is there after a clean shutdown, and only until the next start.
pub const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";

/// Reads an offset checkpoint; empty if the file is not there. A damaged one is an error of kind `InvalidData` that
/// says what is wrong: to be logged, after which going on without it is safe (more is scanned, less is deleted).
pub fn read_offsets(path: &Path) -> io::Result<Vec<(TopicPartition, Offset)>> {
    let Some(content) = files::read_if_there(path)? else { return Ok(Vec::new()) };
    let damaged = |what: &str| invalid(format!("{}: {what}", path.display()));
    let text = std::str::from_utf8(&content).map_err(|_not_text| damaged("not a text"))?;
    let mut lines = text.lines();
    // Kafka makes the file empty at its first start.
    let Some(version) = lines.next() else { return Ok(Vec::new()) };
    if version != "0" {
        return Err(damaged("the version is not 0"));
    }
    let count: usize = match lines.next().map(str::parse) {
        None => return Ok(Vec::new()),
        Some(Ok(count)) => count,
        Some(Err(_not_a_number)) => return Err(damaged("no count")),
    };
    let entries: Option<Vec<_>> = lines.map(parse_line).collect();
    match entries {
        Some(entries) if entries.len() == count => Ok(entries),
        Some(_) => Err(damaged("the count does not match")),
        None => Err(damaged("a line that is not topic, partition, offset")),
    }
}

fn parse_line(line: &str) -> Option<(TopicPartition, Offset)> {
    let mut words = line.split_ascii_whitespace();
    let topic = TopicName::new(words.next()?).ok()?;
    let partition = PartitionIndex(words.next()?.parse().ok()?);
    let offset = Offset(words.next()?.parse().ok()?);
    words.next().is_none().then_some((TopicPartition::new(topic, partition), offset))
}

/// Replaces an offset checkpoint: by a temporary file, synced, renamed over it, and the folder synced.
pub fn write_offsets<'a>(
    path: &Path,
    entries: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
) -> io::Result<()> {
    let mut lines = String::new();
    let mut count = 0;
    for (TopicPartition { topic, partition }, offset) in entries {
        lines.push_str(&format!("{topic} {partition} {offset}\n"));
        count += 1;
    }
    files::replace(path, format!("0\n{count}\n{lines}").as_bytes(), Durability::Synced)
}

/// Replaces a small file of any content in the same way.
pub fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    files::replace(path, content, Durability::Synced)
}

/// Whether the data folder was shut down cleanly. The file stays; [`remove_clean_shutdown`] takes it away.
pub fn was_clean_shutdown(data_dir: &Path) -> io::Result<bool> {
    data_dir.join(CLEAN_SHUTDOWN).try_exists()
}

/// Makes all files in the data folder durable: by one `syncfs` where the file system is one that does it, instead of several
/// `fsync` for each of ten thousand partitions. Since Linux 5.8 it reports what could not be written.
pub fn sync_all(data_dir: &Path) -> io::Result<()> {
    crate::sync_all::sync_all(data_dir)
}

/// Says that all logs in the data folder were closed. First makes durable what their [`Log::close`](crate::Log::close)
/// wrote.
pub fn write_clean_shutdown(data_dir: &Path) -> io::Result<()> {
    sync_all(data_dir)?;
    let content = br#"{"version":0,"brokerEpoch":-1}"#;
    files::replace(&data_dir.join(CLEAN_SHUTDOWN), content, Durability::Synced)
}

/// Takes the word back, durably, before anything is written. To be called after the logs were opened, so that a crash
/// while they are costs nothing, and before the first write to one of them.
pub fn remove_clean_shutdown(data_dir: &Path) -> io::Result<()> {
    files::remove_if_there(&data_dir.join(CLEAN_SHUTDOWN))?;
    files::sync_folder(data_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(text: &str) -> TopicPartition {
        TopicPartition::parse(text).unwrap()
    }

    #[test]
    fn offsets_are_kafkas() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECOVERY_POINTS);
        assert_eq!(read_offsets(&path).unwrap(), []);
        let entries = [(partition("orders-0"), Offset(1500)), (partition("a-b-1"), Offset(0))];
        write_offsets(&path, entries.iter().map(|(partition, offset)| (partition, *offset)))
            .unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0\n2\norders 0 1500\na-b 1 0\n");
        assert_eq!(read_offsets(&path).unwrap(), entries);
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_offsets(&path).unwrap(), []);
        for damaged in
            ["1\n0\n", "0\nx\n", "0\n1\n", "0\n1\na 0\n", "0\n1\na 0 1 2\n", "0\n1\na/ 0 1\n"]
        {
            std::fs::write(&path, damaged).unwrap();
            let error = read_offsets(&path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{damaged:?}");
        }
    }

    #[test]
    fn clean_shutdown_comes_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!was_clean_shutdown(dir.path()).unwrap());
        write_clean_shutdown(dir.path()).unwrap();
        assert!(was_clean_shutdown(dir.path()).unwrap());
        remove_clean_shutdown(dir.path()).unwrap();
        remove_clean_shutdown(dir.path()).unwrap();
        assert!(!was_clean_shutdown(dir.path()).unwrap());
    }
}
