//! SaslHandshake (key 17), versions 0 to 1.
//!
//! Chooses a SASL mechanism. v1 is followed by SaslAuthenticate requests (KIP-152), v0 by bare tokens. Never
//! flexible.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
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
