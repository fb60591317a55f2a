//! DescribeProducers (key 61), version 0.
//! The producers that a partition knows (KIP-664): those whose sequence numbers it checks.

use vltava_model::PartitionIndex;
use vltava_protocol::messages::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState,
    TopicResponse,
};

use crate::broker::Broker;
use crate::dispatch::RequestContext;
use crate::errors::Coded;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions =
            topic.partition_indexes.iter().map(|index| describe(&ctx.broker, &topic.name, *index));
        let partitions = partitions.collect();
        TopicResponse { name: topic.name, partitions }
    });
    DescribeProducersResponse { throttle_time_ms: 0, topics: topics.collect() }
}

fn describe(broker: &Broker, topic: &str, partition_index: i32) -> PartitionResponse {
    let unknown = PartitionResponse { partition_index, ..PartitionResponse::default() };
    let partition = match broker.node.partitions().by_name(topic, PartitionIndex(partition_index)) {
        Ok(partition) => partition,
        Err(error) => {
            let (error_code, error_message) = (error.code(), error.message());
            return PartitionResponse { error_code, error_message, ..unknown };
        }
    };
    let producers = partition.active_producers().into_iter().map(|producer| ProducerState {
        producer_id: producer.producer_id.0,
        producer_epoch: i32::from(producer.producer_epoch.0),
        last_sequence: producer.last_sequence.0,
        last_timestamp: producer.last_timestamp.0,
        coordinator_epoch: producer.coordinator_epoch,
        current_txn_start_offset: producer.current_transaction_start.map_or(-1, |offset| offset.0),
    });
    PartitionResponse { active_producers: producers.collect(), ..unknown }
}
