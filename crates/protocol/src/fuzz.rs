//! The entry of the fuzz targets, in `fuzz/` and in the tests.

use bytes::Bytes;

use crate::api::ApiKey;
use crate::codec::{DecodeError, Reader, Writer};
use crate::frame::{Segment, decode_body};
use crate::header::decode_header;
use crate::schema::{Message, Request};

/// Decodes bytes as a broker does with what a client sends: header, then the request that it names. Fails if what was
/// decoded does not come back after encoding.
///
/// # Panics
/// If there is a bug.
#[doc(hidden)]
pub fn fuzz_request(frame: Bytes) -> Result<(), DecodeError> {
    let mut r = Reader::new(frame);
    let header = decode_header(&mut r)?;
    let key = ApiKey::from_i16(header.api_key).expect("the header has been decoded");
    macro_rules! dispatch {
        ($($key:ident => $request:path,)*) => {
            match key {
                $(ApiKey::$key => {
                    let request = decode_body::<$request>(&mut r, header.api_version)?;
                    comes_back(&request, header.api_version);
                    Ok(())
                })*
                _ => Ok(()),
            }
        };
    }
    crate::with_requests!(dispatch)
}

/// Decodes bytes as a client does with what a broker sends; the first four bytes stand for key and version of the
/// request.
///
/// # Panics
/// If there is a bug.
#[doc(hidden)]
pub fn fuzz_response(bytes: Bytes) -> Result<(), DecodeError> {
    let mut r = Reader::new(bytes);
    let (code, version) = (r.i16()?, r.i16()?);
    let key = ApiKey::from_i16(code).ok_or(DecodeError::UnknownApi(code))?;
    macro_rules! dispatch {
        ($($key:ident => $request:path,)*) => {
            match key {
                $(ApiKey::$key if <$request as Request>::VERSIONS.contains(&version) => {
                    let response = <$request as Request>::Response::decode(&mut r, version)?;
                    comes_back(&response, version);
                    Ok(())
                })*
                _ => Ok(()),
            }
        };
    }
    crate::with_requests!(dispatch)
}

fn comes_back<M: Message>(message: &M, version: i16) {
    let mut w = Writer::new();
    message.encode(&mut w, version);
    let mut bytes = Vec::new();
    for segment in w.into_segments() {
        match segment {
            Segment::Bytes(part) => bytes.extend_from_slice(&part),
            Segment::File(_) => panic!("a decoded message holds a file"),
        }
    }
    let mut r = Reader::new(bytes.into());
    assert_eq!(M::decode(&mut r, version).as_ref(), Ok(message), "version {version}");
    assert_eq!(r.finish(), Ok(()));
}
