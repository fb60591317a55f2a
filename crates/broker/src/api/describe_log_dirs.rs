//! DescribeLogDirs (key 35), versions 1 to 5.
//! The data folder, the size of the partitions in it, and of the volume it is on (v4, KIP-827).
//! Differs from Kafka: there is one folder, and nothing moves between folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::warn;
use vltava_model::TopicName;
use vltava_partition::Partition;
use vltava_protocol::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsRequest,
    DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use vltava_protocol::{ErrorCode, Str};

use crate::broker::Broker;
use crate::dispatch::RequestContext;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let partitions = match request.topics {
        None => ctx.broker.node.partitions().all(),
        Some(topics) => find(&ctx.broker, &topics),
    };
    let folder = ctx.broker.node.partitions().folder();
    let log_dir = Str::from(folder.to_string_lossy().as_ref());
    let (total_bytes, usable_bytes) = match rustix::fs::statvfs(folder) {
        Ok(volume) => {
            let bytes = |blocks: u64| {
                i64::try_from(blocks.saturating_mul(volume.f_frsize)).unwrap_or(i64::MAX)
            };
            (bytes(volume.f_blocks), bytes(volume.f_bavail))
        }
        Err(error) => {
            warn!(%error, "cannot ask how large the volume of the data folder is");
            (-1, -1)
        }
    };
    let result = DescribeLogDirsResult {
        error_code: ErrorCode::NONE.code(),
        log_dir,
        topics: sizes(&partitions),
        total_bytes,
        usable_bytes,
        is_cordoned: false,
    };
    DescribeLogDirsResponse { results: vec![result], ..DescribeLogDirsResponse::default() }
}

/// Those of the partitions asked for that are here.
fn find(broker: &Broker, topics: &[DescribableLogDirTopic]) -> Vec<Arc<Partition>> {
    let partitions = broker.node.partitions();
    let asked = topics.iter().flat_map(|topic| topic.partitions.iter().map(|p| (&topic.topic, *p)));
    asked
        .filter_map(|(topic, index)| {
            partitions.by_name(topic, vltava_model::PartitionIndex(index)).ok()
        })
        .collect()
}

fn sizes(partitions: &[Arc<Partition>]) -> Vec<DescribeLogDirsTopic> {
    let mut topics: BTreeMap<&TopicName, BTreeMap<i32, &Arc<Partition>>> = BTreeMap::new();
    for partition in partitions {
        let id = partition.id();
        topics.entry(&id.topic).or_default().insert(id.partition.0, partition);
    }
    let size = |(&partition_index, partition): (&i32, &&Arc<Partition>)| DescribeLogDirsPartition {
        partition_index,
        partition_size: i64::try_from(partition.size_bytes()).unwrap_or(i64::MAX),
        offset_lag: 0,
        is_future_key: false,
    };
    topics
        .iter()
        .map(|(name, partitions)| DescribeLogDirsTopic {
            name: Str::from(*name),
            partitions: partitions.iter().map(size).collect(),
        })
        .collect()
}
