//! Deleting partitions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use vltava_log::remove_folder;

use super::{OpenTopic, Partitions};

impl Partitions {
    /// Takes a topic out and renames its folders; their files go after `file.delete.delay.ms`. Blocks.
    pub(super) fn delete_topic(self: &Arc<Self>, topic: &OpenTopic) {
        self.topics.write().remove(&topic.name);
        for partition in topic.open() {
            let delay = partition.settings().log.file_delete_delay_ms;
            match partition.delete() {
                Ok(path) => self.remove_later(path, delay),
                Err(error) => {
                    tracing::error!(partition = %partition.id(), %error, "cannot delete the partition's folder; the next start sets it aside");
                }
            }
        }
        if let Err(error) = self.write_checkpoints() {
            tracing::error!(%error, "cannot write the offset checkpoints");
        }
    }

    /// Removes a folder after a delay. One that is still there at a stop goes at the next start.
    pub(super) fn remove_later(&self, path: PathBuf, delay_ms: i64) {
        let tasks = self.tasks.clone();
        let delay = Duration::from_millis(u64::try_from(delay_ms).unwrap_or(0));
        self.tasks.spawn(async move {
            tokio::select! {
                () = tasks.stopping() => return,
                () = tokio::time::sleep(delay) => {}
            }
            let removed = tasks.spawn_blocking(move || {
                if let Err(error) = remove_folder(&path) {
                    tracing::warn!(folder = %path.display(), %error, "cannot remove the folder of a deleted partition");
                }
            });
            // Only a panic could make this fail, and it has been reported.
            drop(removed.await);
        });
    }
}
