//! CreateTopics.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use thiserror::Error;
use vltava_model::{InvalidTopicName, TopicId, TopicName};

use super::PlanContext;
use super::assign::{AssignmentError, PartitionAssignment};
use crate::config::{ConfigEntry, InvalidConfig};
use crate::image::{Image, Overrides, Partition, Topic};
use crate::keys::Key;
use crate::values::{overrides_value, topic_value};
use crate::write::Write;

/// Partitions that one request may create, as in Kafka.
pub const PARTITIONS_PER_REQUEST_MAX: i64 = 10_000;

/// A topic to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// The id that it is to get; random, and not zero.
    pub id: TopicId,
    /// Its partitions; -1 for the broker's default, and where `assignments` are given.
    pub partitions: i32,
    /// Its replicas; -1 for the broker's default, and where `assignments` are given.
    pub replication_factor: i16,
    /// The brokers of each partition; empty to have them chosen.
    pub assignments: Vec<PartitionAssignment>,
    /// Its configs.
    pub configs: Vec<(String, Option<String>)>,
}

/// A topic as the plan creates it.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedTopic {
    /// The topic.
    pub topic: Arc<Topic>,
    /// The configs set on it.
    pub overrides: Overrides,
    /// Its configs in force, as CreateTopics answers them: without synonyms and documentation.
    pub configs: Vec<ConfigEntry>,
    /// What makes it so.
    pub write: Write,
}

/// Why a topic is not created. Displays as Kafka's message; the doc comment names Kafka's error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreateTopicError {
    /// INVALID_REQUEST: the request names the topic twice.
    #[error("Duplicate topic name.")]
    Duplicate,
    /// INVALID_REQUEST: the name is reserved.
    #[error("Creation of internal topic __cluster_metadata is prohibited.")]
    Reserved,
    /// INVALID_TOPIC_EXCEPTION
    #[error("Topic name is invalid: {0}")]
    InvalidName(InvalidTopicName),
    /// INVALID_TOPIC_EXCEPTION: the names differ only in `.` and `_`, so their metrics would be the same.
    #[error("Topic '{name}' collides with existing topic: {existing}")]
    Collision {
        /// The new topic.
        name: String,
        /// The one that is there.
        existing: String,
    },
    /// TOPIC_ALREADY_EXISTS
    #[error("Topic '{0}' already exists.")]
    AlreadyExists(String),
    /// INVALID_CONFIG
    #[error("Null value not supported for topic configs: {}", .0.join(","))]
    NullConfigs(Vec<String>),
    /// INVALID_CONFIG
    #[error(transparent)]
    InvalidConfig(#[from] InvalidConfig),
    /// INVALID_REQUEST
    #[error(
        "A manual partition assignment was specified, but replication factor was not set to -1."
    )]
    AssignmentAndReplicationFactor,
    /// INVALID_REQUEST
    #[error("A manual partition assignment was specified, but numPartitions was not set to -1.")]
    AssignmentAndPartitions,
    /// INVALID_REPLICA_ASSIGNMENT
    #[error(transparent)]
    InvalidAssignment(#[from] AssignmentError),
    /// INVALID_REPLICATION_FACTOR
    #[error("Replication factor must be larger than 0, or -1 to use the default value.")]
    ReplicationFactorNotPositive,
    /// INVALID_REPLICATION_FACTOR
    #[error(
        "Unable to replicate the partition {replication_factor} time(s): The target replication factor of \
         {replication_factor} cannot be reached because only {brokers} broker(s) are registered or some brokers \
         have all their log directories cordoned."
    )]
    TooFewBrokers {
        /// The replicas asked for.
        replication_factor: i64,
        /// The brokers that are there.
        brokers: usize,
    },
    /// INVALID_PARTITIONS
    #[error("Number of partitions was set to an invalid non-positive value.")]
    PartitionsNotPositive,
}

/// POLICY_VIOLATION: a request creates more than [`PARTITIONS_PER_REQUEST_MAX`] partitions, so none of it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Excessively large number of partitions per request.")]
pub struct TooManyPartitions;

/// Plans the creation of topics; the results are in the order of the request, one for each entry.
pub fn create_topics(
    context: &PlanContext<'_>,
    topics: &[NewTopic],
) -> Result<Vec<Result<CreatedTopic, CreateTopicError>>, TooManyPartitions> {
    let default = context.view.number("num.partitions");
    let partitions = |topic: &NewTopic| match (topic.assignments.len(), topic.partitions) {
        (0, -1) => default,
        (0, partitions) => i64::from(partitions.max(0)),
        (assigned, _) => i64::try_from(assigned).unwrap_or(i64::MAX),
    };
    let total = topics.iter().map(partitions).fold(0, i64::saturating_add);
    if total > PARTITIONS_PER_REQUEST_MAX {
        return Err(TooManyPartitions);
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let plan = |topic: &NewTopic| match times[topic.name.as_str()] {
        1 => create_topic(context, topic),
        _ => Err(CreateTopicError::Duplicate),
    };
    Ok(topics.iter().map(plan).collect())
}

fn create_topic(
    context: &PlanContext<'_>,
    request: &NewTopic,
) -> Result<CreatedTopic, CreateTopicError> {
    let name = check_name(context.view.image, &request.name)?;
    let overrides = overrides(context, request)?;
    let (id, created) = (request.id, context.now);
    let mut topic = Topic { name, id, created, partitions: Vec::new() };
    topic.partitions = if request.assignments.is_empty() {
        chosen_partitions(context, request, &topic)?
    } else {
        assigned_partitions(context, request)?
    };

    let mut write = Write::default();
    let key = Key::Topic(topic.name.clone()).to_string();
    write.expect(key.clone(), 0);
    write.put(key, topic_value(&topic));
    if !overrides.is_empty() {
        let key = Key::TopicConfigs(topic.name.clone()).to_string();
        write.put(key, overrides_value(&overrides));
    }
    let configs = context.view.created_topic_configs(&overrides);
    Ok(CreatedTopic { topic: Arc::new(topic), overrides, configs, write })
}

fn check_name(image: &Image, name: &str) -> Result<TopicName, CreateTopicError> {
    if name == "__cluster_metadata" {
        return Err(CreateTopicError::Reserved);
    }
    let checked = TopicName::new(name).map_err(CreateTopicError::InvalidName)?;
    if image.topic(name).is_some() {
        return Err(CreateTopicError::AlreadyExists(name.to_owned()));
    }
    match collision(image, name) {
        Some(existing) => Err(CreateTopicError::Collision {
            name: name.to_owned(),
            existing: existing.as_str().to_owned(),
        }),
        None => Ok(checked),
    }
}

/// A topic whose name is the same but for `.` and `_`.
fn collision<'i>(image: &'i Image, name: &str) -> Option<&'i TopicName> {
    let is_either = |b: u8| b == b'.' || b == b'_';
    let alike = |(a, b): (u8, u8)| a == b || is_either(a) && is_either(b);
    let collides = |other: &TopicName| {
        other.as_str().len() == name.len() && other.as_str().bytes().zip(name.bytes()).all(alike)
    };
    // Whoever collides begins with the same letters, then `.` or `_`.
    let stem = &name[..name.bytes().position(is_either)?];
    [".", "_"].into_iter().find_map(|either| {
        let prefix = format!("{stem}{either}");
        let alike = image.topics_with_prefix(&prefix).find(|topic| collides(&topic.name));
        alike.map(|topic| &topic.name)
    })
}

fn overrides(context: &PlanContext<'_>, request: &NewTopic) -> Result<Overrides, CreateTopicError> {
    let nulls = request.configs.iter().filter(|(_, value)| value.is_none());
    let nulls: Vec<_> = nulls.map(|(name, _)| name.clone()).collect();
    if !nulls.is_empty() {
        return Err(CreateTopicError::NullConfigs(nulls));
    }
    let set = request.configs.iter();
    let set = set.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    let overrides: Overrides = set.collect();
    context.view.check_topic_configs(&Overrides::default(), &overrides)?;
    Ok(overrides)
}

fn chosen_partitions(
    context: &PlanContext<'_>,
    request: &NewTopic,
    topic: &Topic,
) -> Result<Vec<Partition>, CreateTopicError> {
    let replication_factor = match request.replication_factor {
        -1 => context.view.number("default.replication.factor"),
        factor if factor > 0 => factor.into(),
        _ => return Err(CreateTopicError::ReplicationFactorNotPositive),
    };
    let partitions = match request.partitions {
        -1 => context.view.number("num.partitions"),
        partitions if partitions > 0 => partitions.into(),
        _ => return Err(CreateTopicError::PartitionsNotPositive),
    };
    let brokers = context.brokers.len();
    let replicas = usize::try_from(replication_factor).unwrap_or(0);
    if replicas == 0 || replicas > brokers {
        return Err(CreateTopicError::TooFewBrokers { replication_factor, brokers });
    }
    let partitions = usize::try_from(partitions).expect("more than none, and few in a request");
    Ok(context.place(topic, 0..partitions, replicas))
}

fn assigned_partitions(
    context: &PlanContext<'_>,
    request: &NewTopic,
) -> Result<Vec<Partition>, CreateTopicError> {
    if request.replication_factor != -1 {
        return Err(CreateTopicError::AssignmentAndReplicationFactor);
    }
    if request.partitions != -1 {
        return Err(CreateTopicError::AssignmentAndPartitions);
    }
    let mut partitions: BTreeMap<i32, Partition> = BTreeMap::new();
    let mut previous = None;
    for assignment in &request.assignments {
        if partitions.contains_key(&assignment.partition) {
            return Err(AssignmentError::DuplicatePartition(assignment.partition).into());
        }
        context.check_replicas(&assignment.replicas, previous)?;
        previous = Some(assignment.replicas.len());
        partitions.insert(assignment.partition, context.partition(&assignment.replicas));
    }
    if (0..).zip(partitions.keys()).any(|(expected, index)| expected != *index) {
        return Err(AssignmentError::Gap.into());
    }
    Ok(partitions.into_values().collect())
}
