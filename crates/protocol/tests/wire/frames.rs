//! Whole frames: their length, their segments, and what is copied.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use vltava_model::TopicId;
use vltava_protocol::messages::fetch::{FetchResponse, FetchableTopicResponse, PartitionData};
use vltava_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use vltava_protocol::messages::produce::ProduceRequest;
use vltava_protocol::{
    ApiKey, FileRange, Message, Reader, Records, Segment, Str, decode_body, decode_header,
    encode_request, encode_response,
};

fn fetch_response(records: Vec<Records>) -> FetchResponse {
    let partition = |records| PartitionData { records: Some(records), ..PartitionData::default() };
    let partitions = records.into_iter().map(partition).collect();
    let topic = FetchableTopicResponse {
        topic_id: TopicId([1; 16]),
        partitions,
        ..FetchableTopicResponse::default()
    };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

#[test]
fn large_records_go_by_reference_and_small_ones_are_copied() {
    let (small, large) = (Bytes::from(vec![7; 100]), Bytes::from(vec![8; 10_000]));
    let response = fetch_response(vec![small.into(), large.clone().into()]);
    let frame = encode_response(5, ApiKey::Fetch, 17, &response);
    let [Segment::Bytes(first), Segment::Bytes(second), Segment::Bytes(_)] = &frame.segments[..]
    else {
        panic!("three segments: {frame:?}");
    };
    assert_eq!(second.as_ptr(), large.as_ptr());
    assert!(first.len() > 100);
    let bytes = frame.to_bytes().unwrap();
    assert_eq!(
        usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())),
        Ok(bytes.len() - 4)
    );
    // Correlation id and no tags.
    assert_eq!(bytes[4..9], [0, 0, 0, 5, 0]);
    let mut reader = Reader::new(bytes.slice(9..));
    assert_eq!(FetchResponse::decode(&mut reader, 17), Ok(response));
}

#[test]
fn records_in_files_and_chains() {
    let file = Arc::new(tempfile());
    let range = |length| Records::File(FileRange { file: file.clone(), position: 64, length });
    let chain = Records::Chain(vec![range(5000), Bytes::from_static(b"abc").into(), range(0)]);
    assert_eq!(chain.len(), 5003);
    let frame = encode_response(5, ApiKey::Fetch, 4, &fetch_response(vec![chain]));
    let lengths: Vec<_> = frame.segments.iter().map(Segment::len).collect();
    assert!(matches!(frame.segments[1], Segment::File(_)));
    // Before it: two lengths, correlation id, throttle time; a topic without a name; a partition up to the records.
    assert_eq!(lengths, [4 + 4 + 4 + 4 + 2 + 4 + 4 + 2 + 8 + 8 + 4 + 4, 5000, 3]);
    assert_eq!(frame.to_bytes(), None);
}

#[allow(clippy::disallowed_methods, reason = "a file that exists, to be referred to and not read")]
fn tempfile() -> std::fs::File {
    std::fs::File::open(env!("CARGO_MANIFEST_PATH")).unwrap()
}

#[test]
fn what_is_decoded_is_a_slice_of_the_frame() {
    let topic = MetadataRequestTopic { name: Some("a-topic".into()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    let frame = encode_request(9, Some("client"), 12, &request).to_bytes().unwrap();
    let mut reader = Reader::new(frame.slice(4..));
    let header = decode_header(&mut reader).unwrap();
    assert_eq!((header.api_key, header.api_version, header.correlation_id), (3, 12, 9));
    let decoded: MetadataRequest = decode_body(&mut reader, header.api_version).unwrap();
    assert_eq!(decoded, request);
    let name = decoded.topics.unwrap()[0].name.clone().unwrap();
    assert!(frame.as_ptr_range().contains(&name.as_ptr()));
}

#[test]
fn text_is_cut_to_what_the_protocol_can_carry() {
    let long = Str::from("é".repeat(20_000));
    let request = ProduceRequest { transactional_id: Some(long), ..ProduceRequest::default() };
    for version in [8, 9] {
        let frame = encode_request(1, None, version, &request).to_bytes().unwrap();
        let mut reader = Reader::new(frame.slice(4..));
        decode_header(&mut reader).unwrap();
        let decoded: ProduceRequest = decode_body(&mut reader, version).unwrap();
        assert_eq!(decoded.transactional_id.unwrap().len(), 32_766);
    }
}

#[test]
fn a_tagged_field_may_be_longer_than_one_byte_of_size_can_say() {
    use vltava_protocol::messages::fetch::NodeEndpoint;
    for count in [1, 10, 2000] {
        let endpoint = NodeEndpoint { host: "a.host.name".into(), ..NodeEndpoint::default() };
        let response =
            FetchResponse { node_endpoints: vec![endpoint; count], ..fetch_response(vec![]) };
        let frame = encode_response(1, ApiKey::Fetch, 17, &response).to_bytes().unwrap();
        let mut reader = Reader::new(BytesMut::from(&frame[9..]).freeze());
        assert_eq!(FetchResponse::decode(&mut reader, 17), Ok(response));
        assert_eq!(reader.finish(), Ok(()));
    }
}
