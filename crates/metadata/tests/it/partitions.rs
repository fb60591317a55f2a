//! CreatePartitions. The messages are Apache Kafka 4.3.1's, as it gave them to the same requests.

use vltava_metadata::{CreatePartitionsError, NewPartitions, NewTopic, create_partitions};
use vltava_model::{BrokerId, LeaderEpoch};

use crate::support::{Node, topic};

fn request(name: &str, count: i32, assignments: Option<&[&[i32]]>) -> NewPartitions {
    let brokers = |list: &&[i32]| list.iter().copied().map(BrokerId).collect();
    let assignments = assignments.map(|lists| lists.iter().map(brokers).collect());
    NewPartitions { name: name.to_owned(), count, assignments }
}

fn node() -> Node {
    let mut node = Node::with(&[], &[1, 2]);
    node.create(NewTopic { partitions: 2, ..topic("p.a") });
    node
}

#[test]
fn refused() {
    let node = node();
    let cases = [
        (request("p.a", 2, None), "Topic already has 2 partition(s)."),
        (
            request("p.a", 1, None),
            "The topic p.a currently has 2 partition(s); 1 would not be an increase.",
        ),
        (
            request("p.a", -1, None),
            "The topic p.a currently has 2 partition(s); -1 would not be an increase.",
        ),
        (request("nope", 2, None), "This server does not host this topic-partition."),
        (request("a b", 3, None), "This server does not host this topic-partition."),
        (
            request("p.a", 4, Some(&[&[1]])),
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
        ),
        (
            request("p.a", 3, Some(&[&[1], &[1]])),
            "Attempted to add 1 additional partition(s), but only 2 assignment(s) were specified.",
        ),
        (
            request("p.a", 3, Some(&[&[9]])),
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (
            request("p.a", 3, Some(&[&[1, 2]])),
            "The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with \
             previous partitions, which have 1 replica(s).",
        ),
        (
            request("p.a", 3, Some(&[&[]])),
            "The manual partition assignment includes an empty replica list.",
        ),
        (request("p.a", 10_003, None), "Excessively large number of partitions per request."),
        (request("p.a", i32::MAX, None), "Excessively large number of partitions per request."),
    ];
    for (request, message) in cases {
        let result = create_partitions(&node.context(), &[request]).remove(0);
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    let twice = [request("p.a", 3, None), request("p.a", 4, None)];
    for result in create_partitions(&node.context(), &twice) {
        assert_eq!(result, Err(CreatePartitionsError::Duplicate));
    }
}

#[test]
fn new_partitions_begin_at_the_generation_of_their_leader() {
    let mut node = node();
    node.set(&vltava_metadata::Key::Generation(BrokerId(2)), &vltava_metadata::generation_value(9));
    let requests = [request("p.a", 4, Some(&[&[2], &[1]]))];
    let created = create_partitions(&node.context(), &requests).remove(0).unwrap();
    assert_eq!((created.added, created.topic.partition_count()), (2, 4));
    node.commit(&created.write);
    let topic = node.image.topic("p.a").unwrap();
    assert_eq!(topic, &created.topic);
    assert_eq!((topic.partitions[2].leader, topic.partitions[2].generation), (BrokerId(2), 9));
    let epochs: Vec<_> = topic
        .partitions
        .iter()
        .map(|partition| (partition.leader, node.image.leader_epoch(partition)))
        .collect();
    assert!(epochs.contains(&(BrokerId(2), LeaderEpoch(6))));
    assert!(epochs.contains(&(BrokerId(2), LeaderEpoch(0))));
}
