//! DeleteRecords (key 21), versions 0 to 2.
//! Moves the start of partitions up to an offset, -1 for the high watermark (KIP-107). Answers when that will survive a crash;
//! the files go with the next retention run. `timeout_ms` is for records that are not durable yet.

use std::sync::Arc;
use std::time::Duration;

use tracing::error;
use vltava_model::{Offset, PartitionIndex};
use vltava_partition::{DeleteRecordsError, Partition};
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest,
    DeleteRecordsResponse, DeleteRecordsTopicResult,
};

use crate::api::settle::settle;
use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

/// What stands for the high watermark.
const HIGH_WATERMARK: i64 = -1;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let limit = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    settle(behind(&ctx.broker, &request), limit).await;
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

/// The partitions whose records are to be deleted up to, or beyond, their high watermarks.
fn behind(broker: &Broker, request: &DeleteRecordsRequest) -> Vec<Arc<Partition>> {
    let asked = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|asked| (find(broker, &topic.name, asked), asked.offset))
    });
    let behind = asked.filter_map(|(partition, offset)| {
        let partition = partition.ok()?;
        let is_behind = offset == HIGH_WATERMARK || Offset(offset) > partition.high_watermark();
        is_behind.then_some(partition)
    });
    behind.collect()
}

fn find(
    broker: &Broker,
    topic: &str,
    asked: &DeleteRecordsPartition,
) -> Result<Arc<Partition>, ErrorCode> {
    let index = PartitionIndex(asked.partition_index);
    broker.node.partitions().by_name(topic, index).map_err(|error| error.error_code())
}

fn delete(
    broker: &Broker,
    topic: &str,
    asked: &DeleteRecordsPartition,
) -> Result<Offset, ErrorCode> {
    let partition = find(broker, topic, asked)?;
    if partition.id().topic.is_internal() {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    partition.delete_records(Offset(asked.offset)).map_err(|error| match error {
        DeleteRecordsError::OutOfRange { offset, high_watermark, .. }
            if offset > high_watermark && offset <= partition.log_end_offset() =>
        {
            ErrorCode::REQUEST_TIMED_OUT
        }
        error => error.error_code(),
    })
}

/// Makes the new starts durable.
async fn write_checkpoint(broker: &Broker) -> bool {
    let node = Arc::clone(&broker.node);
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
