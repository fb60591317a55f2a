use super::*;
use crate::folder::LeftAlone;
use crate::metadata::TOPIC_RESOURCE;
use vltava_model::Timestamp;

const TOPIC: TopicId = TopicId([7; 16]);
const HERE: TopicId = TopicId([8; 16]);

fn id(text: &str) -> TopicPartition {
    TopicPartition::parse(text).unwrap()
}

fn partition_folder(name: &str) -> PartitionFolder {
    PartitionFolder {
        id: id(name),
        topic_id: Some(TOPIC),
        latest_epoch: Some(LeaderEpoch(3)),
        bytes: 100,
        old_segments: Vec::new(),
        new_start: Offset::ZERO,
    }
}

fn folder(path: &str, partitions: &[&str]) -> LogFolder {
    LogFolder {
        path: PathBuf::from(path),
        cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
        node_id: BrokerId(1),
        directory_id: Some(HERE),
        clean: true,
        has_metadata: true,
        partitions: partitions.iter().map(|name| partition_folder(name)).collect(),
        left_alone: Vec::new(),
        recovery_points: partitions.iter().map(|name| (id(name), Offset(5))).collect(),
        log_starts: HashMap::new(),
    }
}

/// One topic `t` of so many partitions, all on broker 1.
fn metadata(partitions: i32) -> KafkaMetadata {
    let partition = KafkaPartition {
        replicas: vec![1],
        isr: vec![1],
        eligible: Vec::new(),
        leader: -1,
        leader_epoch: LeaderEpoch(2),
        directories: vec![HERE],
    };
    let topic = KafkaTopic {
        name: "t".to_owned(),
        created: Timestamp(5),
        partitions: (0..partitions).map(|index| (index, partition.clone())).collect(),
    };
    let mut metadata = KafkaMetadata::default();
    metadata.topics.insert(TOPIC, topic);
    metadata
}

/// The plan of one folder that has partitions 0 and 1 of `t`, after some change to it and to the metadata.
fn planned(
    choices: Choices,
    change: impl FnOnce(&mut LogFolder, &mut KafkaMetadata),
) -> Result<Plan, Refusal> {
    let (mut folder, mut metadata) = (folder("/k", &["t-0", "t-1"]), metadata(2));
    change(&mut folder, &mut metadata);
    plan(&[folder], &metadata, choices)
}

fn partition_of(metadata: &mut KafkaMetadata, index: i32) -> &mut KafkaPartition {
    metadata.topics.get_mut(&TOPIC).unwrap().partitions.get_mut(&index).unwrap()
}

const STRICT: Choices = Choices { accept_loss: false, skip_old_formats: false };
const LENIENT: Choices = Choices { accept_loss: true, skip_old_formats: true };

#[test]
fn all_is_taken() {
    let plan = planned(STRICT, |_, metadata| {
        partition_of(metadata, 1).leader_epoch = LeaderEpoch(9);
        let known = [("retention.ms", "1"), ("message.format.version", "2.8")];
        let configs = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        metadata.configs.insert((TOPIC_RESOURCE, "t".to_owned()), configs.into());
        metadata.next_producer_id = 2000;
    });
    let plan = plan.unwrap();
    let topic = &plan.cluster.topics[0];
    // The larger of what the folder and the metadata know.
    assert_eq!(topic.leader_epochs, [LeaderEpoch(3), LeaderEpoch(9)]);
    assert_eq!(topic.configs, [("retention.ms".to_owned(), "1".to_owned())]);
    assert!(matches!(plan.notes[..], [Note::UnknownConfig { .. }]), "{:?}", plan.notes);
    assert_eq!(plan.cluster.next_producer_id, 2000);
    assert_eq!(plan.partitions.len(), 2);
    assert_eq!(plan.recovery_points[&id("t-1")], Offset(5));
    assert!(plan.clean);
}

#[test]
fn folders_of_two_disks_are_merged() {
    let folders = [folder("/a", &["t-1"]), folder("/b", &["t-0", "u-0"])];
    let plan = plan(&folders, &metadata(2), STRICT).unwrap();
    let from: Vec<&str> = plan.partitions.iter().filter_map(|p| p.from.to_str()).collect();
    assert_eq!(from, ["/b", "/a"]);
    let path = PathBuf::from("/b/u-0");
    assert_eq!(plan.notes, [Note::NoTopic { path, topic_id: Some(TOPIC) }]);
}

#[test]
fn folders_that_do_not_belong_together_are_refused() {
    let mut other = folder("/b", &[]);
    other.node_id = BrokerId(2);
    let refused = plan(&[folder("/a", &[]), other], &metadata(0), STRICT).unwrap_err();
    assert!(refused.to_string().contains("node 2"), "{refused}");
    let folders = [folder("/a", &["t-0"]), folder("/b", &["t-0"])];
    assert!(matches!(plan(&folders, &metadata(1), STRICT), Err(Refusal::Twice { .. })));
}

#[test]
fn a_log_folder_that_was_not_given_is_missed() {
    let forget = |folder: &mut LogFolder, metadata: &mut KafkaMetadata| {
        folder.partitions.pop();
        folder.recovery_points.clear();
        partition_of(metadata, 1).directories = vec![TopicId([9; 16])];
    };
    let refused = planned(STRICT, forget).unwrap_err();
    assert!(matches!(refused, Refusal::FolderMissing { .. }), "{refused}");
    let plan = planned(LENIENT, forget).unwrap();
    assert_eq!(plan.notes, [Note::BeginsEmpty(id("t-1"))]);
    assert_eq!(plan.cluster.topics[0].leader_epochs.len(), 2);
}

#[test]
fn a_partition_that_was_only_just_made_begins_empty() {
    let plan = planned(STRICT, |folder, _| {
        folder.partitions.pop();
        folder.recovery_points.remove(&id("t-1"));
    });
    assert_eq!(plan.unwrap().notes, [Note::BeginsEmpty(id("t-1"))]);
    let lost = planned(STRICT, |folder, _| drop(folder.partitions.pop()));
    assert!(matches!(lost, Err(Refusal::PartitionsMissing { .. })), "it was written to");
}

#[test]
fn what_other_brokers_have_is_not_given_up_silently() {
    let elsewhere = |folder: &mut LogFolder, metadata: &mut KafkaMetadata| {
        folder.partitions.pop();
        partition_of(metadata, 1).replicas = vec![2, 3];
        partition_of(metadata, 0).replicas = vec![1, 2];
        partition_of(metadata, 0).isr = vec![2];
        metadata.brokers = [1, 2].into();
    };
    assert!(matches!(planned(STRICT, elsewhere), Err(Refusal::PartitionsMissing { .. })));
    let plan = planned(LENIENT, elsewhere).unwrap();
    let notes =
        [Note::OtherBrokers(vec![2]), Note::BeginsEmpty(id("t-1")), Note::Behind(id("t-0"))];
    assert_eq!(plan.notes, notes);
    let behind = planned(STRICT, |_, metadata| {
        partition_of(metadata, 0).replicas = vec![1, 2];
        partition_of(metadata, 0).isr = vec![2];
    });
    assert!(matches!(behind, Err(Refusal::Behind { .. })));
    let eligible = planned(STRICT, |_, metadata| {
        partition_of(metadata, 0).replicas = vec![1, 2];
        partition_of(metadata, 0).isr = Vec::new();
        partition_of(metadata, 0).eligible = vec![1];
    });
    assert!(eligible.is_ok());
}

#[test]
fn a_folder_of_a_deleted_namesake_is_not_taken() {
    let plan = planned(STRICT, |folder, _| {
        folder.partitions[1].topic_id = Some(TopicId([1; 16]));
        folder.recovery_points.remove(&id("t-1"));
        folder.left_alone.push(("t-0.x-future".to_owned(), LeftAlone::Future));
    });
    let plan = plan.unwrap();
    assert_eq!(plan.partitions.len(), 1);
    let path = |name: &str| PathBuf::from("/k").join(name);
    let notes = [
        Note::BeginsEmpty(id("t-1")),
        Note::NoTopic { path: path("t-1"), topic_id: Some(TopicId([1; 16])) },
        Note::LeftAlone { path: path("t-0.x-future"), reason: LeftAlone::Future },
    ];
    assert_eq!(plan.notes, notes);
}

#[test]
fn old_formats_are_left_out_only_if_asked() {
    let age = |folder: &mut LogFolder, _: &mut KafkaMetadata| {
        folder.partitions[0].old_segments = vec!["00000000000000000000".to_owned()];
        folder.partitions[0].new_start = Offset(70);
        folder.log_starts = [(id("t-0"), Offset(50)), (id("t-1"), Offset(2))].into();
        folder.clean = false;
    };
    let refused = planned(STRICT, age).unwrap_err().to_string();
    assert!(refused.contains("t-0/00000000000000000000.log"), "{refused}");
    let plan = planned(LENIENT, age).unwrap();
    assert_eq!(plan.partitions[0].left_segments.len(), 1);
    assert_eq!(plan.log_starts[&id("t-0")], Offset(70));
    assert_eq!(plan.log_starts[&id("t-1")], Offset(2));
    let start = Offset(70);
    let old = Note::OldFormat { partition: id("t-0"), segments: 1, start };
    assert_eq!(plan.notes, [Note::NotClean, old]);
}
