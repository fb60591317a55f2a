//! SaslHandshake (key 17), versions 0 to 1.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// Asks for SaslHandshake.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(key = SaslHandshake, response = SaslHandshakeResponse, versions = "0-1")]
pub struct SaslHandshakeRequest {
    pub mechanism: Str,
}

/// The answer to [`SaslHandshakeRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
pub struct SaslHandshakeResponse {
    pub error_code: i16,
    pub mechanisms: Vec<Str>,
}
