//! What stands before a request and before a response.

use crate::api::ApiKey;
use crate::codec::{DecodeError, Format, Reader, Str, Writer, read_option, write_option};

/// What stands before a request: version 1, or 2 which adds tagged fields, if the request is flexible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// The API's number.
    pub api_key: i16,
    /// The request's version.
    pub api_version: i16,
    /// Chosen by the client; the response carries it too.
    pub correlation_id: i32,
    /// What the client calls itself. The same form in all header versions.
    pub client_id: Option<Str>,
}

/// What stands before a response: version 0, or 1 which adds tagged fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    /// That of the request.
    pub correlation_id: i32,
}

/// The client id is never compact, for the sake of brokers that do not know the request's version.
const CLIENT_ID: Format = Format { version: 1, flexible: false };

/// Reads a request's header. An unknown key is an error, an unknown version is not: ApiVersions must answer those.
pub fn decode_header(r: &mut Reader) -> Result<RequestHeader, DecodeError> {
    let (api_key, api_version) = (r.i16()?, r.i16()?);
    let key = ApiKey::from_i16(api_key).ok_or(DecodeError::UnknownApi(api_key))?;
    let correlation_id = r.i32()?;
    let client_id = read_option::<Str>(r, CLIENT_ID, true)?;
    if key.request_header_version(api_version) >= 2 {
        skip_tags(r)?;
    }
    Ok(RequestHeader { api_key, api_version, correlation_id, client_id })
}

impl RequestHeader {
    /// Writes it in the version that its key and version ask for.
    pub fn encode(&self, w: &mut Writer) {
        w.i16(self.api_key);
        w.i16(self.api_version);
        w.i32(self.correlation_id);
        write_option(self.client_id.as_ref(), w, CLIENT_ID, true);
        let key = ApiKey::from_i16(self.api_key);
        if key.is_some_and(|key| key.request_header_version(self.api_version) >= 2) {
            w.uvarint(0);
        }
    }
}

impl ResponseHeader {
    /// Reads it in a header version.
    pub fn decode(r: &mut Reader, header_version: i16) -> Result<ResponseHeader, DecodeError> {
        let correlation_id = r.i32()?;
        if header_version >= 1 {
            skip_tags(r)?;
        }
        Ok(ResponseHeader { correlation_id })
    }

    /// Writes it in a header version.
    pub fn encode(&self, w: &mut Writer, header_version: i16) {
        w.i32(self.correlation_id);
        if header_version >= 1 {
            w.uvarint(0);
        }
    }
}

fn skip_tags(r: &mut Reader) -> Result<(), DecodeError> {
    for _ in 0..r.tag_count()? {
        let tag = r.enter_tag()?;
        r.skip_tag(&tag);
        r.leave_tag(tag)?;
    }
    Ok(())
}
