//! Writing records and reading them back.

use bytes::{Bytes, BytesMut};
use vltava_model::{ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_protocol::messages::describe_producers::{DescribeProducersRequest, TopicRequest};
use vltava_protocol::messages::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic,
};
use vltava_protocol::messages::init_producer_id::InitProducerIdRequest;
use vltava_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use vltava_records::{BatchBuilder, Compression};

use super::{Script, text};
use crate::client::Client;

/// A time that no limit on timestamps objects to in the years to come.
const TIME: i64 = 1_750_000_000_000;

pub(super) async fn run(script: &mut Script) {
    produce(script).await;
    refused(script).await;
    idempotent(script).await;
    fetch(script).await;
    limits(script).await;
    sessions(script).await;
}

fn builder(count: i64) -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    for n in 0..count {
        let value = format!("value {n}");
        builder.push(Timestamp(TIME + n), Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder
}

fn batch(count: i64) -> Bytes {
    builder(count).build(Compression::None)
}

fn request(topic: &str, index: i32, records: Option<Bytes>) -> ProduceRequest {
    let partition = PartitionProduceData { index, records: records.map(Into::into) };
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

async fn produce(script: &mut Script) {
    for (version, codec) in [
        (3, Compression::None),
        (5, Compression::Gzip),
        (7, Compression::Snappy),
        (8, Compression::Lz4),
        (12, Compression::Zstd),
    ] {
        let name = format!("{codec:?}");
        script.ask(version, &name, request("a", 0, Some(builder(3).build(codec)))).await;
    }
    let one = ProduceRequest { acks: 1, ..request("a", 0, Some(batch(2))) };
    script.ask(9, "acks=1", one).await;
    let id = script.topic_id("a").await;
    let mut by_id = request("", 0, Some(batch(1)));
    by_id.topic_data[0].topic_id = id;
    script.ask(13, "by id", by_id.clone()).await;
    by_id.topic_data[0].topic_id = TopicId([5; 16]);
    script.ask(13, "by an unknown id", by_id).await;
    let none = ProduceRequest { acks: 0, ..request("a", 0, Some(batch(1))) };
    script.client.send(9, &none).await;
    script.ask(9, "behind acks=0", request("a", 0, Some(batch(1)))).await;
    let none = ProduceRequest { acks: 0, ..request("nosuch", 0, Some(batch(1))) };
    script.is_closed(9, "acks=0 and an unknown topic", none).await;
    let mut several = request("b", 0, Some(batch(1)));
    several.topic_data[0]
        .partition_data
        .push(PartitionProduceData { index: 77, records: Some(batch(1).into()) });
    several.topic_data.extend(request("nosuch", 0, Some(batch(1))).topic_data);
    several.topic_data.extend(request("c", 1, Some(batch(2))).topic_data);
    let mut answer = script.client.ask(9, &several).await;
    answer.responses.sort_by(|a, b| a.name.cmp(&b.name));
    script.note::<ProduceRequest>(9, "some fail", &answer);
}

fn corrupt(mut bytes: BytesMut, at: usize, value: u8) -> Bytes {
    bytes[at] = value;
    bytes.freeze()
}

async fn refused(script: &mut Script) {
    let whole = || BytesMut::from(&batch(2)[..]);
    let twice: Bytes = [batch(1), batch(1)].concat().into();
    let large = {
        let mut builder = BatchBuilder::new();
        builder.push(Timestamp(TIME), None, Some(&[b'x'; 20_000]), &[]);
        builder.build(Compression::None)
    };
    let late = {
        let mut builder = BatchBuilder::new();
        builder.push(Timestamp(i64::MAX / 2), None, Some(b"x"), &[]);
        builder.build(Compression::None)
    };
    let keyless = {
        let mut builder = BatchBuilder::new();
        builder.push(Timestamp(TIME), None, Some(b"x"), &[]);
        builder.build(Compression::None)
    };
    let cases = [
        ("no records", "a", Some(Bytes::new())),
        ("two batches", "a", Some(twice)),
        ("a wrong crc", "a", Some(corrupt(whole(), 70, 0))),
        ("magic 1", "a", Some(corrupt(whole(), 16, 1))),
        ("magic 9", "a", Some(corrupt(whole(), 16, 9))),
        ("too large", "c", Some(large)),
        ("too late", "c", Some(late)),
        ("no key", "c", Some(keyless)),
        ("half a batch", "a", Some(batch(2).slice(..40))),
        ("zstd too early", "a", Some(builder(1).build(Compression::Zstd))),
        ("an internal topic", "__consumer_offsets", Some(batch(1))),
        ("an unknown topic", "nosuch", Some(batch(1))),
    ];
    for (name, topic, records) in cases {
        let version = if name == "zstd too early" { 6 } else { 9 };
        let mut answer = script.client.ask(version, &request(topic, 0, records)).await;
        for partition in answer.responses.iter_mut().flat_map(|t| &mut t.partition_responses) {
            // Kafka's words differ between its own versions.
            partition.error_message = None;
            partition.record_errors.clear();
        }
        script.note::<ProduceRequest>(version, name, &answer);
    }
    let acks = ProduceRequest { acks: 2, ..request("a", 0, Some(batch(1))) };
    script.ask(9, "acks=2", acks).await;
    let mut admin = Client::named(&script.address, "__admin_client").await;
    let answer = admin.ask(9, &request("__consumer_offsets", 77, Some(batch(1)))).await;
    script.note::<ProduceRequest>(9, "an internal topic, by an admin", &answer);
}

async fn idempotent(script: &mut Script) {
    let init = InitProducerIdRequest { transactional_id: None, ..InitProducerIdRequest::default() };
    let id = script.client.ask(4, &init).await.producer_id;
    script.transcript.hide(format!("producer_id: {id},"), "producer");
    let records = |epoch, sequence, count| {
        let builder =
            builder(count).producer(ProducerId(id), ProducerEpoch(epoch), Sequence(sequence));
        Some(builder.build(Compression::None))
    };
    let cases = [
        ("begins in the middle", 0, 5, 1),
        ("first", 0, 0, 2),
        ("first again", 0, 0, 2),
        ("second", 0, 2, 1),
        ("a gap", 0, 9, 1),
        ("half of an old one", 0, 1, 1),
        ("a new epoch in the middle", 1, 4, 1),
        ("a new epoch", 1, 0, 1),
        ("an old epoch", 0, 3, 1),
        ("the first, of the new epoch, again", 1, 0, 1),
    ];
    for (name, epoch, sequence, count) in cases {
        let mut answer =
            script.client.ask(9, &request("b", 1, records(epoch, sequence, count))).await;
        answer.responses[0].partition_responses[0].error_message = None;
        script.note::<ProduceRequest>(9, name, &answer);
    }
    let topics = vec![
        TopicRequest { name: text("b"), partition_indexes: vec![1, 0, 77] },
        TopicRequest { name: text("nosuch"), partition_indexes: vec![0] },
    ];
    let mut answer = script.client.ask(0, &DescribeProducersRequest { topics }).await;
    for partition in answer.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
        partition.error_message = None;
        for producer in &mut partition.active_producers {
            producer.last_timestamp = producer.last_timestamp.signum();
        }
    }
    script.note::<DescribeProducersRequest>(0, "after them", &answer);
}

fn from(topic: &str, partitions: &[(i32, i64)]) -> FetchRequest {
    let partition = |&(partition, fetch_offset): &(i32, i64)| FetchPartition {
        partition,
        fetch_offset,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    };
    let partitions = partitions.iter().map(partition).collect();
    let topic = FetchTopic { topic: text(topic), partitions, ..FetchTopic::default() };
    FetchRequest { min_bytes: 1, max_wait_ms: 10, topics: vec![topic], ..FetchRequest::default() }
}

async fn fetch(script: &mut Script) {
    for version in [4, 5, 7, 11, 12] {
        script.ask(version, "the last records", from("a", &[(0, 17)])).await;
    }
    let cases = [
        ("everything", from("b", &[(1, 0)])),
        ("the middle of a batch", from("a", &[(0, 16)])),
        ("the end", from("a", &[(0, 20)])),
        ("behind the end", from("a", &[(0, 21)])),
        ("before the start", from("a", &[(0, -1)])),
        ("an unknown topic", from("nosuch", &[(0, 0)])),
        ("an unknown partition", from("a", &[(77, 0)])),
        ("nothing", FetchRequest { topics: vec![], ..from("a", &[]) }),
    ];
    for (name, request) in cases {
        script.ask(12, name, request).await;
    }
    let committed = FetchRequest { isolation_level: 1, ..from("a", &[(0, 19)]) };
    script.ask(11, "committed", committed).await;
    for (name, epoch) in [("the right epoch", 0), ("a future epoch", 7), ("no epoch", -1)] {
        let mut request = from("a", &[(0, 19)]);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        script.ask(12, name, request.clone()).await;
    }
    let id = script.topic_id("a").await;
    for (name, id) in [("by id", id), ("by an unknown id", TopicId([3; 16]))] {
        for version in [13, 18] {
            let mut request = from("", &[(0, 19)]);
            request.topics[0].topic_id = id;
            script.ask(version, name, request).await;
        }
    }
    let mut diverging = from("a", &[(0, 19)]);
    diverging.topics[0].partitions[0].last_fetched_epoch = 0;
    script.ask(12, "after an epoch that is there", diverging.clone()).await;
    diverging.topics[0].partitions[0].fetch_offset = 25;
    script.ask(12, "after an epoch that has ended before", diverging).await;
}

/// How many bytes of records there are for each partition.
fn sizes(answer: &FetchResponse) -> Vec<(i32, usize)> {
    let partitions = answer.responses.iter().flat_map(|topic| &topic.partitions);
    partitions
        .map(|data| (data.partition_index, data.records.as_ref().map_or(0, whole_batches)))
        .collect()
}

/// The bytes of whole batches: Kafka may add the beginning of another.
fn whole_batches(records: &vltava_protocol::Records) -> usize {
    let bytes = records.clone().into_bytes().unwrap();
    let mut end = 0;
    while let Some(length) = bytes.get(end + 8..end + 12) {
        let length = u32::from_be_bytes(length.try_into().unwrap());
        let next = end + 12 + usize::try_from(length).unwrap();
        if next > bytes.len() {
            break;
        }
        end = next;
    }
    end
}

async fn limits(script: &mut Script) {
    for (name, max_bytes, partition_max_bytes, min_bytes) in [
        ("less than a batch in all", 1, 1 << 20, 1),
        ("less than a batch each", 1 << 20, 1, 1),
        ("a batch or so", 250, 1 << 20, 1),
        ("a batch or so each", 1 << 20, 250, 1),
        ("nothing at all", 0, 0, 0),
        ("more than there is", 1 << 20, 1 << 20, 1 << 20),
    ] {
        let mut request = from("a", &[(0, 0)]);
        request.topics.extend(from("b", &[(1, 0), (0, 0)]).topics);
        request.max_bytes = max_bytes;
        request.min_bytes = min_bytes;
        for partition in request.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            partition.partition_max_bytes = partition_max_bytes;
        }
        let answer = script.client.ask(11, &request).await;
        script.note::<FetchRequest>(11, name, &sizes(&answer));
    }
}

async fn sessions(script: &mut Script) {
    let begin = FetchRequest { session_epoch: 0, ..from("b", &[(0, 1), (1, 4), (2, 0)]) };
    let answer = script.client.ask(12, &begin).await;
    let id = answer.session_id;
    script.transcript.hide(format!("session_id: {id}"), "session");
    script.note::<FetchRequest>(12, "a session begins", &answer);
    let next = |session_epoch| FetchRequest {
        session_id: id,
        session_epoch,
        topics: Vec::new(),
        ..from("b", &[])
    };
    script.ask(12, "no news", next(1)).await;
    script.client.ask(9, &request("b", 2, Some(batch(1)))).await;
    script.ask(12, "news", next(2)).await;
    let moved = FetchRequest { topics: from("b", &[(2, 1), (3, 0)]).topics, ..next(3) };
    script.ask(12, "one moved, one added", moved).await;
    let forgotten =
        ForgottenTopic { topic: text("b"), partitions: vec![2, 0], ..Default::default() };
    let forget = FetchRequest { forgotten_topics_data: vec![forgotten], ..next(4) };
    script.ask(12, "some forgotten", forget).await;
    let unknown = FetchRequest { topics: from("nosuch", &[(0, 0)]).topics, ..next(5) };
    script.ask(12, "an unknown topic added", unknown).await;
    script.ask(12, "still unknown", next(6)).await;
    script.ask(12, "the same epoch again", next(6)).await;
    script.ask(13, "a version with ids", next(7)).await;
    script.ask(12, "another session", FetchRequest { session_id: id ^ 1, ..next(7) }).await;
    let last = FetchRequest { topics: from("b", &[(0, 0)]).topics, ..next(-1) };
    let answer = script.client.ask(12, &last).await;
    script.note::<FetchRequest>(12, "the end of the session", &(answer.session_id, sizes(&answer)));
    script.ask(12, "after its end", next(7)).await;
}
