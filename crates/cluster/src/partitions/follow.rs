//! Keeping the partitions in step with the metadata.

use std::collections::BTreeSet;
use std::sync::Arc;

use vltava_metadata::Image;
use vltava_model::TopicName;

use super::Partitions;
use super::topic::{OpenTopic, State};

impl Partitions {
    /// Adds, enlarges, configures and deletes these topics so that they are as `image` has them. New partitions are not
    /// opened before somebody asks for them.
    pub(crate) async fn follow(self: &Arc<Self>, image: Arc<Image>, names: BTreeSet<TopicName>) {
        let _following = self.following.lock().await;
        let partitions = Arc::clone(self);
        let work = move || {
            let mut deleted = false;
            for name in &names {
                deleted |= partitions.follow_topic(&image, name);
            }
            if deleted {
                // The checkpoints go by name, and another topic may get it.
                partitions.log_checkpoint_failure();
            }
        };
        if let Err(error) = self.tasks.spawn_blocking(work).await {
            tracing::error!(%error, "could not follow a change of the metadata");
        }
    }

    /// Returns whether a topic of that name was deleted.
    fn follow_topic(self: &Arc<Self>, image: &Image, name: &TopicName) -> bool {
        let known = self.topics.read().by_name.get(name).cloned();
        let topic = image.topic(name.as_str());
        let is_gone = |known: &&Arc<OpenTopic>| topic.is_none_or(|topic| topic.id != known.id);
        let deleted = known.as_ref().filter(is_gone);
        if let Some(deleted) = deleted {
            self.delete_topic(deleted);
        }
        let was_deleted = deleted.is_some();
        let Some(topic) = topic else { return was_deleted };
        let known = known.filter(|known| known.id == topic.id);
        let settings = self.settings_of(image, topic.name.as_str());
        if let Some(known) = &known {
            known.set_settings(settings.clone());
            self.configure(known);
        }
        if known.as_ref().is_none_or(|known| known.len() < topic.partitions.len()) {
            let topic = OpenTopic::new(image, topic, settings, known.as_deref());
            self.topics.write().insert(Arc::new(topic));
        }
        was_deleted
    }

    /// Lets the open partitions of a topic take its settings; the others are looked at by the next retention run, which may
    /// find more to do than was foreseen.
    fn configure(&self, topic: &OpenTopic) {
        for (_, slot) in topic.indexed() {
            let open = match &mut *slot.lock() {
                State::Open { partition, .. } => Arc::clone(partition),
                State::Closed(closed) => {
                    closed.expires = Some(self.clock.now());
                    continue;
                }
                State::Unused | State::Left(_) | State::Failed(_) | State::Gone => continue,
            };
            if let Err(error) = open.configure(topic.settings()) {
                tracing::warn!(partition = %open.id(), %error, "the partition did not take its new settings");
            }
        }
    }
}
