//! Frames that are not what they say they are: each byte of a Produce and of a Fetch request set to some other values, and
//! what comes of it. Requests whose records are elsewhere in memory than their frame, and whatever else is done to read them
//! faster, must not be told from outside.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use vltava_model::Timestamp;
use vltava_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use vltava_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use vltava_protocol::{Message, Reader, Records, Request, ResponseHeader, encode_request};
use vltava_records::{BatchBuilder, Compression};

use super::{Script, text};
use crate::client::Client;

/// What bytes are set to: nothing, a small and a large length, one more byte of a number, and all ones.
const VALUES: [u8; 5] = [0, 2, 0x7f, 0x80, 0xff];

/// Where a request's body begins behind length, key, version, correlation id and client id `c`, with and without tags.
const BODY: usize = 15;
const FLEXIBLE_BODY: usize = 16;

pub(super) async fn run(script: &mut Script) {
    // Its records are from 1970.
    let retention = CreatableTopicConfig { name: text("retention.ms"), value: Some(text("-1")) };
    let topic = CreatableTopic {
        configs: vec![retention],
        name: text("frames"),
        num_partitions: 1,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request =
        CreateTopicsRequest { topics: vec![topic], timeout_ms: 5000, ..Default::default() };
    script.client.ask(5, &request).await;
    script.settle().await;
    let produced = |response: &<ProduceRequest as Request>::Response| -> Vec<i16> {
        let topics = response.responses.iter();
        topics.flat_map(|topic| &topic.partition_responses).map(|one| one.error_code).collect()
    };
    let fetched = |response: &<FetchRequest as Request>::Response| -> Vec<i16> {
        let topics = response.responses.iter();
        let all = topics.flat_map(|topic| &topic.partitions).map(|one| one.error_code);
        std::iter::once(response.error_code).chain(all).collect()
    };
    for version in [3, 9] {
        mutate(script, version, &produce(), &produced).await;
    }
    for version in [4, 12] {
        mutate(script, version, &fetch(), &fetched).await;
    }
}

fn produce() -> ProduceRequest {
    let mut batch = BatchBuilder::new();
    batch.push(Timestamp(1), Some(b"key"), Some(b"value"), &[]);
    let records = Some(Records::Bytes(batch.build(Compression::None)));
    let partition = PartitionProduceData { index: 0, records };
    let topic = TopicProduceData {
        name: text("frames"),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    // Answered even if it is refused.
    ProduceRequest { acks: 1, timeout_ms: 0x0101, topic_data: vec![topic], ..Default::default() }
}

fn fetch() -> FetchRequest {
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..FetchPartition::default() };
    let topic =
        FetchTopic { topic: text("frames"), partitions: vec![partition], ..Default::default() };
    FetchRequest {
        max_wait_ms: 0,
        min_bytes: 0,
        max_bytes: 1 << 20,
        topics: vec![topic],
        ..FetchRequest::default()
    }
}

/// Changes the body, byte by byte up to the records, and cuts it off at each.
async fn mutate<R: Request>(
    script: &mut Script,
    version: i16,
    request: &R,
    codes: &impl Fn(&R::Response) -> Vec<i16>,
) {
    let frame = encode_request(7, Some("c"), version, request).to_bytes().unwrap();
    let is_flexible = R::KEY.response_header_version(version) > 0;
    let body = if is_flexible { FLEXIBLE_BODY } else { BODY };
    // A batch begins behind its offset, which is zeros and may be anything.
    let end = frame.windows(8).rposition(|bytes| bytes == [0; 8]).unwrap_or(frame.len());
    let end = if R::KEY.name() == "Produce" { end } else { frame.len() };
    for at in body..end {
        let mut cut = frame[..at].to_vec();
        let length = u32::try_from(at - 4).unwrap();
        cut[..4].copy_from_slice(&length.to_be_bytes());
        let outcome = outcome::<R>(script, version, &cut, codes).await;
        script.note::<R>(version, &format!("cut off at {at}"), &outcome);
        let mut outcomes = Vec::new();
        for value in VALUES {
            let mut changed = frame.to_vec();
            changed[at] = value;
            // No answer at all is what acks=0 asks for.
            let is_acks = R::KEY.name() == "Produce" && (body..body + 4).contains(&at);
            if !is_acks {
                outcomes.push(self::outcome::<R>(script, version, &changed, codes).await);
            }
        }
        script.note::<R>(version, &format!("byte {at} other"), &outcomes);
    }
}

/// The error codes of the answer, or that there is none.
async fn outcome<R: Request>(
    script: &Script,
    version: i16,
    frame: &[u8],
    codes: &impl Fn(&R::Response) -> Vec<i16>,
) -> String {
    let mut client = Client::connect(&script.address).await;
    client.send_bytes(frame).await;
    // Kafka leaves some without an answer and open; no broker takes as long to give one.
    let answer = match timeout(Duration::from_secs(8), client.frame()).await {
        Ok(Some(answer)) => answer,
        Ok(None) => return "closed".to_owned(),
        Err(_elapsed) => return "nothing".to_owned(),
    };
    let mut reader = Reader::new(Bytes::clone(&answer));
    ResponseHeader::decode(&mut reader, R::KEY.response_header_version(version)).unwrap();
    let response = R::Response::decode(&mut reader, version).unwrap();
    format!("{:?}", codes(&response))
}
