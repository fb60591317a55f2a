//! Against the crate `kafka-protocol`, which generates its codec from the definitions of Kafka 4.1: both must read the
//! same random bytes and write them again as they were.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable, Message as TheirMessage};

use super::every::{AnyMessage, messages};
use super::{Random, generate};

const MESSAGES_PER_VERSION: u64 = 40;

type Again = fn(Bytes, i16) -> Bytes;

struct Theirs {
    name: &'static str,
    versions: std::ops::RangeInclusive<i16>,
    again: Again,
}

fn again<M: Decodable + Encodable>(mut bytes: Bytes, version: i16) -> Bytes {
    let message = M::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty(), "kafka-protocol leaves {} bytes", bytes.len());
    let mut all = BytesMut::new();
    message.encode(&mut all, version).unwrap();
    all.freeze()
}

macro_rules! theirs {
    ($($name:ident)*) => {
        vec![$(Theirs {
            name: stringify!($name),
            versions: theirs::$name::VERSIONS.min..=theirs::$name::VERSIONS.max,
            again: again::<theirs::$name>,
        }),*]
    };
}

fn theirs() -> Vec<Theirs> {
    theirs![
        ProduceRequest ProduceResponse FetchRequest FetchResponse ListOffsetsRequest ListOffsetsResponse
        MetadataRequest MetadataResponse OffsetCommitRequest OffsetCommitResponse
        OffsetFetchRequest OffsetFetchResponse FindCoordinatorRequest FindCoordinatorResponse
        JoinGroupRequest JoinGroupResponse HeartbeatRequest HeartbeatResponse
        LeaveGroupRequest LeaveGroupResponse SyncGroupRequest SyncGroupResponse
        DescribeGroupsRequest DescribeGroupsResponse ListGroupsRequest ListGroupsResponse
        SaslHandshakeRequest SaslHandshakeResponse ApiVersionsRequest ApiVersionsResponse
        CreateTopicsRequest CreateTopicsResponse DeleteTopicsRequest DeleteTopicsResponse
        DeleteRecordsRequest DeleteRecordsResponse InitProducerIdRequest InitProducerIdResponse
        OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse
        DescribeConfigsRequest DescribeConfigsResponse AlterConfigsRequest AlterConfigsResponse
        DescribeLogDirsRequest DescribeLogDirsResponse CreatePartitionsRequest CreatePartitionsResponse
        DeleteGroupsRequest DeleteGroupsResponse
        IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse
        OffsetDeleteRequest OffsetDeleteResponse DescribeClusterRequest DescribeClusterResponse
        DescribeProducersRequest DescribeProducersResponse
        ListConfigResourcesRequest ListConfigResourcesResponse
        DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse
        ConsumerProtocolSubscription ConsumerProtocolAssignment
    ]
}

fn compare(ours: &AnyMessage, theirs: &Theirs, random: &mut Random) {
    for version in ours.versions.clone().filter(|version| theirs.versions.contains(version)) {
        for _ in 0..MESSAGES_PER_VERSION {
            let bytes = Bytes::from(generate::message(ours.schema, version, random));
            let read = (ours.again)(bytes.clone(), version);
            assert_eq!(read.as_ref(), Ok(&bytes), "{} version {version}", theirs.name);
            assert_eq!((theirs.again)(bytes.clone(), version), bytes, "{} {version}", theirs.name);
        }
    }
}

#[test]
fn both_codecs_read_and_write_the_same() {
    let theirs = theirs();
    let mut random = Random(1);
    let mut compared = 0;
    for ours in messages() {
        let Some(theirs) = theirs.iter().find(|theirs| theirs.name == ours.schema.name) else {
            continue;
        };
        compare(&ours, theirs, &mut random);
        compared += 1;
    }
    assert_eq!(compared, theirs.len());
}

#[test]
fn every_version_of_every_message_reads_back() {
    let mut random = Random(2);
    for ours in messages() {
        for version in ours.versions.clone() {
            for _ in 0..MESSAGES_PER_VERSION {
                let bytes = Bytes::from(generate::message(ours.schema, version, &mut random));
                let read = (ours.again)(bytes.clone(), version);
                assert_eq!(read, Ok(bytes), "{} version {version}", ours.schema.name);
            }
        }
    }
}
