//! The names of files and folders, as Kafka gives them.

use std::path::{Path, PathBuf};

use vltava_model::{Offset, TopicPartition};

use crate::limits::FILE_NAME_BYTES_MAX;

/// Behind a whole name: the file is deleted, and removed after a while.
pub(crate) const DELETED: &str = ".deleted";
/// Behind a whole name: compaction was writing the file.
pub(crate) const CLEANED: &str = ".cleaned";
/// Behind a whole name: compaction had finished the file, and was putting it in place.
pub(crate) const SWAP: &str = ".swap";
/// Behind a whole name: a file that was being replaced.
pub(crate) const TEMPORARY: &str = ".tmp";
/// The epochs file of a log.
pub(crate) const EPOCHS: &str = "leader-epoch-checkpoint";
/// The file with the topic id.
pub(crate) const METADATA: &str = "partition.metadata";

/// What a file that is named after an offset holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Log,
    OffsetIndex,
    TimeIndex,
    TransactionIndex,
    Snapshot,
}

impl Kind {
    /// All of them that belong to a segment. A snapshot is named after the offset up to which it speaks, which is
    /// mostly the base offset of the segment that was begun then.
    pub(crate) const ALL: [Kind; 5] =
        [Kind::Log, Kind::OffsetIndex, Kind::TimeIndex, Kind::TransactionIndex, Kind::Snapshot];

    fn suffix(self) -> &'static str {
        match self {
            Kind::Log => ".log",
            Kind::OffsetIndex => ".index",
            Kind::TimeIndex => ".timeindex",
            Kind::TransactionIndex => ".txnindex",
            Kind::Snapshot => ".snapshot",
        }
    }
}

/// The path of a file that is named after an offset.
pub(crate) fn path(dir: &Path, offset: Offset, kind: Kind) -> PathBuf {
    dir.join(format!("{:020}{}", offset.0, kind.suffix()))
}

/// The same with something behind it, as `.deleted`.
pub(crate) fn path_with(dir: &Path, offset: Offset, kind: Kind, behind: &str) -> PathBuf {
    dir.join(format!("{:020}{}{behind}", offset.0, kind.suffix()))
}

/// What `name` says, if it is the name of such a file.
pub(crate) fn parse(name: &str) -> Option<(Offset, Kind)> {
    let (digits, _) = name.split_once('.')?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let offset = Offset(digits.parse().ok()?);
    let suffix = &name[digits.len()..];
    Kind::ALL.into_iter().find(|kind| kind.suffix() == suffix).map(|kind| (offset, kind))
}

/// The folder's name once the log is deleted: `topic-partition.<32 hex digits>-delete`, the topic cut so that it fits.
pub(crate) fn deleted_folder(partition: &TopicPartition, id: [u8; 16]) -> String {
    let id = u128::from_be_bytes(id);
    let ending = format!("-{}.{id:032x}-delete", partition.partition);
    let topic = partition.topic.as_str();
    let room = FILE_NAME_BYTES_MAX - ending.len();
    format!("{}{ending}", &topic[..topic.len().min(room)])
}

/// Whether a folder's name is one that [`rename_to_delete`](crate::rename_to_delete) gave: a log that was
/// deleted, and not removed before the last stop.
pub fn is_deleted_folder(name: &str) -> bool {
    let Some((front, id)) = name.strip_suffix("-delete").and_then(|name| name.rsplit_once('.'))
    else {
        return false;
    };
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) && front.contains('-')
}

#[cfg(test)]
mod tests {
    use vltava_model::{PartitionIndex, TopicName};

    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(parse("00000000000000000042.log"), Some((Offset(42), Kind::Log)));
        assert_eq!(parse("00000000000000000042.timeindex"), Some((Offset(42), Kind::TimeIndex)));
        for other in
            ["42.log", "00000000000000000042.log.deleted", "leader-epoch-checkpoint", ".log"]
        {
            assert_eq!(parse(other), None, "{other}");
        }
        let path = path(Path::new("d"), Offset(7), Kind::Snapshot);
        assert_eq!(path, Path::new("d/00000000000000000007.snapshot"));
    }

    #[test]
    fn names_of_deleted_folders() {
        let name = |topic: &str| {
            let partition = TopicPartition::new(TopicName::new(topic).unwrap(), PartitionIndex(12));
            deleted_folder(&partition, [0xab; 16])
        };
        assert_eq!(name("orders"), format!("orders-12.{}-delete", "ab".repeat(16)));
        assert_eq!(name(&"x".repeat(249)).len(), 255);
        assert!(is_deleted_folder(&name("orders")));
        assert!(is_deleted_folder(&name(&"x".repeat(249))));
        for other in ["orders-12", "orders.12-delete", "orders-delete", "a-0.b-delete"] {
            assert!(!is_deleted_folder(other), "{other}");
        }
    }
}
