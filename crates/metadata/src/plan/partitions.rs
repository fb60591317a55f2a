//! CreatePartitions.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;
use vltava_model::BrokerId;

use super::PlanContext;
use super::assign::AssignmentError;
use super::create::PARTITIONS_PER_REQUEST_MAX;
use crate::image::{Partition, Topic};
use crate::keys::Key;
use crate::values::topic_value;
use crate::write::Write;

/// A topic that is to have more partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPartitions {
    /// The topic's name.
    pub name: String,
    /// How many partitions it is to have altogether.
    pub count: i32,
    /// The brokers of each new partition; `None` to have them chosen.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// A topic as the plan enlarges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPartitions {
    /// The topic with its new partitions.
    pub topic: Arc<Topic>,
    /// How many of them are new.
    pub added: i32,
    /// What makes it so.
    pub write: Write,
}

/// Why a topic gets no more partitions. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreatePartitionsError {
    /// INVALID_REQUEST: the request names the topic twice.
    #[error("Duplicate topic name.")]
    Duplicate,
    /// UNKNOWN_TOPIC_OR_PARTITION
    #[error("This server does not host this topic-partition.")]
    UnknownTopic,
    /// INVALID_PARTITIONS
    #[error("Topic already has {0} partition(s).")]
    AlreadyThere(i32),
    /// INVALID_PARTITIONS
    #[error(
        "The topic {name} currently has {current} partition(s); {count} would not be an increase."
    )]
    NotAnIncrease {
        /// The topic.
        name: String,
        /// The partitions it has.
        current: i32,
        /// The partitions asked for.
        count: i32,
    },
    /// INVALID_REPLICA_ASSIGNMENT
    #[error(transparent)]
    InvalidAssignment(#[from] AssignmentError),
    /// INVALID_REPLICATION_FACTOR
    #[error(
        "The target replication factor of {replication_factor} cannot be reached because only {brokers} broker(s) \
         are registered or some brokers have all their log directories cordoned."
    )]
    TooFewBrokers {
        /// The replicas that the topic's partitions have.
        replication_factor: i64,
        /// The brokers that are there.
        brokers: usize,
    },
    /// POLICY_VIOLATION: more than [`super::PARTITIONS_PER_REQUEST_MAX`] new partitions.
    #[error("Excessively large number of partitions per request.")]
    TooMany,
}

/// Plans more partitions for topics; the results are in the order of the request, one for each entry.
pub fn create_partitions(
    context: &PlanContext<'_>,
    topics: &[NewPartitions],
) -> Vec<Result<CreatedPartitions, CreatePartitionsError>> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let plan = |request: &NewPartitions| match times[request.name.as_str()] {
        1 => enlarge(context, request),
        _ => Err(CreatePartitionsError::Duplicate),
    };
    topics.iter().map(plan).collect()
}

fn enlarge(
    context: &PlanContext<'_>,
    request: &NewPartitions,
) -> Result<CreatedPartitions, CreatePartitionsError> {
    let image = context.view.image;
    let old = image.topic(&request.name).ok_or(CreatePartitionsError::UnknownTopic)?;
    let (current, count) = (old.partition_count(), request.count);
    if count == current {
        return Err(CreatePartitionsError::AlreadyThere(current));
    }
    if count < current {
        let name = request.name.clone();
        return Err(CreatePartitionsError::NotAnIncrease { name, current, count });
    }
    let added = count - current;
    if i64::from(added) > PARTITIONS_PER_REQUEST_MAX
        || u32::try_from(count).is_ok_and(|count| count > Topic::PARTITIONS_MAX)
    {
        return Err(CreatePartitionsError::TooMany);
    }
    let new = match &request.assignments {
        Some(assignments) => assigned(context, old, added, assignments)?,
        None => chosen(context, old, added)?,
    };

    let mut topic = Topic::clone(old);
    topic.partitions.extend(new);
    let mut write = Write::default();
    let key = Key::Topic(topic.name.clone());
    write.expect(key.to_string(), image.mod_revision(&key));
    write.put(key.to_string(), topic_value(&topic));
    Ok(CreatedPartitions { topic: Arc::new(topic), added, write })
}

fn assigned(
    context: &PlanContext<'_>,
    topic: &Topic,
    additional: i32,
    assignments: &[Vec<BrokerId>],
) -> Result<Vec<Partition>, CreatePartitionsError> {
    if usize::try_from(additional) != Ok(assignments.len()) {
        return Err(AssignmentError::Count { additional, assignments: assignments.len() }.into());
    }
    let replicas = topic.partitions.first().map(|partition| partition.replicas.len());
    let partition = |assignment: &Vec<BrokerId>| {
        context.check_replicas(assignment, replicas)?;
        Ok(context.partition(assignment))
    };
    assignments.iter().map(partition).collect()
}

fn chosen(
    context: &PlanContext<'_>,
    topic: &Topic,
    additional: i32,
) -> Result<Vec<Partition>, CreatePartitionsError> {
    let replicas = usize::try_from(topic.replication_factor()).unwrap_or(0);
    let brokers = context.brokers.len();
    if replicas > brokers {
        let replication_factor = topic.replication_factor().into();
        return Err(CreatePartitionsError::TooFewBrokers { replication_factor, brokers });
    }
    let first = topic.partitions.len();
    let additional = usize::try_from(additional).expect("more than none");
    Ok(context.place(topic, first..first + additional, replicas))
}
