//! Whole messages: from a frame, and to one.

use std::fs::File;
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::api::ApiKey;
use crate::codec::{DecodeError, Reader, Writer};
use crate::header::{RequestHeader, ResponseHeader};
use crate::schema::{Message, Request};

/// What goes over the wire for one message: its segments one after the other. The first begins with the frame's
/// length of four bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// In order; none is empty.
    pub segments: Vec<Segment>,
}

/// A part of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// In memory.
    Bytes(Bytes),
    /// In a file.
    File(FileRange),
}

/// Bytes in a file.
#[derive(Debug, Clone)]
pub struct FileRange {
    /// The file, held open.
    pub file: Arc<File>,
    /// Where the bytes begin.
    pub position: u64,
    /// How many there are.
    pub length: usize,
}

impl PartialEq for FileRange {
    /// The same bytes of the same open file.
    fn eq(&self, other: &FileRange) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
            && (self.position, self.length) == (other.position, other.length)
    }
}

impl Segment {
    /// The number of bytes.
    #[allow(clippy::len_without_is_empty, reason = "no segment is empty")]
    pub fn len(&self) -> usize {
        match self {
            Segment::Bytes(bytes) => bytes.len(),
            Segment::File(range) => range.length,
        }
    }
}

impl Frame {
    /// The number of bytes, those of the length included.
    #[allow(clippy::len_without_is_empty, reason = "no frame is empty")]
    pub fn len(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    /// All bytes in one piece, or `None` if some are in a file.
    pub fn to_bytes(&self) -> Option<Bytes> {
        concatenate(&self.segments)
    }
}

fn concatenate(segments: &[Segment]) -> Option<Bytes> {
    if let [Segment::Bytes(bytes)] = segments {
        return Some(bytes.clone());
    }
    let mut all = BytesMut::with_capacity(segments.iter().map(Segment::len).sum());
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => all.extend_from_slice(bytes),
            Segment::File(_) => return None,
        }
    }
    Some(all.freeze())
}

/// Decodes what follows a request's header. Bytes after its end are left alone, as Kafka leaves them: librdkafka 2.16
/// puts three behind a Metadata request (version 13) for all topics.
pub fn decode_body<R: Request>(r: &mut Reader, version: i16) -> Result<R, DecodeError> {
    if !R::VERSIONS.contains(&version) {
        return Err(DecodeError::UnsupportedVersion { name: R::KEY.name(), version });
    }
    R::decode(r, version)
}

/// Frames the answer to a request with that id, key and version.
pub fn encode_response(
    correlation_id: i32,
    key: ApiKey,
    version: i16,
    response: &impl Message,
) -> Frame {
    let mut w = Writer::new();
    w.reserve_frame_length();
    ResponseHeader { correlation_id }.encode(&mut w, key.response_header_version(version));
    response.encode(&mut w, version);
    w.into_frame()
}

/// Encodes a response without its header, for [`frame_response`].
///
/// # Panics
/// If the response holds records in a file.
pub fn encode_response_body(version: i16, response: &impl Message) -> Bytes {
    let mut w = Writer::new();
    response.encode(&mut w, version);
    concatenate(&w.into_segments()).expect("the response holds no files")
}

/// Frames a response that was encoded before, as [`encode_response`] does one that was not.
pub fn frame_response(correlation_id: i32, key: ApiKey, version: i16, body: Bytes) -> Frame {
    let mut w = Writer::new();
    w.reserve_frame_length();
    ResponseHeader { correlation_id }.encode(&mut w, key.response_header_version(version));
    w.into_frame_with(body)
}

/// Frames a request, as clients do.
pub fn encode_request<R: Request>(
    correlation_id: i32,
    client_id: Option<&str>,
    version: i16,
    request: &R,
) -> Frame {
    let mut w = Writer::new();
    w.reserve_frame_length();
    let header = RequestHeader {
        api_key: R::KEY.code(),
        api_version: version,
        correlation_id,
        client_id: client_id.map(Into::into),
    };
    header.encode(&mut w);
    request.encode(&mut w, version);
    w.into_frame()
}

/// Encodes what is stored or embedded rather than sent: `prefix` in two bytes, then the message. The prefix is the
/// message's version, or in the keys of a coordinator's records the number of the record's type.
///
/// # Panics
/// If the message holds records in a file. None that is stored has records at all.
pub fn encode_versioned(prefix: i16, message: &impl Message, version: i16) -> Bytes {
    let mut w = Writer::new();
    w.i16(prefix);
    message.encode(&mut w, version);
    concatenate(&w.into_segments()).expect("stored messages hold no files")
}

/// Decodes a message after its version in two bytes. A version that is not known is an error. Bytes after its end are
/// not, as in Kafka.
pub fn decode_versioned<M: Message>(
    bytes: Bytes,
    versions: RangeInclusive<i16>,
) -> Result<(i16, M), DecodeError> {
    let mut r = Reader::new(bytes);
    let version = r.i16()?;
    if !versions.contains(&version) {
        return Err(DecodeError::UnsupportedVersion { name: M::SCHEMA.name, version });
    }
    Ok((version, M::decode(&mut r, version)?))
}

/// The same for the consumer protocol, whose later versions only add to the end: one above `latest` is read as
/// `latest`.
pub fn decode_extensible<M: Message>(bytes: Bytes, latest: i16) -> Result<(i16, M), DecodeError> {
    let mut r = Reader::new(bytes);
    let version = r.i16()?;
    if version < 0 {
        return Err(DecodeError::UnsupportedVersion { name: M::SCHEMA.name, version });
    }
    Ok((version, M::decode(&mut r, version.min(latest))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::metadata::MetadataResponse;

    #[test]
    fn what_was_encoded_before_is_framed_as_what_was_not() {
        let response = MetadataResponse { controller_id: 7, ..MetadataResponse::default() };
        for version in [0, 8, 9, 13] {
            let body = encode_response_body(version, &response);
            let framed = frame_response(5, ApiKey::Metadata, version, body);
            let at_once = encode_response(5, ApiKey::Metadata, version, &response);
            assert_eq!(framed.to_bytes(), at_once.to_bytes());
        }
    }
}
