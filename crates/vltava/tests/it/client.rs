//! The smallest client that tests need: one connection, one request at a time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_protocol::messages::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use vltava_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use vltava_protocol::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse,
};
use vltava_protocol::messages::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, TopicProduceData,
};
use vltava_protocol::{Message, Reader, Records, Request, ResponseHeader, encode_request};
use vltava_records::{BatchBuilder, Compression, batches};

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    next_id: i32,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
        stream.set_nodelay(true).expect("a socket option can be set");
        Client { stream, next_id: 1 }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.try_call(version, request).expect("the broker answers")
    }

    /// The same; an error if the connection ends.
    pub(crate) fn try_call<R: Request>(
        &mut self,
        version: i16,
        request: &R,
    ) -> std::io::Result<R::Response> {
        self.send(version, request)?;
        self.receive::<R>(version)
    }

    pub(crate) fn send<R: Request>(&mut self, version: i16, request: &R) -> std::io::Result<()> {
        let frame = encode_request(self.next_id, Some("it"), version, request);
        self.stream.write_all(&frame.to_bytes().expect("no files"))
    }

    pub(crate) fn receive<R: Request>(&mut self, version: i16) -> std::io::Result<R::Response> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("fits")];
        self.stream.read_exact(&mut body)?;
        let mut reader = Reader::new(Bytes::from(body));
        let header = ResponseHeader::decode(&mut reader, R::KEY.response_header_version(version))
            .expect("a response header");
        assert_eq!(header.correlation_id, self.next_id, "answers come in order");
        self.next_id += 1;
        Ok(R::Response::decode(&mut reader, version).expect("a response"))
    }

    /// Writes bytes as they are.
    pub(crate) fn write_raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads until the broker closes the connection; false if it did not within the read timeout.
    pub(crate) fn is_closed_by_broker(&mut self) -> bool {
        let mut sink = Vec::new();
        match self.stream.read_to_end(&mut sink) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    pub(crate) fn set_timeout(&self, timeout: Duration) {
        self.stream.set_read_timeout(Some(timeout)).expect("a timeout can be set");
    }

    pub(crate) fn set_write_timeout(&self, timeout: Duration) {
        self.stream.set_write_timeout(Some(timeout)).expect("a timeout can be set");
    }

    pub(crate) fn api_versions(&mut self) -> ApiVersionsResponse {
        let request = ApiVersionsRequest {
            client_software_name: "it".into(),
            client_software_version: "1".into(),
        };
        self.call(3, &request)
    }

    /// The same; an error if no answer comes.
    pub(crate) fn try_api_versions(&mut self) -> std::io::Result<ApiVersionsResponse> {
        self.send(3, &ApiVersionsRequest::default())?;
        self.receive_api_versions()
    }

    /// The answer to what was sent before.
    pub(crate) fn receive_api_versions(&mut self) -> std::io::Result<ApiVersionsResponse> {
        self.receive::<ApiVersionsRequest>(3)
    }

    pub(crate) fn create_topic(&mut self, name: &str, partitions: i32) -> TopicId {
        self.create_topic_with(name, partitions, &[])
    }

    pub(crate) fn create_topic_with(
        &mut self,
        name: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> TopicId {
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
        let response = self.call(7, &request);
        assert_eq!(response.topics[0].error_code, 0, "{response:?}");
        response.topics[0].topic_id
    }

    pub(crate) fn metadata(&mut self, topic: &str) -> MetadataResponse {
        let topic =
            MetadataRequestTopic { name: Some(topic.into()), ..MetadataRequestTopic::default() };
        let request = MetadataRequest {
            topics: Some(vec![topic]),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        self.call(12, &request)
    }

    /// Produces one batch with `acks=all`.
    pub(crate) fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        batch: Bytes,
    ) -> std::io::Result<PartitionProduceResponse> {
        let response = self.try_call(9, &produce_request(topic, partition, -1, batch))?;
        Ok(response.responses[0].partition_responses[0].clone())
    }

    /// Every value from `offset` to the high watermark, with its offset.
    pub(crate) fn consume(
        &mut self,
        topic: TopicId,
        partition: i32,
        mut offset: i64,
    ) -> Vec<(i64, Bytes)> {
        let mut values = Vec::new();
        loop {
            let response = self.call(13, &fetch_request(topic, partition, offset));
            assert_eq!(response.error_code, 0, "{response:?}");
            let answer = &response.responses[0].partitions[0];
            assert_eq!(answer.error_code, 0, "{answer:?}");
            let Some(Records::Bytes(records)) = &answer.records else { return values };
            let before = offset;
            for batch in batches(records.clone()).map_while(Result::ok) {
                batch.check_crc().expect("batches are whole");
                for record in batch.records().expect("a codec that exists") {
                    let record = record.expect("a whole record");
                    if record.offset.0 >= before {
                        values.push((record.offset.0, record.value.unwrap_or_default()));
                    }
                }
                offset = batch.header.next_offset().0;
            }
            if offset >= answer.high_watermark {
                return values;
            }
            assert!(offset > before, "a fetch below the high watermark brings a batch");
        }
    }
}

pub(crate) fn produce_request(
    topic: &str,
    partition: i32,
    acks: i16,
    batch: Bytes,
) -> ProduceRequest {
    let data = PartitionProduceData { index: partition, records: Some(Records::Bytes(batch)) };
    let topic = TopicProduceData {
        name: topic.into(),
        partition_data: vec![data],
        ..TopicProduceData::default()
    };
    ProduceRequest {
        acks,
        timeout_ms: 10_000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    }
}

pub(crate) fn fetch_request(topic: TopicId, partition: i32, offset: i64) -> FetchRequest {
    let partition = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    };
    let topic =
        FetchTopic { topic_id: topic, partitions: vec![partition], ..FetchTopic::default() };
    FetchRequest {
        max_wait_ms: 100,
        min_bytes: 1,
        max_bytes: 1 << 20,
        topics: vec![topic],
        ..FetchRequest::default()
    }
}

/// A batch of these values.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    fill(BatchBuilder::new(), values)
}

/// The same from an idempotent producer.
pub(crate) fn idempotent_batch(producer: i64, sequence: i32, values: &[&str]) -> Bytes {
    let builder =
        BatchBuilder::new().producer(ProducerId(producer), ProducerEpoch(0), Sequence(sequence));
    fill(builder, values)
}

fn fill(mut builder: BatchBuilder, values: &[&str]) -> Bytes {
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let now = Timestamp(i64::try_from(now).expect("fits"));
    for value in values {
        builder.push(now, Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder.build(Compression::None)
}
