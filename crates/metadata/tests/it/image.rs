//! The image: changes in any order, damaged values, and sharing.

use std::sync::Arc;

use vltava_metadata::{ApplyError, Change, Key, cluster_value, producer_ids_value};
use vltava_model::BrokerId;

use crate::support::{Node, topic};

#[test]
fn an_older_change_is_passed_over() {
    let mut node = Node::new();
    let key = Key::ProducerIds.to_string();
    for (revision, next) in [(10, 1000), (9, 500), (11, 2000), (10, 1000)] {
        let value = producer_ids_value(next);
        let change = Change { key: &key, value: Some(&value), revision };
        node.image.apply(change).unwrap();
    }
    assert_eq!((node.image.next_producer_id(), node.image.revision()), (2000, 11));
    node.image.apply(Change { key: &key, value: None, revision: 12 }).unwrap();
    assert_eq!(node.image.next_producer_id(), 0);
}

#[test]
fn a_bad_change_names_its_key_and_changes_nothing() {
    let mut node = Node::new();
    node.set(&Key::Cluster, &cluster_value("abc"));
    let revision = node.image.revision();
    for key in [
        "/vltava/cluster",
        "/vltava/topics/t",
        "/vltava/configs/topics/t",
        "/vltava/configs/brokers/default",
        "/vltava/configs/brokers/1",
        "/vltava/generations/1",
        "/vltava/producer-ids",
    ] {
        for value in ["", "[]", "null", "{", "\u{0}"] {
            let change = Change { key, value: Some(value.as_bytes()), revision: revision + 1 };
            let error = node.image.apply(change).unwrap_err();
            assert!(matches!(&error, ApplyError::BadValue { key: named, .. } if named == key));
            assert_eq!(
                error.to_string(),
                format!("the metadata store has a bad value at key {key}")
            );
        }
    }
    let change = Change { key: "/vltava/later", value: Some(b"{}"), revision: revision + 1 };
    let error = node.image.apply(change).unwrap_err();
    assert_eq!(error.to_string(), "the metadata store has an unknown key /vltava/later");
    assert_eq!(node.image.revision(), revision);
    assert_eq!(node.image.cluster_id(), Some("abc"));
    assert_eq!(node.image.generation(BrokerId(1)), 3);
}

#[test]
fn clones_share_what_they_do_not_change() {
    let mut node = Node::new();
    node.create(topic("a"));
    node.create(topic("b"));
    let before = node.image.clone();
    node.create(topic("c"));
    assert_eq!((before.topics().len(), node.image.topics().len()), (2, 3));
    assert!(Arc::ptr_eq(before.topic("a").unwrap(), node.image.topic("a").unwrap()));
    let names: Vec<_> =
        node.image.topics_with_prefix("b").map(|topic| topic.name.as_str()).collect();
    assert_eq!(names, ["b"]);
}
