//! DeleteTopics.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;
use vltava_model::TopicId;

use crate::image::{Image, Topic};
use crate::keys::Key;
use crate::write::Write;

/// A topic to delete, by its name or its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteTopic {
    /// Its name; `None` if its id is given.
    pub name: Option<String>,
    /// Its id; zero if its name is given.
    pub id: TopicId,
}

/// A topic that the plan deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTopic {
    /// The topic as it was.
    pub topic: Arc<Topic>,
    /// What makes it so.
    pub write: Write,
}

/// Why a topic is not deleted. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeleteTopicError {
    /// INVALID_REQUEST
    #[error("Neither topic name nor id were specified.")]
    Unnamed,
    /// INVALID_REQUEST
    #[error("You may not specify both topic name and topic id.")]
    NameAndId,
    /// INVALID_REQUEST
    #[error("Duplicate topic name.")]
    DuplicateName,
    /// INVALID_REQUEST
    #[error("Duplicate topic id.")]
    DuplicateId,
    /// INVALID_REQUEST: the topic is named by its id as well.
    #[error("The provided topic name maps to an ID that was already supplied.")]
    AlreadySupplied,
    /// UNKNOWN_TOPIC_OR_PARTITION
    #[error("This server does not host this topic-partition.")]
    UnknownName,
    /// UNKNOWN_TOPIC_ID
    #[error("This server does not host this topic ID.")]
    UnknownId,
}

/// Plans the deletion of topics; the results are in the order of the request, one for each entry.
pub fn delete_topics(
    image: &Image,
    topics: &[DeleteTopic],
) -> Vec<Result<DeletedTopic, DeleteTopicError>> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut ids: HashMap<TopicId, usize> = HashMap::new();
    let mut meant: HashMap<TopicId, usize> = HashMap::new();
    for topic in topics {
        match &topic.name {
            Some(name) => *named.entry(name).or_default() += 1,
            None => *ids.entry(topic.id).or_default() += 1,
        }
        if let Some(found) = find(image, topic) {
            *meant.entry(found.id).or_default() += 1;
        }
    }
    let plan = |request: &DeleteTopic| {
        match &request.name {
            None if request.id == TopicId::ZERO => return Err(DeleteTopicError::Unnamed),
            Some(_) if request.id != TopicId::ZERO => return Err(DeleteTopicError::NameAndId),
            Some(name) if named[name.as_str()] > 1 => return Err(DeleteTopicError::DuplicateName),
            None if ids[&request.id] > 1 => return Err(DeleteTopicError::DuplicateId),
            _ => {}
        }
        match find(image, request) {
            Some(topic) if meant[&topic.id] > 1 => Err(DeleteTopicError::AlreadySupplied),
            Some(topic) => Ok(delete_topic(image, topic)),
            None if request.name.is_some() => Err(DeleteTopicError::UnknownName),
            None => Err(DeleteTopicError::UnknownId),
        }
    };
    topics.iter().map(plan).collect()
}

fn find<'i>(image: &'i Image, request: &DeleteTopic) -> Option<&'i Arc<Topic>> {
    match &request.name {
        Some(name) => image.topic(name),
        None => image.topic_by_id(request.id),
    }
}

fn delete_topic(image: &Image, topic: &Arc<Topic>) -> DeletedTopic {
    let mut write = Write::default();
    let key = Key::Topic(topic.name.clone());
    write.expect(key.to_string(), image.mod_revision(&key));
    write.delete(key.to_string());
    let key = Key::TopicConfigs(topic.name.clone());
    if image.mod_revision(&key) != 0 {
        write.delete(key.to_string());
    }
    DeletedTopic { topic: Arc::clone(topic), write }
}
