//! DeleteRecords (key 21), versions 0 to 2.
//! Moves the start of partitions up to an offset, -1 for the high watermark (KIP-107). Answers when that will survive a crash;
//! the files go with the next retention run.
//! Differs from Kafka: `timeout_ms` has no effect.

use tracing::error;
use vltava_model::{Offset, PartitionIndex};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest,
    DeleteRecordsResponse, DeleteRecordsTopicResult,
};

use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic
            .partitions
            .iter()
            .map(|asked| answer(asked.partition_index, delete(&ctx.broker, &topic.name, asked)));
        let partitions = partitions.collect();
        DeleteRecordsTopicResult { name: topic.name, partitions }
    });
    let mut topics: Vec<DeleteRecordsTopicResult> = topics.collect();
    if !write_checkpoint(&ctx.broker).await {
        let all = topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        for done in all.filter(|partition| partition.error_code == 0) {
            *done = answer(done.partition_index, Err(ErrorCode::KAFKA_STORAGE_ERROR));
        }
    }
    DeleteRecordsResponse { throttle_time_ms: 0, topics }
}

fn delete(
    broker: &Broker,
    topic: &str,
    asked: &DeleteRecordsPartition,
) -> Result<Offset, ErrorCode> {
    let index = PartitionIndex(asked.partition_index);
    let partition = broker.node.partitions().by_name(topic, index);
    let partition = partition.map_err(|error| error.error_code())?;
    if partition.id().topic.is_internal() {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    partition.delete_records(Offset(asked.offset)).map_err(|error| error.error_code())
}

/// Makes the new starts durable.
async fn write_checkpoint(broker: &Broker) -> bool {
    let node = std::sync::Arc::clone(&broker.node);
    let write = move || node.partitions().write_checkpoints();
    match broker.stop.tasks().spawn_blocking(write).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            error!(%error, "cannot write the offset checkpoints");
            false
        }
        Err(lost) => {
            error!(%lost, "cannot write the offset checkpoints");
            false
        }
    }
}

fn answer(
    partition_index: i32,
    outcome: Result<Offset, ErrorCode>,
) -> DeleteRecordsPartitionResult {
    match outcome {
        Ok(start) => DeleteRecordsPartitionResult {
            partition_index,
            low_watermark: start.0,
            error_code: ErrorCode::NONE.code(),
        },
        Err(error) => DeleteRecordsPartitionResult {
            partition_index,
            low_watermark: -1,
            error_code: error.code(),
        },
    }
}
