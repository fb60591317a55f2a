//! A log's folder: made, marked with its topic's id, and removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use vltava_model::{TopicId, TopicPartition};

use crate::errors::{OpenError, WriteError};
use crate::files::{self, Durability};
use crate::names;

/// Makes the folder if it is missing; says whether it was. The folder above must be there.
pub(crate) fn make(dir: &Path) -> Result<bool, OpenError> {
    match fs::create_dir(dir) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(OpenError::io("make", dir)(error)),
    }
}

/// Sees to it that the folder belongs to the topic, by `partition.metadata`:
///
/// ```text
/// version: 0
/// topic_id: MkU3OEVBNTcwNTJENDM2Qg
/// ```
/// [`TopicId::ZERO`] belongs everywhere, for tools that look at folders.
pub(crate) fn check_topic_id(dir: &Path, expected: TopicId) -> Result<(), OpenError> {
    if expected == TopicId::ZERO {
        return Ok(());
    }
    let path = dir.join(names::METADATA);
    let content = files::read_if_there(&path).map_err(OpenError::io("read", &path))?;
    // Damage that leaves nothing to go by.
    let content = content.filter(|content| content.iter().any(|byte| *byte != 0));
    let Some(content) = content else {
        // Should a power cut bring back the folder of an earlier topic of the name, it must be known for what it is.
        let content = format!("version: 0\ntopic_id: {expected}");
        return files::replace(&path, content.as_bytes(), Durability::Content)
            .map_err(OpenError::io("write", &path));
    };
    match parse_topic_id(&content) {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(OpenError::OtherTopic { path, expected, found }),
        None => Err(OpenError::Damaged { path, reason: "it names no topic id".to_owned() }),
    }
}

fn parse_topic_id(content: &[u8]) -> Option<TopicId> {
    let mut lines = std::str::from_utf8(content).ok()?.lines();
    let version = lines.next()?.strip_prefix("version:")?;
    let id = lines.next()?.strip_prefix("topic_id:")?;
    if version.trim() == "0" { TopicId::parse(id.trim()) } else { None }
}

/// The id of the topic that the folder belongs to; `None` if it does not say.
pub fn read_topic_id(dir: &Path) -> io::Result<Option<TopicId>> {
    let content = files::read_if_there(&dir.join(names::METADATA))?;
    Ok(content.and_then(|content| parse_topic_id(&content)))
}

/// Renames a log's folder to `topic-partition.<32 hex digits>-delete`. Returns the new path, for [`remove_folder`] after
/// `file.delete.delay.ms`; `None` if there is no folder. Not synced: should the old name come back after a power cut, the
/// folder is that of a topic which is no more, and set aside; see [`sync_names`].
pub fn rename_to_delete(
    dir: &Path,
    partition: &TopicPartition,
    id: [u8; 16],
) -> Result<Option<PathBuf>, WriteError> {
    let to = dir.with_file_name(names::deleted_folder(partition, id));
    match fs::rename(dir, &to) {
        Ok(()) => Ok(Some(to)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(WriteError::io("rename", dir)(error)),
    }
}

/// Makes the names of the logs' folders durable, once for all that were renamed.
pub fn sync_names(data_dir: &Path) -> io::Result<()> {
    files::sync_folder(data_dir)
}

/// Removes a deleted log's folder and all in it; a folder that is gone already is no error.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_topic() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (TopicId([1; 16]), TopicId([2; 16]));
        let path = dir.path().join(names::METADATA);
        assert_eq!(read_topic_id(dir.path()).unwrap(), None);
        check_topic_id(dir.path(), TopicId::ZERO).unwrap();
        assert!(!path.exists());
        check_topic_id(dir.path(), one).unwrap();
        check_topic_id(dir.path(), one).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("version: 0\ntopic_id: {one}"));
        assert_eq!(read_topic_id(dir.path()).unwrap(), Some(one));
        let other = check_topic_id(dir.path(), two).unwrap_err();
        assert!(matches!(other, OpenError::OtherTopic { found, .. } if found == one));
        fs::write(&path, "version: 7\n").unwrap();
        let damaged = check_topic_id(dir.path(), one).unwrap_err();
        assert!(matches!(damaged, OpenError::Damaged { .. }));
        fs::write(&path, [0; 46]).unwrap();
        check_topic_id(dir.path(), one).unwrap();
        assert_eq!(read_topic_id(dir.path()).unwrap(), Some(one));
    }
}
