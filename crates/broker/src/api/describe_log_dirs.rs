//! DescribeLogDirs (key 35), versions 1 to 5.
//! The data folder, the size of the partitions in it, and of the volume it is on (v4, KIP-827).
//! Differs from Kafka: there is one folder, and nothing moves between folders.

use std::collections::HashSet;

use tracing::warn;
use vltava_model::TopicPartition;
use vltava_protocol::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsRequest,
    DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use vltava_protocol::{ErrorCode, Str};

use crate::dispatch::RequestContext;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let mut partitions = ctx.broker.node.partitions().sizes();
    if let Some(topics) = request.topics {
        partitions = asked(partitions, &topics);
    }
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
        topics: by_topic(&partitions),
        total_bytes,
        usable_bytes,
        is_cordoned: false,
    };
    DescribeLogDirsResponse { results: vec![result], ..DescribeLogDirsResponse::default() }
}

/// Those of the partitions that were asked for.
fn asked(
    partitions: Vec<(TopicPartition, u64)>,
    topics: &[DescribableLogDirTopic],
) -> Vec<(TopicPartition, u64)> {
    let asked =
        topics.iter().flat_map(|topic| topic.partitions.iter().map(|p| (&*topic.topic, *p)));
    let asked: HashSet<(&str, i32)> = asked.collect();
    let is_asked = |id: &TopicPartition| asked.contains(&(id.topic.as_str(), id.partition.0));
    partitions.into_iter().filter(|(id, _)| is_asked(id)).collect()
}

/// The partitions in order, by topic.
fn by_topic(partitions: &[(TopicPartition, u64)]) -> Vec<DescribeLogDirsTopic> {
    let size = |(id, bytes): &(TopicPartition, u64)| DescribeLogDirsPartition {
        partition_index: id.partition.0,
        partition_size: i64::try_from(*bytes).unwrap_or(i64::MAX),
        offset_lag: 0,
        is_future_key: false,
    };
    let topics = partitions.chunk_by(|(a, _), (b, _)| a.topic == b.topic);
    topics
        .map(|partitions| DescribeLogDirsTopic {
            name: Str::from(&partitions[0].0.topic),
            partitions: partitions.iter().map(size).collect(),
        })
        .collect()
}
