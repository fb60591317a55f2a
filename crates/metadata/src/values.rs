//! The values of the store: JSON objects, so that a person with a store client can read them.
//!
//! Fields that a reader does not know are passed over, so that a later version may add some.
//!
//! ```json
//! /vltava/topics/orders {"id":"sZvlgkR6RTmBIZcNj9DVAw","created_ms":1700000000000,
//!     "partitions":[{"count":3,"replicas":[1],"leader":1,"generation":7}]}
//! /vltava/configs/topics/orders {"retention.ms":"1000"}
//! ```
//!
//! Partitions that follow each other and are alike are written once, with their count.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use vltava_model::{BrokerId, Timestamp, TopicId, TopicName};

use crate::image::{Overrides, Partition, Topic};

#[derive(Serialize, Deserialize)]
struct ClusterValue {
    id: String,
}

#[derive(Serialize, Deserialize)]
struct CounterValue {
    generation: u64,
}

#[derive(Serialize, Deserialize)]
struct ProducerIdsValue {
    next: i64,
}

#[derive(Serialize, Deserialize)]
struct TopicValue {
    id: String,
    created_ms: i64,
    partitions: Vec<PartitionRun>,
}

/// `count` partitions in a row that are alike.
#[derive(Serialize, Deserialize)]
struct PartitionRun {
    count: u32,
    replicas: Vec<i32>,
    leader: i32,
    generation: u64,
}

/// What is wrong with a value.
#[derive(Debug, Error)]
pub(crate) enum ValueError {
    #[error("not the JSON object that belongs there")]
    Json(#[from] serde_json::Error),
    #[error("{0:?} is no topic id")]
    TopicId(String),
    #[error("a topic of {0} partitions")]
    Partitions(u64),
}

/// The value of [`crate::Key::Cluster`].
pub fn cluster_value(id: &str) -> Vec<u8> {
    write(&ClusterValue { id: id.to_owned() })
}

/// The value of [`crate::Key::Generation`].
pub fn generation_value(generation: u64) -> Vec<u8> {
    write(&CounterValue { generation })
}

/// The value of [`crate::Key::ProducerIds`].
pub fn producer_ids_value(next: i64) -> Vec<u8> {
    write(&ProducerIdsValue { next })
}

pub(crate) fn read_cluster(value: &[u8]) -> Result<String, ValueError> {
    Ok(serde_json::from_slice::<ClusterValue>(value)?.id)
}

pub(crate) fn read_generation(value: &[u8]) -> Result<u64, ValueError> {
    Ok(serde_json::from_slice::<CounterValue>(value)?.generation)
}

pub(crate) fn read_producer_ids(value: &[u8]) -> Result<i64, ValueError> {
    Ok(serde_json::from_slice::<ProducerIdsValue>(value)?.next)
}

pub(crate) fn overrides_value(overrides: &Overrides) -> Vec<u8> {
    write(&overrides.iter().collect::<BTreeMap<_, _>>())
}

pub(crate) fn read_overrides(value: &[u8]) -> Result<Overrides, ValueError> {
    Ok(serde_json::from_slice::<BTreeMap<String, String>>(value)?.into_iter().collect())
}

pub(crate) fn topic_value(topic: &Topic) -> Vec<u8> {
    let mut runs: Vec<PartitionRun> = Vec::new();
    let mut last: Option<&Partition> = None;
    for partition in &topic.partitions {
        match runs.last_mut() {
            Some(run) if last == Some(partition) => run.count += 1,
            _ => runs.push(PartitionRun {
                count: 1,
                replicas: partition.replicas.iter().map(|id| id.0).collect(),
                leader: partition.leader.0,
                generation: partition.generation,
            }),
        }
        last = Some(partition);
    }
    write(&TopicValue { id: topic.id.to_string(), created_ms: topic.created.0, partitions: runs })
}

pub(crate) fn read_topic(name: &TopicName, value: &[u8]) -> Result<Topic, ValueError> {
    let value: TopicValue = serde_json::from_slice(value)?;
    let id = TopicId::parse(&value.id).ok_or(ValueError::TopicId(value.id))?;
    let total = value.partitions.iter().map(|run| u64::from(run.count)).sum();
    if total == 0 || total > u64::from(Topic::PARTITIONS_MAX) {
        return Err(ValueError::Partitions(total));
    }
    let mut partitions = Vec::new();
    for run in value.partitions {
        let replicas: Arc<[BrokerId]> = run.replicas.into_iter().map(BrokerId).collect();
        for _ in 0..run.count {
            partitions.push(Partition {
                replicas: Arc::clone(&replicas),
                leader: BrokerId(run.leader),
                generation: run.generation,
            });
        }
    }
    Ok(Topic { name: name.clone(), id, created: Timestamp(value.created_ms), partitions })
}

fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and numbers always make JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(partitions: Vec<Partition>) -> Topic {
        let name = TopicName::new("orders").unwrap();
        Topic { name, id: TopicId([7; 16]), created: Timestamp(5), partitions }
    }

    fn partition(replicas: &[i32], generation: u64) -> Partition {
        let replicas: Arc<[BrokerId]> = replicas.iter().copied().map(BrokerId).collect();
        Partition { leader: replicas[0], replicas, generation }
    }

    #[test]
    fn alike_partitions_are_written_once() {
        let topic = topic(vec![
            partition(&[1], 3),
            partition(&[1], 3),
            partition(&[1], 4),
            partition(&[2, 1], 4),
            partition(&[1], 3),
        ]);
        let value = topic_value(&topic);
        assert_eq!(
            std::str::from_utf8(&value).unwrap(),
            concat!(
                r#"{"id":"BwcHBwcHBwcHBwcHBwcHBw","created_ms":5,"partitions":["#,
                r#"{"count":2,"replicas":[1],"leader":1,"generation":3},"#,
                r#"{"count":1,"replicas":[1],"leader":1,"generation":4},"#,
                r#"{"count":1,"replicas":[2,1],"leader":2,"generation":4},"#,
                r#"{"count":1,"replicas":[1],"leader":1,"generation":3}]}"#,
            )
        );
        assert_eq!(read_topic(&topic.name, &value).unwrap(), topic);
    }

    #[test]
    fn damaged_values_are_errors() {
        let name = TopicName::new("t").unwrap();
        let read = |text: &str| read_topic(&name, text.as_bytes());
        assert!(matches!(read("{"), Err(ValueError::Json(_))));
        assert!(matches!(read("{}"), Err(ValueError::Json(_))));
        let bad_id = r#"{"id":"x","created_ms":5,"partitions":[]}"#;
        assert!(matches!(read(bad_id), Err(ValueError::TopicId(_))));
        let run = r#"{"count":4000000000,"replicas":[1],"leader":1,"generation":3}"#;
        let many = r#"{"id":"BwcHBwcHBwcHBwcHBwcHBw","created_ms":5,"partitions":[RUN]}"#;
        let read_runs = |runs: &str| read(&many.replace("RUN", runs));
        assert!(matches!(read_runs(run), Err(ValueError::Partitions(4_000_000_000))));
        assert!(matches!(read_runs(""), Err(ValueError::Partitions(0))));
        assert!(read_overrides(br#"{"a":1}"#).is_err());
        assert!(read_generation(br#"{"generation":-1}"#).is_err());
    }
}
