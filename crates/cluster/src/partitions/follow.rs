//! Keeping the open partitions in step with the metadata.

use std::collections::BTreeSet;
use std::sync::Arc;

use vltava_metadata::{Image, Topic};
use vltava_model::TopicName;

use super::checkpoints::LastRun;
use super::{OpenTopic, Partitions, Slot};

impl Partitions {
    /// Opens, enlarges, configures and deletes the partitions of these topics so that they are as `image` has them.
    pub(crate) async fn follow(self: &Arc<Self>, image: Arc<Image>, names: BTreeSet<TopicName>) {
        let _following = self.following.lock().await;
        let partitions = Arc::clone(self);
        let work = move || {
            for name in &names {
                partitions.follow_topic(&image, name);
            }
        };
        if let Err(error) = self.tasks.spawn_blocking(work).await {
            tracing::error!(%error, "could not follow a change of the metadata");
        }
    }

    fn follow_topic(self: &Arc<Self>, image: &Image, name: &TopicName) {
        let open = self.topics.read().by_name.get(name).cloned();
        let topic = image.topic(name.as_str());
        if let Some(open) = &open
            && topic.is_none_or(|topic| topic.id != open.id)
        {
            self.delete_topic(open);
        }
        let Some(topic) = topic else { return };
        let open = open.filter(|open| open.id == topic.id);
        if let Some(open) = &open {
            self.configure(image, open);
        }
        let known = open.as_ref().map_or(&[][..], |open| &open.partitions);
        if known.len() == topic.partitions.len() {
            return;
        }
        if self.forget_deleted() {
            self.add(self.open_new(image, topic, known));
        } else {
            tracing::error!(topic = %topic.name, "new partitions are not served until the next start: the offset checkpoints may have others of their names");
            self.add(OpenTopic::failing(topic, known));
        }
    }

    /// Opens partitions that were never open before, and starts them.
    fn open_new(&self, image: &Image, topic: &Topic, open: &[Slot]) -> OpenTopic {
        let nothing = LastRun::default();
        let mut opened = self.open_topic(image, topic, open, &nothing);
        for slot in opened.partitions.iter_mut().skip(open.len()) {
            let Slot::Open(partition) = slot else { continue };
            if let Err(error) = partition.start() {
                tracing::error!(partition = %partition.id(), %error, "cannot start the partition; it is not served until the next start");
                *slot = Slot::Failed;
            }
        }
        opened
    }

    fn add(&self, topic: OpenTopic) {
        self.topics.write().insert(Arc::new(topic));
    }

    fn configure(&self, image: &Image, topic: &OpenTopic) {
        let settings = self.settings_of(image, topic.name.as_str());
        for partition in topic.open() {
            if let Err(error) = partition.configure(settings.clone()) {
                tracing::warn!(partition = %partition.id(), %error, "the partition did not take its new settings");
            }
        }
    }
}
