//! Bytes that mean harm: nothing panics, nothing allocates more than its bytes can account for.

use bytes::Bytes;
use vltava_protocol::messages::api_versions::ApiVersionsRequest;
use vltava_protocol::messages::metadata::MetadataRequest;
use vltava_protocol::messages::sync_group::SyncGroupRequest;
use vltava_protocol::{DecodeError, Message, Reader, decode_body, decode_header};

use super::allocation::peak_of;
use super::every::messages;
use super::fuzz::mutate;
use super::{Random, generate};

/// The smallest elements take some 3 bytes on the wire and some 70 in memory; a vector that grows holds its old half
/// too.
const MEMORY_PER_BYTE: usize = 100;

/// What an error or a small vector may take.
const MEMORY_ANYWAY: usize = 1024;

#[test]
fn mutated_messages_do_no_harm() {
    let mut random = Random(4);
    let mut decoded = 0;
    for message in messages() {
        for version in message.versions.clone() {
            for _ in 0..60 {
                let mut bytes = generate::message(message.schema, version, &mut random);
                mutate(&mut bytes, &mut random);
                let allowed = MEMORY_PER_BYTE * bytes.len() + MEMORY_ANYWAY;
                let bytes = Bytes::from(bytes);
                let (result, peak) = peak_of(|| (message.again)(bytes, version));
                assert!(peak <= allowed, "{} {version}: {peak}", message.schema.name);
                decoded += usize::from(result.is_ok());
            }
        }
    }
    assert!(decoded > 1000, "some mutations leave a message whole: {decoded}");
}

/// Every message whose bytes begin with an array, with a length that no frame could hold.
#[test]
fn an_array_bomb_is_refused_before_memory_is_reserved() {
    for bomb in [&[0x7f, 0xff, 0xff, 0xff, 0, 0][..], &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]] {
        for message in messages() {
            for version in message.versions.clone() {
                let bytes = Bytes::from_static(bomb);
                let (_, peak) = peak_of(|| (message.again)(bytes, version));
                assert!(peak <= MEMORY_ANYWAY, "{} {version}: {peak}", message.schema.name);
            }
        }
    }
    let metadata = decode::<MetadataRequest>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0], 12);
    assert_eq!(metadata, Err(DecodeError::ArrayTooLong { claimed: 0xffff_fffe, remaining: 1 }));
    let metadata = decode::<MetadataRequest>(&[0x7f, 0xff, 0xff, 0xff, 0, 0], 1);
    assert_eq!(metadata, Err(DecodeError::ArrayTooLong { claimed: 0x7fff_ffff, remaining: 2 }));
}

fn decode<M: Message>(bytes: &[u8], version: i16) -> Result<M, DecodeError> {
    M::decode(&mut Reader::new(Bytes::copy_from_slice(bytes)), version)
}

#[test]
fn tags() {
    // Two empty names, then tags: none, an unknown one, too many, one that is cut off, a size that is too large.
    let request = |tags: &[u8]| decode::<ApiVersionsRequest>(&[&[1, 1], tags].concat(), 3);
    assert!(request(&[0]).is_ok());
    assert!(request(&[1, 9, 2, 7, 7]).is_ok());
    assert_eq!(request(&[2, 9, 0]), Err(DecodeError::ArrayTooLong { claimed: 2, remaining: 2 }));
    assert_eq!(request(&[1, 9, 3, 7]), Err(DecodeError::Truncated { needed: 3, remaining: 1 }));
    assert_eq!(request(&[1, 9, 0xff, 0xff, 0xff, 0xff, 0x1f]), Err(DecodeError::VarintTooLong));
}

#[test]
fn a_known_tag_must_fill_its_size() {
    use vltava_protocol::messages::fetch::FetchResponse;
    let response = |tag: &[u8]| {
        // Throttle time, error, session and no topics; then one tag: the endpoints, an empty array.
        decode::<FetchResponse>(&[&[0; 10], &[1u8, 1, 0][..], tag].concat(), 16)
    };
    assert!(response(&[1, 1]).is_ok());
    assert_eq!(response(&[2, 1, 0]), Err(DecodeError::TagSize { tag: 0, unread: 1 }));
    assert_eq!(response(&[0, 1]), Err(DecodeError::Truncated { needed: 1, remaining: 0 }));
}

#[test]
fn nulls_and_trailing_bytes() {
    let null_group = [0xff, 0xff, 0, 0, 0, 0];
    assert_eq!(decode::<SyncGroupRequest>(&null_group, 0), Err(DecodeError::UnexpectedNull));
    // What librdkafka 2.16 sends for all topics: three bytes too many, which Kafka does not mind.
    let mut reader = Reader::new(Bytes::from_static(&[0, 0, 0, 0, 1, 0, 0]));
    let body = decode_body::<MetadataRequest>(&mut reader, 13).unwrap();
    assert_eq!(body.topics, None);
    let mut reader = Reader::new(Bytes::new());
    let body = decode_body::<MetadataRequest>(&mut reader, 14);
    assert_eq!(body, Err(DecodeError::UnsupportedVersion { name: "Metadata", version: 14 }));
}

#[test]
fn text_that_is_not_utf8_is_replaced_as_java_does() {
    let request = decode::<ApiVersionsRequest>(&[3, b'a', 0xff, 1, 0], 3).unwrap();
    assert_eq!(request.client_software_name, "a\u{fffd}");
}

#[test]
fn headers() {
    let header = |bytes: &'static [u8]| decode_header(&mut Reader::new(Bytes::from_static(bytes)));
    let plain = header(&[0, 3, 0, 8, 0, 0, 0, 5, 0, 1, b'c']).unwrap();
    assert_eq!((plain.api_key, plain.api_version, plain.correlation_id), (3, 8, 5));
    assert_eq!(plain.client_id.as_deref(), Some("c"));
    // A flexible one with no client and a tag that nobody knows; a version that nobody knows either.
    let flexible = header(&[0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff, 1, 0, 1, 0]).unwrap();
    assert_eq!((flexible.api_version, flexible.client_id), (99, None));
    assert_eq!(header(&[0, 200, 0, 0, 0, 0, 0, 0]), Err(DecodeError::UnknownApi(200)));
    assert!(matches!(header(&[0, 3, 0]), Err(DecodeError::Truncated { .. })));
}
