//! The APIs of Kafka 4.3.1 and their versions.

/// Not flexible in any version.
const NEVER: i16 = i16::MAX;

macro_rules! api_keys {
    ($($name:ident = $code:literal, flexible from $flexible:tt;)*) => {
        /// An API, by the number that requests begin with. All that Kafka 4.3.1 has are here, also those that only its
        /// brokers and controllers use among themselves: [`VERSIONS`] lists what clients may call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        #[allow(missing_docs, reason = "the names are Kafka's own")]
        pub enum ApiKey {
            $($name = $code,)*
        }

        impl ApiKey {
            /// All of them, by number.
            pub const ALL: &[ApiKey] = &[$(ApiKey::$name),*];

            /// The API with that number.
            #[inline]
            pub const fn from_i16(code: i16) -> Option<ApiKey> {
                match code {
                    $($code => Some(ApiKey::$name),)*
                    _ => None,
                }
            }

            /// Kafka's name for it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ApiKey::$name => stringify!($name),)*
                }
            }

            /// The first version that is compact and has tagged fields (KIP-482), in requests and responses alike.
            #[inline]
            pub const fn flexible_from(self) -> i16 {
                match self {
                    $(ApiKey::$name => $flexible,)*
                }
            }
        }
    };
}

impl ApiKey {
    /// Its number.
    #[inline]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// The versions that clients may call; `None` if they may not call it at all.
    pub fn versions(self) -> Option<&'static ApiVersion> {
        VERSIONS.binary_search_by_key(&self, |version| version.key).ok().map(|at| &VERSIONS[at])
    }

    /// The version of the header before a request of `version`: 2 adds tagged fields.
    #[inline]
    pub const fn request_header_version(self, version: i16) -> i16 {
        if version >= self.flexible_from() { 2 } else { 1 }
    }

    /// The version of the header before a response of `version`: 1 adds tagged fields. That of ApiVersions never has
    /// them, for a client reads it before it knows what the broker understands.
    #[inline]
    pub const fn response_header_version(self, version: i16) -> i16 {
        let plain = matches!(self, ApiKey::ApiVersions) || version < self.flexible_from();
        if plain { 0 } else { 1 }
    }
}

/// Which versions of an API are advertised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiVersion {
    /// The API.
    pub key: ApiKey,
    /// The first version.
    pub min: i16,
    /// The last version.
    pub max: i16,
}

const fn version(key: ApiKey, min: i16, max: i16) -> ApiVersion {
    ApiVersion { key, min, max }
}

api_keys! {
    Produce = 0, flexible from 9;
    Fetch = 1, flexible from 12;
    ListOffsets = 2, flexible from 6;
    Metadata = 3, flexible from 9;
    OffsetCommit = 8, flexible from 8;
    OffsetFetch = 9, flexible from 6;
    FindCoordinator = 10, flexible from 3;
    JoinGroup = 11, flexible from 6;
    Heartbeat = 12, flexible from 4;
    LeaveGroup = 13, flexible from 4;
    SyncGroup = 14, flexible from 4;
    DescribeGroups = 15, flexible from 5;
    ListGroups = 16, flexible from 3;
    SaslHandshake = 17, flexible from NEVER;
    ApiVersions = 18, flexible from 3;
    CreateTopics = 19, flexible from 5;
    DeleteTopics = 20, flexible from 4;
    DeleteRecords = 21, flexible from 2;
    InitProducerId = 22, flexible from 2;
    OffsetForLeaderEpoch = 23, flexible from 4;
    AddPartitionsToTxn = 24, flexible from 3;
    AddOffsetsToTxn = 25, flexible from 3;
    EndTxn = 26, flexible from 3;
    WriteTxnMarkers = 27, flexible from 1;
    TxnOffsetCommit = 28, flexible from 3;
    DescribeAcls = 29, flexible from 2;
    CreateAcls = 30, flexible from 2;
    DeleteAcls = 31, flexible from 2;
    DescribeConfigs = 32, flexible from 4;
    AlterConfigs = 33, flexible from 2;
    AlterReplicaLogDirs = 34, flexible from 2;
    DescribeLogDirs = 35, flexible from 2;
    SaslAuthenticate = 36, flexible from 2;
    CreatePartitions = 37, flexible from 2;
    CreateDelegationToken = 38, flexible from 2;
    RenewDelegationToken = 39, flexible from 2;
    ExpireDelegationToken = 40, flexible from 2;
    DescribeDelegationToken = 41, flexible from 2;
    DeleteGroups = 42, flexible from 2;
    ElectLeaders = 43, flexible from 2;
    IncrementalAlterConfigs = 44, flexible from 1;
    AlterPartitionReassignments = 45, flexible from 0;
    ListPartitionReassignments = 46, flexible from 0;
    OffsetDelete = 47, flexible from NEVER;
    DescribeClientQuotas = 48, flexible from 1;
    AlterClientQuotas = 49, flexible from 1;
    DescribeUserScramCredentials = 50, flexible from 0;
    AlterUserScramCredentials = 51, flexible from 0;
    Vote = 52, flexible from 0;
    BeginQuorumEpoch = 53, flexible from 1;
    EndQuorumEpoch = 54, flexible from 1;
    DescribeQuorum = 55, flexible from 0;
    AlterPartition = 56, flexible from 0;
    UpdateFeatures = 57, flexible from 0;
    Envelope = 58, flexible from 0;
    FetchSnapshot = 59, flexible from 0;
    DescribeCluster = 60, flexible from 0;
    DescribeProducers = 61, flexible from 0;
    BrokerRegistration = 62, flexible from 0;
    BrokerHeartbeat = 63, flexible from 0;
    UnregisterBroker = 64, flexible from 0;
    DescribeTransactions = 65, flexible from 0;
    ListTransactions = 66, flexible from 0;
    AllocateProducerIds = 67, flexible from 0;
    ConsumerGroupHeartbeat = 68, flexible from 0;
    ConsumerGroupDescribe = 69, flexible from 0;
    ControllerRegistration = 70, flexible from 0;
    GetTelemetrySubscriptions = 71, flexible from 0;
    PushTelemetry = 72, flexible from 0;
    AssignReplicasToDirs = 73, flexible from 0;
    ListConfigResources = 74, flexible from 0;
    DescribeTopicPartitions = 75, flexible from 0;
    ShareGroupHeartbeat = 76, flexible from 0;
    ShareGroupDescribe = 77, flexible from 0;
    ShareFetch = 78, flexible from 0;
    ShareAcknowledge = 79, flexible from 0;
    AddRaftVoter = 80, flexible from 0;
    RemoveRaftVoter = 81, flexible from 0;
    UpdateRaftVoter = 82, flexible from 0;
    InitializeShareGroupState = 83, flexible from 0;
    ReadShareGroupState = 84, flexible from 0;
    WriteShareGroupState = 85, flexible from 0;
    DeleteShareGroupState = 86, flexible from 0;
    ReadShareGroupStateSummary = 87, flexible from 0;
    StreamsGroupHeartbeat = 88, flexible from 0;
    StreamsGroupDescribe = 89, flexible from 0;
    DescribeShareGroupOffsets = 90, flexible from 0;
    AlterShareGroupOffsets = 91, flexible from 0;
    DeleteShareGroupOffsets = 92, flexible from 0;
}

/// What a broker of Kafka 4.3.1 advertises to clients, by key. Produce says 0, though 3 is the first version that is
/// served: older librdkafka takes its absence as a lack of compression codecs (KAFKA-18659).
pub const VERSIONS: &[ApiVersion] = &[
    version(ApiKey::Produce, 0, 13),
    version(ApiKey::Fetch, 4, 18),
    version(ApiKey::ListOffsets, 1, 11),
    version(ApiKey::Metadata, 0, 13),
    version(ApiKey::OffsetCommit, 2, 10),
    version(ApiKey::OffsetFetch, 1, 10),
    version(ApiKey::FindCoordinator, 0, 6),
    version(ApiKey::JoinGroup, 0, 9),
    version(ApiKey::Heartbeat, 0, 4),
    version(ApiKey::LeaveGroup, 0, 5),
    version(ApiKey::SyncGroup, 0, 5),
    version(ApiKey::DescribeGroups, 0, 6),
    version(ApiKey::ListGroups, 0, 5),
    version(ApiKey::SaslHandshake, 0, 1),
    version(ApiKey::ApiVersions, 0, 4),
    version(ApiKey::CreateTopics, 2, 7),
    version(ApiKey::DeleteTopics, 1, 6),
    version(ApiKey::DeleteRecords, 0, 2),
    version(ApiKey::InitProducerId, 0, 5),
    version(ApiKey::OffsetForLeaderEpoch, 2, 4),
    version(ApiKey::AddPartitionsToTxn, 0, 5),
    version(ApiKey::AddOffsetsToTxn, 0, 4),
    version(ApiKey::EndTxn, 0, 5),
    version(ApiKey::WriteTxnMarkers, 1, 2),
    version(ApiKey::TxnOffsetCommit, 0, 5),
    version(ApiKey::DescribeAcls, 1, 3),
    version(ApiKey::CreateAcls, 1, 3),
    version(ApiKey::DeleteAcls, 1, 3),
    version(ApiKey::DescribeConfigs, 1, 4),
    version(ApiKey::AlterConfigs, 0, 2),
    version(ApiKey::AlterReplicaLogDirs, 1, 2),
    version(ApiKey::DescribeLogDirs, 1, 5),
    version(ApiKey::SaslAuthenticate, 0, 2),
    version(ApiKey::CreatePartitions, 0, 3),
    version(ApiKey::CreateDelegationToken, 1, 3),
    version(ApiKey::RenewDelegationToken, 1, 2),
    version(ApiKey::ExpireDelegationToken, 1, 2),
    version(ApiKey::DescribeDelegationToken, 1, 3),
    version(ApiKey::DeleteGroups, 0, 2),
    version(ApiKey::ElectLeaders, 0, 2),
    version(ApiKey::IncrementalAlterConfigs, 0, 1),
    version(ApiKey::AlterPartitionReassignments, 0, 1),
    version(ApiKey::ListPartitionReassignments, 0, 0),
    version(ApiKey::OffsetDelete, 0, 0),
    version(ApiKey::DescribeClientQuotas, 0, 1),
    version(ApiKey::AlterClientQuotas, 0, 1),
    version(ApiKey::DescribeUserScramCredentials, 0, 0),
    version(ApiKey::AlterUserScramCredentials, 0, 0),
    version(ApiKey::DescribeQuorum, 0, 2),
    version(ApiKey::UpdateFeatures, 0, 2),
    version(ApiKey::DescribeCluster, 0, 2),
    version(ApiKey::DescribeProducers, 0, 0),
    version(ApiKey::UnregisterBroker, 0, 0),
    version(ApiKey::DescribeTransactions, 0, 0),
    version(ApiKey::ListTransactions, 0, 2),
    version(ApiKey::ConsumerGroupHeartbeat, 0, 1),
    version(ApiKey::ConsumerGroupDescribe, 0, 1),
    version(ApiKey::ListConfigResources, 0, 1),
    version(ApiKey::DescribeTopicPartitions, 0, 0),
    version(ApiKey::ShareGroupHeartbeat, 1, 1),
    version(ApiKey::ShareGroupDescribe, 1, 1),
    version(ApiKey::ShareFetch, 1, 2),
    version(ApiKey::ShareAcknowledge, 1, 2),
    version(ApiKey::AddRaftVoter, 0, 1),
    version(ApiKey::RemoveRaftVoter, 0, 0),
    version(ApiKey::InitializeShareGroupState, 0, 0),
    version(ApiKey::ReadShareGroupState, 0, 0),
    version(ApiKey::WriteShareGroupState, 0, 1),
    version(ApiKey::DeleteShareGroupState, 0, 0),
    version(ApiKey::ReadShareGroupStateSummary, 0, 1),
    version(ApiKey::StreamsGroupHeartbeat, 0, 0),
    version(ApiKey::StreamsGroupDescribe, 0, 0),
    version(ApiKey::DescribeShareGroupOffsets, 0, 1),
    version(ApiKey::AlterShareGroupOffsets, 0, 0),
    version(ApiKey::DeleteShareGroupOffsets, 0, 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_versions_are_in_order() {
        assert!(ApiKey::ALL.is_sorted());
        assert!(VERSIONS.is_sorted_by_key(|version| version.key));
        for key in ApiKey::ALL {
            assert_eq!(ApiKey::from_i16(key.code()), Some(*key));
        }
        assert_eq!(ApiKey::Fetch.versions().map(|v| (v.min, v.max)), Some((4, 18)));
        assert_eq!(ApiKey::Vote.versions(), None);
        assert_eq!(ApiKey::from_i16(4), None);
    }

    #[test]
    fn header_versions() {
        assert_eq!(ApiKey::Produce.request_header_version(8), 1);
        assert_eq!(ApiKey::Produce.request_header_version(9), 2);
        assert_eq!(ApiKey::Produce.response_header_version(9), 1);
        assert_eq!(ApiKey::ApiVersions.request_header_version(3), 2);
        assert_eq!(ApiKey::ApiVersions.response_header_version(4), 0);
        assert_eq!(ApiKey::SaslHandshake.request_header_version(1), 1);
    }
}
