//! Deleting partitions.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use vltava_log::remove_folder;

use super::{OpenTopic, Partitions};

impl Partitions {
    /// Takes a topic out and renames its folders; their files go after `file.delete.delay.ms`. Blocks.
    pub(super) fn delete_topic(self: &Arc<Self>, topic: &OpenTopic) {
        self.topics.write().remove(&topic.name);
        self.last.lock().forget(&topic.name);
        for partition in topic.open() {
            let delay = partition.settings().log.file_delete_delay_ms;
            match partition.delete() {
                Ok(path) => self.remove_later(path, delay),
                Err(error) => {
                    tracing::error!(partition = %partition.id(), %error, "cannot delete the partition's folder; the next start sets it aside");
                }
            }
        }
        // Cleanings have ended with their partitions.
        self.cleaning.forget(&topic.name);
        self.stale_checkpoints.store(true, Ordering::SeqCst);
        self.forget_deleted();
    }

    /// Whether the checkpoints have forgotten all topics that were deleted. If not, none may be opened anew: after a crash,
    /// one of the same name would be taken to begin where the deleted one did. Blocks.
    pub(super) fn forget_deleted(&self) -> bool {
        let forgotten =
            !self.stale_checkpoints.load(Ordering::SeqCst) || self.log_checkpoint_failure();
        if forgotten {
            self.stale_checkpoints.store(false, Ordering::SeqCst);
        }
        forgotten
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
