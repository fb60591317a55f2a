//! Applying a plan's writes gives what the plan promised, whatever came before.

use proptest::prelude::*;
use vltava_metadata::{
    ConfigChange, ConfigResource, DeleteTopic, IncrementalAlterConfigs, NewPartitions, NewTopic,
    create_partitions, create_topics, delete_topics, incremental_alter_configs,
};
use vltava_model::TopicId;

use crate::support::{Node, configs, topic};

#[derive(Clone, Debug)]
enum Request {
    Create { name: String, partitions: i32, retention: Option<String> },
    Delete { name: String, by_id: bool },
    Enlarge { name: String, count: i32 },
    Alter { name: String, operation: i8, config: String, value: String },
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab][._][ab]", "[a-c]", Just(" ".to_owned())]
}

fn request() -> impl Strategy<Value = Request> {
    let value = prop_oneof!["-?[0-9]{1,4}", Just("delete".to_owned()), Just("compact".to_owned())];
    let config = prop_oneof![Just("retention.ms"), Just("cleanup.policy"), Just("nonsense")];
    prop_oneof![
        (name(), -1..5, proptest::option::of("-?[0-9]{1,3}")).prop_map(
            |(name, partitions, retention)| Request::Create { name, partitions, retention }
        ),
        (name(), any::<bool>()).prop_map(|(name, by_id)| Request::Delete { name, by_id }),
        (name(), -1..9).prop_map(|(name, count)| Request::Enlarge { name, count }),
        (name(), 0..4i8, config, value).prop_map(|(name, operation, config, value)| {
            Request::Alter { name, operation, config: config.to_owned(), value }
        }),
    ]
}

/// Plans, commits, and checks the promise; `step` makes ids that differ.
fn carry_out(node: &mut Node, request: Request, step: u8) {
    match request {
        Request::Create { name, partitions, retention } => {
            let id = TopicId([step + 1; 16]);
            let set = retention.as_deref().map(|value| ("retention.ms", value));
            let configs = configs(set.as_slice());
            let request = NewTopic { id, partitions, configs, ..topic(&name) };
            let results = create_topics(&node.context(), &[request]).unwrap();
            let [Ok(created)] = results.as_slice() else { return };
            node.commit(&created.write);
            assert_eq!(node.image.topic(&name), Some(&created.topic));
            assert_eq!(node.image.topic_by_id(id), Some(&created.topic));
            assert_eq!(node.image.topic_overrides(&name), created.overrides);
        }
        Request::Delete { name, by_id } => {
            let found = node.image.topic(&name).map(|topic| topic.id);
            let request = match found.filter(|_| by_id) {
                Some(id) => DeleteTopic { name: None, id },
                None => DeleteTopic { name: Some(name.clone()), id: TopicId::ZERO },
            };
            let result = delete_topics(&node.image, &[request]).remove(0);
            assert_eq!(result.is_ok(), found.is_some());
            let Ok(deleted) = result else { return };
            node.commit(&deleted.write);
            assert_eq!(node.image.topic(&name), None);
            assert_eq!(node.image.topic_by_id(deleted.topic.id), None);
            assert!(node.image.topic_overrides(&name).is_empty());
        }
        Request::Enlarge { name, count } => {
            let request = NewPartitions { name: name.clone(), count, assignments: None };
            let results = create_partitions(&node.context(), &[request]);
            let [Ok(created)] = results.as_slice() else { return };
            let old = node.image.topic(&name).unwrap().partitions.clone();
            node.commit(&created.write);
            let new = node.image.topic(&name).unwrap();
            assert_eq!(new, &created.topic);
            assert_eq!(new.partition_count(), count);
            assert_eq!(new.partitions[..old.len()], old);
        }
        Request::Alter { name, operation, config, value } => {
            let change = ConfigChange { name: config, operation, value: Some(value) };
            let (resource_type, resource_name) = (2, name.clone());
            let changes = vec![change];
            let request = IncrementalAlterConfigs { resource_type, resource_name, changes };
            let results = incremental_alter_configs(&node.context(), &[request]);
            let [Ok(altered)] = results.as_slice() else { return };
            node.commit(&altered.write);
            assert!(matches!(&altered.resource, ConfigResource::Topic(t) if t.as_str() == name));
            assert_eq!(node.image.topic_overrides(&name), altered.overrides);
        }
    }
}

proptest! {
    #[test]
    fn plans_keep_their_promise(requests in proptest::collection::vec(request(), 1..40)) {
        let mut node = Node::new();
        for (step, request) in (0..).zip(requests) {
            carry_out(&mut node, request, step);
            let ids: std::collections::BTreeSet<_> =
                node.image.topics().map(|topic| topic.id).collect();
            prop_assert_eq!(ids.len(), node.image.topics().len());
            for topic in node.image.topics() {
                prop_assert_eq!(node.image.topic_by_id(topic.id), Some(topic));
                prop_assert!(topic.partition_count() > 0);
            }
        }
    }
}
