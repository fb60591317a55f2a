//! All messages there are, behind plain functions.

use bytes::Bytes;
use vltava_protocol::messages::{consumer_protocol, group_records};
use vltava_protocol::{ApiKey, DecodeError, Message, Reader, Request, Schema, Writer};

/// One message in the hands of a test.
pub(crate) struct AnyMessage {
    pub(crate) schema: &'static Schema,
    pub(crate) versions: std::ops::RangeInclusive<i16>,
    /// Decodes all of the bytes and encodes them again.
    pub(crate) again: fn(Bytes, i16) -> Result<Bytes, DecodeError>,
    /// Encodes the default.
    pub(crate) default: fn(i16) -> Bytes,
}

impl AnyMessage {
    fn of<M: Message>(versions: std::ops::RangeInclusive<i16>) -> AnyMessage {
        AnyMessage {
            schema: M::SCHEMA,
            versions,
            again: again::<M>,
            default: |version| encode(&M::default(), version),
        }
    }
}

pub(crate) fn again<M: Message>(bytes: Bytes, version: i16) -> Result<Bytes, DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = M::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(encode(&message, version))
}

pub(crate) fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut writer = Writer::new();
    message.encode(&mut writer, version);
    let mut all = Vec::new();
    for segment in writer.into_segments() {
        match segment {
            vltava_protocol::Segment::Bytes(bytes) => all.extend_from_slice(&bytes),
            vltava_protocol::Segment::File(_) => panic!("a decoded message holds no file"),
        }
    }
    all.into()
}

macro_rules! pairs {
    ($($key:ident => $request:path,)*) => {
        vec![$(
            AnyMessage::of::<$request>(<$request as Request>::VERSIONS),
            AnyMessage::of::<<$request as Request>::Response>(<$request as Request>::VERSIONS),
        )*]
    };
}

/// All requests, responses and stored messages.
pub(crate) fn messages() -> Vec<AnyMessage> {
    let mut all = vltava_protocol::with_requests!(pairs);
    all.push(AnyMessage::of::<consumer_protocol::ConsumerProtocolSubscription>(0..=3));
    all.push(AnyMessage::of::<consumer_protocol::ConsumerProtocolAssignment>(0..=3));
    all.push(AnyMessage::of::<group_records::OffsetCommitKey>(0..=0));
    all.push(AnyMessage::of::<group_records::OffsetCommitValue>(0..=4));
    all.push(AnyMessage::of::<group_records::GroupMetadataKey>(0..=0));
    all.push(AnyMessage::of::<group_records::GroupMetadataValue>(0..=4));
    all
}

#[test]
fn the_table_of_versions_agrees_with_the_requests() {
    macro_rules! check {
        ($($key:ident => $request:path,)*) => {$(
            let key = <$request as Request>::KEY;
            assert_eq!(key.name(), stringify!($key));
            assert_eq!(<$request as Message>::FLEXIBLE_FROM, key.flexible_from());
            let advertised = key.versions().unwrap();
            assert_eq!(*<$request as Request>::VERSIONS.end(), advertised.max, "{key:?}");
            // Produce says less than it can.
            let min = if key == ApiKey::Produce { 3 } else { advertised.min };
            assert_eq!(*<$request as Request>::VERSIONS.start(), min, "{key:?}");
        )*};
    }
    vltava_protocol::with_requests!(check);
}
