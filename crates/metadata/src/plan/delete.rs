//! DeleteTopics.

use std::sync::Arc;

use thiserror::Error;
use vltava_model::TopicId;

use crate::image::{Image, Topic};
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
    todo!()
}
