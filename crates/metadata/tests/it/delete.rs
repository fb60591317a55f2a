//! DeleteTopics. The messages are Apache Kafka 4.3.1's.

use vltava_metadata::{DeleteTopic, NewTopic, delete_topics};
use vltava_model::TopicId;

use crate::support::{Node, configs, topic};

fn by_name(name: &str) -> DeleteTopic {
    DeleteTopic { name: Some(name.to_owned()), id: TopicId::ZERO }
}

fn by_id(id: TopicId) -> DeleteTopic {
    DeleteTopic { name: None, id }
}

#[test]
fn refused() {
    let mut node = Node::new();
    for name in ["a", "b", "c"] {
        node.create(topic(name));
    }
    let id = |name| node.image.topic(name).unwrap().id;
    let unknown = TopicId([9; 16]);
    let requests = [
        (by_name("nope"), "This server does not host this topic-partition."),
        (by_name("a b"), "This server does not host this topic-partition."),
        (by_id(unknown), "This server does not host this topic ID."),
        (by_id(TopicId::ZERO), "Neither topic name nor id were specified."),
        (
            DeleteTopic { name: Some("x".into()), id: unknown },
            "You may not specify both topic name and topic id.",
        ),
        (by_name("a"), "Duplicate topic name."),
        (by_name("a"), "Duplicate topic name."),
        (by_id(id("b")), "Duplicate topic id."),
        (by_id(id("b")), "Duplicate topic id."),
        (by_id(id("c")), "The provided topic name maps to an ID that was already supplied."),
        (by_name("c"), "The provided topic name maps to an ID that was already supplied."),
    ];
    let (topics, messages): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
    for (result, message) in delete_topics(&node.image, &topics).into_iter().zip(messages) {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
}

#[test]
fn a_topic_goes_with_its_configs() {
    let mut node = Node::new();
    node.create(NewTopic { configs: configs(&[("retention.ms", "5")]), ..topic("a") });
    node.create(topic("b"));
    let old = node.image.topic("a").unwrap().id;
    let requests = [by_name("a"), by_id(node.image.topic("b").unwrap().id)];
    for deleted in delete_topics(&node.image, &requests) {
        node.commit(&deleted.unwrap().write);
    }
    assert_eq!(node.image.topics().len(), 0);
    assert!(node.image.topic_by_id(old).is_none());
    node.create(NewTopic { id: TopicId([7; 16]), ..topic("a") });
    assert!(node.image.topic_overrides("a").is_empty());
    assert!(node.image.topic_by_id(old).is_none());
    assert_eq!(node.image.topic_by_id(TopicId([7; 16])).unwrap().name.as_str(), "a");
}
