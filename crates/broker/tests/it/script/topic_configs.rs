//! What topic configs do to produced records, and to what may be said about them. Run against an empty broker.

mod broker_defaults;
mod deleting;
mod stored;
mod values;

use bytes::Bytes;
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use vltava_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use vltava_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use vltava_records::{BatchBuilder, Compression, batches};

use super::{Script, text};

/// A time that no limit on timestamps objects to in the years to come.
const TIME: i64 = 1_750_000_000_000;

pub(super) async fn run(script: &mut Script) {
    values::run(script).await;
    stored::run(script).await;
    deleting::run(script).await;
    broker_defaults::run(script).await;
}

/// A topic with one partition, made or not, and what is said about that.
fn creation(topic: &str, configs: &[(&str, &str)], validate_only: bool) -> CreateTopicsRequest {
    let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
        name: text(name),
        value: Some(text(value)),
    };
    let topic = CreatableTopic {
        name: text(topic),
        num_partitions: 1,
        replication_factor: 1,
        configs: configs.iter().map(config).collect(),
        ..CreatableTopic::default()
    };
    CreateTopicsRequest { topics: vec![topic], timeout_ms: 9_000, validate_only }
}

fn request(topic: &str, records: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData { index: 0, records: Some(records.into()) };
    let topic = TopicProduceData {
        name: text(topic),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    ProduceRequest {
        acks: -1,
        timeout_ms: 9_000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    }
}

fn builder(timestamps: &[i64]) -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    for (n, timestamp) in timestamps.iter().enumerate() {
        let value = format!("value {n}");
        builder.push(Timestamp(*timestamp), Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder
}

fn sequenced(epoch: i16, sequence: i32) -> Bytes {
    let producer = (ProducerId(4000), ProducerEpoch(epoch), Sequence(sequence));
    builder(&[TIME, TIME + 1]).producer(producer.0, producer.1, producer.2).build(Compression::None)
}

impl Script {
    /// Makes a topic that keeps its old records, unless it has no configs.
    async fn make(&mut self, topic: &str, configs: &[(&str, &str)]) {
        let forever = (!configs.is_empty()).then_some(("retention.ms", "-1"));
        let configs: Vec<_> = configs.iter().copied().chain(forever).collect();
        let configs = configs.as_slice();
        let answer = self.client.ask(5, &creation(topic, configs, false)).await;
        assert_eq!(answer.topics[0].error_code, 0, "{answer:?}");
        self.settle().await;
    }

    /// Produces a batch and notes what is told of it.
    async fn produce(&mut self, name: &str, topic: &str, records: Bytes) {
        let answer = self.client.ask(9, &request(topic, records)).await;
        let answer = &answer.responses[0].partition_responses[0];
        let told = (
            answer.error_code,
            answer.base_offset,
            answer.log_append_time_ms,
            answer.log_start_offset,
            // Of other errors Kafka tells no more than the code.
            answer.error_message.as_ref().filter(|_| !answer.record_errors.is_empty()),
            &answer.record_errors,
        );
        self.note::<ProduceRequest>(9, &format!("{topic}: {name}"), &without_times(&told));
    }

    /// Notes what is in a topic: headers, but for the sizes of what is compressed, and records.
    async fn stored(&mut self, topic: &str) {
        let partition = FetchPartition { partition_max_bytes: 1 << 24, ..Default::default() };
        let asked =
            FetchTopic { topic: text(topic), partitions: vec![partition], ..FetchTopic::default() };
        let fetch = FetchRequest {
            min_bytes: 1,
            max_wait_ms: 1000,
            topics: vec![asked],
            ..FetchRequest::default()
        };
        let answer = self.client.ask(11, &fetch).await;
        let records = answer.responses[0].partitions[0].records.clone();
        let bytes = records.and_then(vltava_protocol::Records::into_bytes).unwrap_or_default();
        for batch in batches(bytes).map(Result::unwrap) {
            batch.check_crc().unwrap();
            let mut header = batch.header;
            header.crc = 0;
            if header.compression().unwrap() != Compression::None {
                header.batch_length = 0;
            }
            let records = batch.records().unwrap().map(Result::unwrap).map(|record| {
                (
                    record.offset.0,
                    record.timestamp.0,
                    record.key,
                    record.value,
                    record.headers.len(),
                )
            });
            let line = format!("{header:?}, {:?}", records.collect::<Vec<_>>());
            let line = if line.len() > 2000 { format!("{} bytes", line.len()) } else { line };
            self.note::<FetchRequest>(11, &format!("{topic} holds"), &without_times(&line));
        }
    }
}

/// The same without numbers that are times of this day.
fn without_times(told: &impl std::fmt::Debug) -> String {
    let now = vltava_runtime::Clock::system().now().0;
    let told = format!("{told:?}").replace("\\\"", "'");
    let mut out = String::new();
    let mut rest = told.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        let is_today = digits.parse::<i64>().is_ok_and(|number| {
            // A range may reach from this day to what the largest number of milliseconds was before it.
            [now, i64::MAX - now].iter().any(|day| (number - day).abs() < 86_400_000)
        });
        out.push_str(before);
        out.push_str(if is_today { "<a time>" } else { digits });
        rest = after;
    }
    out + rest
}
