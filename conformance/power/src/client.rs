//! One connection to a broker, one method for each request that the test bed makes.

mod admin;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use vltava_model::TopicId;
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use vltava_protocol::messages::init_producer_id::InitProducerIdRequest;
use vltava_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use vltava_protocol::{Message, Reader, Records, Request, ResponseHeader, encode_request};

/// The version in which records are produced: topics by name.
const PRODUCE: i16 = 9;

/// What a fetch of one partition takes at most.
const FETCH_BYTES: i32 = 4 << 20;

/// A connection. Answers come in the order of requests.
pub(crate) struct Client {
    stream: TcpStream,
    sent: i32,
    received: i32,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("cannot connect")?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, sent: 0, received: 0 })
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn call<R: Request>(&mut self, version: i16, request: &R) -> Result<R::Response> {
        self.send(version, request)?;
        self.receive::<R>(version)
    }

    fn send<R: Request>(&mut self, version: i16, request: &R) -> Result<()> {
        self.sent += 1;
        let frame = encode_request(self.sent, Some("power"), version, request);
        Ok(self.stream.write_all(&frame.to_bytes().context("requests hold no files")?)?)
    }

    fn receive<R: Request>(&mut self, version: i16) -> Result<R::Response> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(length))?];
        self.stream.read_exact(&mut body)?;
        let mut reader = Reader::new(Bytes::from(body));
        let header = ResponseHeader::decode(&mut reader, R::KEY.response_header_version(version))?;
        self.received += 1;
        ensure!(header.correlation_id == self.received, "answers come in order");
        Ok(R::Response::decode(&mut reader, version)?)
    }

    /// Sends a batch; its answer is to be taken by [`Client::produced`].
    pub(crate) fn send_batch(
        &mut self,
        (topic, partition): (&str, i32),
        acks: i16,
        batch: Bytes,
    ) -> Result<()> {
        let data = PartitionProduceData { index: partition, records: Some(Records::Bytes(batch)) };
        let topic = TopicProduceData {
            name: topic.into(),
            partition_data: vec![data],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks,
            timeout_ms: 10_000,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        self.send(PRODUCE, &request)
    }

    /// The error code and the base offset of the oldest batch that was sent.
    pub(crate) fn produced(&mut self) -> Result<(i16, i64)> {
        let response = self.receive::<ProduceRequest>(PRODUCE)?;
        let topic = response.responses.first().context("an answer for the topic")?;
        let partition = topic.partition_responses.first().context("an answer for the partition")?;
        Ok((partition.error_code, partition.base_offset))
    }

    /// Reads on from an offset.
    pub(crate) fn fetch(
        &mut self,
        (topic_id, partition): (TopicId, i32),
        fetch_offset: i64,
    ) -> Result<PartitionData> {
        let partition = FetchPartition {
            partition,
            fetch_offset,
            partition_max_bytes: FETCH_BYTES,
            ..FetchPartition::default()
        };
        let topic = FetchTopic { topic_id, partitions: vec![partition], ..FetchTopic::default() };
        let request = FetchRequest {
            max_bytes: FETCH_BYTES,
            min_bytes: 1,
            topics: vec![topic],
            ..FetchRequest::default()
        };
        let mut response = self.call(13, &request)?;
        ensure!(response.error_code == 0, "fetch: error {}", response.error_code);
        let mut topic = response.responses.pop().context("an answer for the topic")?;
        topic.partitions.pop().context("an answer for the partition")
    }

    /// A new producer id.
    pub(crate) fn producer_id(&mut self) -> Result<i64> {
        let request =
            InitProducerIdRequest { transactional_id: None, ..InitProducerIdRequest::default() };
        let response = self.call(4, &request)?;
        ensure!(response.error_code == 0, "InitProducerId: error {}", response.error_code);
        Ok(response.producer_id)
    }
}
