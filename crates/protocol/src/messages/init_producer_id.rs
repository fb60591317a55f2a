//! InitProducerId (key 22), versions 0 to 5.
//!
//! Gives a producer its id and epoch (KIP-98). v2 flexible. v3 keeps the id and raises the epoch (KIP-360). v4
//! PRODUCER_FENCED (KIP-588). v5 TRANSACTION_ABORTABLE (KIP-890). Kafka's v6 is not stable yet (KIP-939).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = InitProducerId, response = InitProducerIdResponse, versions = "0-5")]
pub struct InitProducerIdRequest {
    /// Null for a producer that is idempotent only.
    #[kafka(nullable = "0+")]
    pub transactional_id: Option<Str>,
    pub transaction_timeout_ms: i32,
    /// The one it had, or -1.
    #[kafka(versions = "3+", default = "-1")]
    pub producer_id: i64,
    #[kafka(versions = "3+", default = "-1")]
    pub producer_epoch: i16,
}

/// The answer to [`InitProducerIdRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+")]
pub struct InitProducerIdResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[kafka(default = "-1")]
    pub producer_id: i64,
    pub producer_epoch: i16,
}
