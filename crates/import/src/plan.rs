//! Decides what becomes of a Kafka's folders. Pure: it reads nothing and changes nothing.

mod configs;
mod note;
mod refusal;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use vltava_metadata::{AdoptedCluster, AdoptedTopic};
use vltava_model::{
    BrokerId, LeaderEpoch, Offset, PartitionIndex, TopicId, TopicName, TopicPartition,
};

pub use self::note::Note;
pub use self::refusal::{Names, Refusal};
use crate::folder::{LogFolder, PartitionFolder};
use crate::metadata::{KafkaMetadata, KafkaPartition, KafkaTopic};

/// What the user has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Partitions, or the ends of some, that only other brokers have may be lost.
    pub accept_loss: bool,
    /// Segments of magic 0 and 1 are left out.
    pub skip_old_formats: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The metadata.
    pub cluster: AdoptedCluster,
    /// The partitions to take, by topic and index.
    pub partitions: Vec<TakenPartition>,
    /// Whether all logs were closed.
    pub clean: bool,
    /// Up to where each log is known to be on disk.
    pub recovery_points: BTreeMap<TopicPartition, Offset>,
    /// Where logs begin, if not with their first segment.
    pub log_starts: BTreeMap<TopicPartition, Offset>,
    /// What the user should know.
    pub notes: Vec<Note>,
}

/// A partition whose folder is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPartition {
    /// The partition.
    pub id: TopicPartition,
    /// The log folder that it is in.
    pub from: PathBuf,
    /// The size of its files, in bytes.
    pub bytes: u64,
    /// Segments to leave out, by file name without `.log`.
    pub left_segments: Vec<String>,
}

/// Plans to take over the broker whose log folders these are.
pub fn plan(
    folders: &[LogFolder],
    metadata: &KafkaMetadata,
    choices: Choices,
) -> Result<Plan, Refusal> {
    let first = folders.first().ok_or(Refusal::NoFolder)?;
    check_same_broker(folders)?;
    let mut planner = Planner {
        folders,
        node: first.node_id,
        found: find(folders)?,
        taken: Vec::new(),
        starts: BTreeMap::new(),
        notes: Vec::new(),
        trouble: Trouble::default(),
    };
    let mut topics = Vec::new();
    for (id, topic) in &metadata.topics {
        topics.push(planner.topic(*id, topic, metadata)?);
    }
    topics.sort_by(|one, other| one.name.cmp(&other.name));
    planner.trouble.judge(choices)?;
    planner.note_rest(metadata);
    let cluster = AdoptedCluster {
        cluster_id: first.cluster_id.clone(),
        broker: first.node_id,
        topics,
        broker_defaults: configs::of_broker(metadata, "", &mut planner.notes),
        broker_configs: configs::of_broker(
            metadata,
            &first.node_id.to_string(),
            &mut planner.notes,
        ),
        next_producer_id: metadata.next_producer_id,
    };
    Ok(planner.finish(cluster))
}

fn check_same_broker(folders: &[LogFolder]) -> Result<(), Refusal> {
    let first = &folders[0];
    let mut others = folders[1..].iter();
    let stranger = others
        .find(|folder| folder.cluster_id != first.cluster_id || folder.node_id != first.node_id);
    stranger.map_or(Ok(()), |other| {
        Err(Refusal::OtherBroker {
            one: first.path.clone(),
            one_is: format!("node {} of cluster {}", first.node_id, first.cluster_id),
            other: other.path.clone(),
            other_is: format!("node {} of cluster {}", other.node_id, other.cluster_id),
        })
    })
}

type Found<'a> = HashMap<&'a TopicPartition, (&'a LogFolder, &'a PartitionFolder)>;

fn find(folders: &[LogFolder]) -> Result<Found<'_>, Refusal> {
    let mut found = Found::new();
    for folder in folders {
        for partition in &folder.partitions {
            if let Some((other, _)) = found.insert(&partition.id, (folder, partition)) {
                let partition = partition.id.clone();
                let (one, other) = (other.path.clone(), folder.path.clone());
                return Err(Refusal::Twice { partition, one, other });
            }
        }
    }
    Ok(found)
}

/// What cannot be taken over unless the user says so.
#[derive(Default)]
struct Trouble {
    lost: Vec<TopicPartition>,
    behind: Vec<TopicPartition>,
    elsewhere: BTreeMap<TopicId, Vec<TopicPartition>>,
    old: Vec<String>,
}

impl Trouble {
    fn judge(&self, choices: Choices) -> Result<(), Refusal> {
        if !choices.accept_loss {
            if let Some((directory, partitions)) = self.elsewhere.iter().next() {
                let (directory, partitions) = (*directory, Names::of(partitions));
                return Err(Refusal::FolderMissing { directory, partitions });
            }
            if !self.lost.is_empty() {
                return Err(Refusal::PartitionsMissing { partitions: Names::of(&self.lost) });
            }
            if !self.behind.is_empty() {
                return Err(Refusal::Behind { partitions: Names::of(&self.behind) });
            }
        }
        if !choices.skip_old_formats && !self.old.is_empty() {
            return Err(Refusal::OldFormat { segments: Names::of(&self.old) });
        }
        Ok(())
    }
}

struct Planner<'a> {
    folders: &'a [LogFolder],
    node: BrokerId,
    /// The folders that no topic has claimed yet.
    found: Found<'a>,
    taken: Vec<TakenPartition>,
    starts: BTreeMap<TopicPartition, Offset>,
    notes: Vec<Note>,
    trouble: Trouble,
}

impl Planner<'_> {
    fn topic(
        &mut self,
        id: TopicId,
        topic: &KafkaTopic,
        metadata: &KafkaMetadata,
    ) -> Result<AdoptedTopic, Refusal> {
        let name = TopicName::new(&topic.name)
            .map_err(|source| Refusal::BadTopic { name: topic.name.clone(), source })?;
        let in_order = (0..).zip(topic.partitions.keys()).all(|(index, found)| index == *found);
        if !in_order || topic.partitions.is_empty() {
            return Err(Refusal::PartitionGap { name });
        }
        let mut leader_epochs = Vec::new();
        for (index, partition) in &topic.partitions {
            let partition_id = TopicPartition::new(name.clone(), PartitionIndex(*index));
            leader_epochs.push(self.partition(partition_id, id, partition));
        }
        let configs = configs::of_topic(metadata, &topic.name, &mut self.notes);
        Ok(AdoptedTopic { name, id, created: topic.created, leader_epochs, configs })
    }

    /// Claims the partition's folder; returns the newest leader epoch that anybody may know.
    fn partition(
        &mut self,
        id: TopicPartition,
        topic_id: TopicId,
        partition: &KafkaPartition,
    ) -> LeaderEpoch {
        let found = self.found.get(&id).copied();
        let found = found.filter(|(_, folder)| folder.topic_id.is_none_or(|own| own == topic_id));
        let Some((log_folder, folder)) = found else {
            self.missing(id, partition);
            return partition.leader_epoch;
        };
        self.found.remove(&id);
        if !partition.is_whole_on(self.node.0) {
            self.trouble.behind.push(id.clone());
            self.notes.push(Note::Behind(id.clone()));
        }
        for segment in &folder.old_segments {
            self.trouble.old.push(format!("{id}/{segment}.log"));
        }
        if !folder.old_segments.is_empty() {
            let segments = folder.old_segments.len();
            let start = folder.new_start;
            self.starts.insert(id.clone(), start);
            self.notes.push(Note::OldFormat { partition: id.clone(), segments, start });
        }
        self.taken.push(TakenPartition {
            id,
            from: log_folder.path.clone(),
            bytes: folder.bytes,
            left_segments: folder.old_segments.clone(),
        });
        partition.leader_epoch.max(folder.latest_epoch.unwrap_or(LeaderEpoch(-1)))
    }

    /// A partition that has no folder: fine if it was only just made, and nothing was ever written to it.
    fn missing(&mut self, id: TopicPartition, partition: &KafkaPartition) {
        let place = partition.replicas.iter().position(|broker| *broker == self.node.0);
        let directory = place.and_then(|place| partition.directories.get(place)).copied();
        let directory = directory.filter(|id| !is_reserved(*id));
        let given = |id: &TopicId| self.folders.iter().any(|f| f.directory_id == Some(*id));
        let written = self.folders.iter().any(|folder| {
            folder.recovery_points.get(&id).is_some_and(|offset| *offset > Offset::ZERO)
        });
        match directory {
            Some(directory) if !given(&directory) => {
                self.trouble.elsewhere.entry(directory).or_default().push(id.clone());
            }
            Some(_) if !written => {}
            None if place.is_some() && !partition.directories.is_empty() && !written => {}
            _ => self.trouble.lost.push(id.clone()),
        }
        self.notes.push(Note::BeginsEmpty(id));
    }

    fn note_rest(&mut self, metadata: &KafkaMetadata) {
        for (id, (folder, partition)) in &self.found {
            let path = folder.path.join(id.to_string());
            self.notes.push(Note::NoTopic { path, topic_id: partition.topic_id });
        }
        for folder in self.folders {
            for (name, reason) in &folder.left_alone {
                let path = folder.path.join(name);
                self.notes.push(Note::LeftAlone { path, reason: *reason });
            }
        }
        let others: Vec<i32> =
            metadata.brokers.iter().copied().filter(|id| *id != self.node.0).collect();
        if !others.is_empty() {
            self.notes.push(Note::OtherBrokers(others));
        }
        self.notes.extend(note::of_left_out(&metadata.left));
        configs::note_others(metadata, self.node, &mut self.notes);
    }

    fn finish(mut self, cluster: AdoptedCluster) -> Plan {
        self.taken.sort_by(|one, other| one.id.cmp(&other.id));
        let (mut recovery_points, mut log_starts) = (BTreeMap::new(), BTreeMap::new());
        for taken in &self.taken {
            for folder in self.folders.iter().filter(|folder| folder.path == taken.from) {
                let point = folder.recovery_points.get(&taken.id).copied();
                recovery_points.extend(point.map(|point| (taken.id.clone(), point)));
                let start = folder.log_starts.get(&taken.id).copied();
                log_starts.extend(start.map(|start| (taken.id.clone(), start)));
            }
        }
        for (id, start) in self.starts {
            let known = log_starts.entry(id).or_insert(start);
            *known = start.max(*known);
        }
        let clean = self.folders.iter().all(|folder| folder.clean);
        if !clean {
            self.notes.push(Note::NotClean);
        }
        self.notes.sort();
        let (partitions, notes) = (self.taken, self.notes);
        Plan { cluster, partitions, clean, recovery_points, log_starts, notes }
    }
}

/// Whether a `directory.id` is one of Kafka's words for no folder in particular (unassigned, lost, migrating).
fn is_reserved(id: TopicId) -> bool {
    u128::from_be_bytes(id.0) < 100
}

#[cfg(test)]
mod tests;
