//! A partition as clients are told of it, by Metadata and DescribeTopicPartitions.

use vltava_metadata::{Image, Partition, Topic};
use vltava_model::{LeaderEpoch, PartitionIndex};
use vltava_protocol::ErrorCode;

use crate::broker::Broker;

/// Who has a partition.
pub(crate) struct PartitionState {
    pub(crate) index: PartitionIndex,
    /// LEADER_NOT_AVAILABLE if nobody leads it.
    pub(crate) error: ErrorCode,
    /// -1 for nobody.
    pub(crate) leader_id: i32,
    pub(crate) leader_epoch: LeaderEpoch,
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
    pub(crate) offline: Vec<i32>,
}

impl PartitionState {
    /// The partitions of a topic in order.
    pub(crate) fn all(
        broker: &Broker,
        image: &Image,
        topic: &Topic,
    ) -> impl Iterator<Item = PartitionState> {
        let failed = broker.node.partitions().failed(topic.name.as_str());
        topic.indexed().map(move |(index, partition)| {
            PartitionState::new(image, index, partition, failed.contains(&index))
        })
    }

    fn new(
        image: &Image,
        index: PartitionIndex,
        partition: &Partition,
        failed: bool,
    ) -> PartitionState {
        let replicas: Vec<i32> = partition.replicas.iter().map(|id| id.0).collect();
        let none = Vec::new;
        PartitionState {
            index,
            error: if failed { ErrorCode::LEADER_NOT_AVAILABLE } else { ErrorCode::NONE },
            leader_id: if failed { -1 } else { partition.leader.0 },
            leader_epoch: image.leader_epoch(partition),
            in_sync: if failed { none() } else { replicas.clone() },
            offline: if failed { replicas.clone() } else { none() },
            replicas,
        }
    }
}
