//! Requests about topics, configurations and committed offsets.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use vltava_model::TopicId;
use vltava_protocol::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsTopic,
};
use vltava_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use vltava_protocol::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use vltava_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource,
};
use vltava_protocol::messages::find_coordinator::FindCoordinatorRequest;
use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_protocol::messages::metadata::MetadataRequest;
use vltava_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use vltava_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};

use super::Client;

/// The resource type of topics in requests about configurations.
const TOPIC: i8 = 2;

/// There are no committed offsets at all.
const NOT_COORDINATOR: i16 = 16;

/// A topic that the broker has.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) partitions: usize,
    /// Partitions that have no leader.
    pub(crate) failed: usize,
}

impl Client {
    pub(crate) fn topics(&mut self) -> Result<BTreeMap<TopicId, Listed>> {
        let request = MetadataRequest {
            topics: None,
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        let response = self.call(12, &request)?;
        let listed = response.topics.into_iter().map(|topic| {
            let name = topic.name.map(|name| name.to_string()).unwrap_or_default();
            let failed = topic.partitions.iter().filter(|partition| partition.error_code != 0);
            let failed = failed.count();
            (topic.topic_id, Listed { name, partitions: topic.partitions.len(), failed })
        });
        Ok(listed.collect())
    }

    pub(crate) fn create_topic(
        &mut self,
        name: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> Result<TopicId> {
        let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
            name: (*name).into(),
            value: Some((*value).into()),
        };
        let topic = CreatableTopic {
            name: name.into(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.iter().map(config).collect(),
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest {
            topics: vec![topic],
            timeout_ms: 10_000,
            ..CreateTopicsRequest::default()
        };
        let response = self.call(7, &request)?;
        let topic = response.topics.first().context("an answer for the topic")?;
        let (error, text) = (topic.error_code, &topic.error_message);
        ensure!(error == 0, "create {name}: error {error}: {text:?}");
        Ok(topic.topic_id)
    }

    pub(crate) fn delete_topic(&mut self, name: &str) -> Result<()> {
        let topic = DeleteTopicState { name: Some(name.into()), ..DeleteTopicState::default() };
        let request = DeleteTopicsRequest {
            topics: vec![topic],
            timeout_ms: 10_000,
            ..DeleteTopicsRequest::default()
        };
        let response = self.call(6, &request)?;
        let error = response.responses.first().context("an answer")?.error_code;
        ensure!(error == 0, "delete {name}: error {error}");
        Ok(())
    }

    pub(crate) fn grow_topic(&mut self, name: &str, count: i32) -> Result<()> {
        let topic = CreatePartitionsTopic { name: name.into(), count, assignments: None };
        let request = CreatePartitionsRequest {
            topics: vec![topic],
            timeout_ms: 10_000,
            ..CreatePartitionsRequest::default()
        };
        let response = self.call(3, &request)?;
        let error = response.results.first().context("an answer")?.error_code;
        ensure!(error == 0, "grow {name} to {count}: error {error}");
        Ok(())
    }

    /// Moves where a partition begins; returns where it begins now.
    pub(crate) fn delete_records(
        &mut self,
        name: &str,
        partition: i32,
        offset: i64,
    ) -> Result<i64> {
        let partition = DeleteRecordsPartition { partition_index: partition, offset };
        let topic = DeleteRecordsTopic { name: name.into(), partitions: vec![partition] };
        let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 10_000 };
        let response = self.call(2, &request)?;
        let topic = response.topics.first().context("an answer for the topic")?;
        let partition = topic.partitions.first().context("an answer for the partition")?;
        let error = partition.error_code;
        ensure!(error == 0, "delete records of {name} before {offset}: error {error}");
        Ok(partition.low_watermark)
    }

    pub(crate) fn set_config(&mut self, topic: &str, name: &str, value: &str) -> Result<()> {
        let config =
            AlterableConfig { name: name.into(), config_operation: 0, value: Some(value.into()) };
        let resource = AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.into(),
            configs: vec![config],
        };
        let request =
            IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
        let response = self.call(1, &request)?;
        let error = response.responses.first().context("an answer")?.error_code;
        ensure!(error == 0, "set {name} of {topic}: error {error}");
        Ok(())
    }

    pub(crate) fn config(&mut self, topic: &str, name: &str) -> Result<Option<String>> {
        let resource = DescribeConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.into(),
            configuration_keys: Some(vec![name.into()]),
        };
        let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
        let response = self.call(4, &request)?;
        let config = response.results.first().and_then(|result| result.configs.first());
        Ok(config.and_then(|config| config.value.as_ref()).map(ToString::to_string))
    }

    /// ListOffsets.
    pub(crate) fn offset(&mut self, name: &str, partition: i32, timestamp: i64) -> Result<i64> {
        let partition = ListOffsetsPartition {
            partition_index: partition,
            timestamp,
            ..ListOffsetsPartition::default()
        };
        let topic = ListOffsetsTopic { name: name.into(), partitions: vec![partition] };
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: vec![topic],
            ..ListOffsetsRequest::default()
        };
        let response = self.call(7, &request)?;
        let topic = response.topics.first().context("an answer for the topic")?;
        let partition = topic.partitions.first().context("an answer for the partition")?;
        ensure!(partition.error_code == 0, "ListOffsets: error {}", partition.error_code);
        Ok(partition.offset)
    }

    /// Sees to it that groups can commit.
    pub(crate) fn find_coordinator(&mut self, group: &str) -> Result<()> {
        let request = FindCoordinatorRequest {
            coordinator_keys: vec![group.into()],
            ..FindCoordinatorRequest::default()
        };
        let response = self.call(4, &request)?;
        let error = response.coordinators.first().context("an answer")?.error_code;
        ensure!(error == 0, "coordinator of {group}: error {error}");
        Ok(())
    }

    /// Commits an offset as one who is no member.
    pub(crate) fn commit(&mut self, group: &str, topic: &str, offset: i64) -> Result<()> {
        let partition = OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: offset,
            ..OffsetCommitRequestPartition::default()
        };
        let topic = OffsetCommitRequestTopic {
            name: topic.into(),
            partitions: vec![partition],
            ..OffsetCommitRequestTopic::default()
        };
        let request = OffsetCommitRequest {
            group_id: group.into(),
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let response = self.call(8, &request)?;
        let topic = response.topics.first().context("an answer for the topic")?;
        let error = topic.partitions.first().context("an answer for the partition")?.error_code;
        ensure!(error == 0, "commit of {group}: error {error}");
        Ok(())
    }

    /// The committed offset, or -1.
    pub(crate) fn committed(&mut self, group: &str, topic: &str) -> Result<i64> {
        let topics = OffsetFetchRequestTopics {
            name: topic.into(),
            partition_indexes: vec![0],
            ..OffsetFetchRequestTopics::default()
        };
        let group = OffsetFetchRequestGroup {
            group_id: group.into(),
            topics: Some(vec![topics]),
            ..OffsetFetchRequestGroup::default()
        };
        let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
        let response = self.call(8, &request)?;
        let group = response.groups.first().context("an answer for the group")?;
        if group.error_code == NOT_COORDINATOR {
            return Ok(-1);
        }
        ensure!(group.error_code == 0, "offsets: error {}", group.error_code);
        let topic = group.topics.first().context("an answer for the topic")?;
        let partition = topic.partitions.first().context("an answer for the partition")?;
        ensure!(partition.error_code == 0, "offset: error {}", partition.error_code);
        Ok(partition.committed_offset)
    }
}
