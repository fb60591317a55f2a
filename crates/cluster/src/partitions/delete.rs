//! Deleting partitions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use vltava_log::{remove_folder, rename_to_delete, sync_names};
use vltava_model::PartitionIndex;
use vltava_runtime::random_bytes;

use super::Partitions;
use super::open::Chain;
use super::topic::{OpenTopic, State};

impl Partitions {
    /// Takes a topic out and renames its folders; their files go after `file.delete.delay.ms`. Blocks.
    pub(super) fn delete_topic(self: &Arc<Self>, topic: &OpenTopic) {
        self.topics.write().remove(&topic.name);
        let mut folders = Vec::new();
        for (index, slot) in topic.indexed() {
            let state = std::mem::replace(&mut *slot.lock(), State::Gone);
            folders.extend(self.delete_partition(topic, index, state));
        }
        // Else the old names may come back after a power cut, of a topic that nobody knows any more.
        if let Err(error) = sync_names(&self.folder) {
            tracing::error!(topic = %topic.name, %error, "cannot sync the names of a deleted topic's folders; after a power cut they are set aside");
        }
        // Cleanings have ended with their partitions.
        self.cleaning.forget(&topic.name);
        self.remove_later(folders, topic.settings().log.file_delete_delay_ms);
    }

    /// Returns what the folder is called now, if there is one. What cannot be renamed is set aside at the next start.
    fn delete_partition(
        &self,
        topic: &OpenTopic,
        index: PartitionIndex,
        state: State,
    ) -> Option<PathBuf> {
        if let State::Open { partition, .. } = state {
            self.open.lock().remove(&(topic.id, index));
            return partition.delete().unwrap_or_else(|error| {
                tracing::error!(partition = %partition.id(), %error, "cannot delete the partition's folder; the next start sets it aside");
                None
            });
        }
        let id = topic.partition_id(index);
        let folder = self.folder.join(id.to_string());
        rename_to_delete(&folder, &id, random_bytes()).unwrap_or_else(|error| {
            tracing::error!(partition = %id, error = %Chain(&error), "cannot delete the partition's folder; the next start sets it aside");
            None
        })
    }

    /// Removes folders after a delay. What is still there at a stop goes at the next start.
    pub(super) fn remove_later(&self, folders: Vec<PathBuf>, delay_ms: i64) {
        if folders.is_empty() {
            return;
        }
        let tasks = self.tasks.clone();
        let delay = Duration::from_millis(u64::try_from(delay_ms).unwrap_or(0));
        self.tasks.spawn(async move {
            tokio::select! {
                () = tasks.stopping() => return,
                () = tokio::time::sleep(delay) => {}
            }
            let stopping = tasks.clone();
            let removed = tasks.spawn_blocking(move || {
                for path in folders.iter().take_while(|_| !stopping.is_stopping()) {
                    if let Err(error) = remove_folder(path) {
                        tracing::warn!(folder = %path.display(), %error, "cannot remove the folder of a deleted partition");
                    }
                }
            });
            // Only a panic could make this fail, and it has been reported.
            drop(removed.await);
        });
    }
}
