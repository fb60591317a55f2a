//! Kafka's messages: a file for each API with its request and response, and two for what groups store.
//!
//! Structs and fields have the names of Kafka's definitions, fields in snake case. A `Default` is Kafka's own: note
//! that it is empty rather than null for an `Option` unless the field says `default = "null"`.

pub mod alter_configs;
pub mod api_versions;
pub mod consumer_protocol;
pub mod create_partitions;
pub mod create_topics;
pub mod delete_groups;
pub mod delete_records;
pub mod delete_topics;
pub mod describe_cluster;
pub mod describe_configs;
pub mod describe_groups;
pub mod describe_log_dirs;
pub mod describe_producers;
pub mod describe_topic_partitions;
pub mod fetch;
pub mod find_coordinator;
pub mod group_records;
pub mod heartbeat;
pub mod incremental_alter_configs;
pub mod init_producer_id;
pub mod join_group;
pub mod leave_group;
pub mod list_config_resources;
pub mod list_groups;
pub mod list_offsets;
pub mod metadata;
pub mod offset_commit;
pub mod offset_delete;
pub mod offset_fetch;
pub mod offset_for_leader_epoch;
pub mod produce;
pub mod sasl_handshake;
pub mod sync_group;

/// Calls a macro with every request: `name => module::Request,` for each API that has its messages here, by key.
///
/// ```
/// macro_rules! count {
///     ($($key:ident => $request:path,)*) => { [$(stringify!($key)),*].len() };
/// }
/// assert!(vltava_protocol::with_requests!(count) > 25);
/// ```
#[macro_export]
macro_rules! with_requests {
    ($callback:ident) => {
        $callback! {
            Produce => $crate::messages::produce::ProduceRequest,
            Fetch => $crate::messages::fetch::FetchRequest,
            ListOffsets => $crate::messages::list_offsets::ListOffsetsRequest,
            Metadata => $crate::messages::metadata::MetadataRequest,
            OffsetCommit => $crate::messages::offset_commit::OffsetCommitRequest,
            OffsetFetch => $crate::messages::offset_fetch::OffsetFetchRequest,
            FindCoordinator => $crate::messages::find_coordinator::FindCoordinatorRequest,
            JoinGroup => $crate::messages::join_group::JoinGroupRequest,
            Heartbeat => $crate::messages::heartbeat::HeartbeatRequest,
            LeaveGroup => $crate::messages::leave_group::LeaveGroupRequest,
            SyncGroup => $crate::messages::sync_group::SyncGroupRequest,
            DescribeGroups => $crate::messages::describe_groups::DescribeGroupsRequest,
            ListGroups => $crate::messages::list_groups::ListGroupsRequest,
            SaslHandshake => $crate::messages::sasl_handshake::SaslHandshakeRequest,
            ApiVersions => $crate::messages::api_versions::ApiVersionsRequest,
            CreateTopics => $crate::messages::create_topics::CreateTopicsRequest,
            DeleteTopics => $crate::messages::delete_topics::DeleteTopicsRequest,
            DeleteRecords => $crate::messages::delete_records::DeleteRecordsRequest,
            InitProducerId => $crate::messages::init_producer_id::InitProducerIdRequest,
            OffsetForLeaderEpoch => $crate::messages::offset_for_leader_epoch::OffsetForLeaderEpochRequest,
            DescribeConfigs => $crate::messages::describe_configs::DescribeConfigsRequest,
            AlterConfigs => $crate::messages::alter_configs::AlterConfigsRequest,
            DescribeLogDirs => $crate::messages::describe_log_dirs::DescribeLogDirsRequest,
            CreatePartitions => $crate::messages::create_partitions::CreatePartitionsRequest,
            DeleteGroups => $crate::messages::delete_groups::DeleteGroupsRequest,
            IncrementalAlterConfigs => $crate::messages::incremental_alter_configs::IncrementalAlterConfigsRequest,
            OffsetDelete => $crate::messages::offset_delete::OffsetDeleteRequest,
            DescribeCluster => $crate::messages::describe_cluster::DescribeClusterRequest,
            DescribeProducers => $crate::messages::describe_producers::DescribeProducersRequest,
            ListConfigResources => $crate::messages::list_config_resources::ListConfigResourcesRequest,
            DescribeTopicPartitions => $crate::messages::describe_topic_partitions::DescribeTopicPartitionsRequest,
        }
    };
}
