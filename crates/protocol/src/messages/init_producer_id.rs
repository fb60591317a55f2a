//! InitProducerId (key 22), versions 0 to 5.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// Asks for InitProducerId.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "2+", key = InitProducerId, response = InitProducerIdResponse, versions = "0-5")]
pub struct InitProducerIdRequest {
    #[kafka(nullable = "0+")]
    pub transactional_id: Option<Str>,
    pub transaction_timeout_ms: i32,
    #[kafka(versions = "3+", default = "-1")]
    pub producer_id: i64,
    #[kafka(versions = "3+", default = "-1")]
    pub producer_epoch: i16,
    #[kafka(versions = "6+")]
    pub enable2_pc: bool,
    #[kafka(versions = "6+")]
    pub keep_prepared_txn: bool,
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
    #[kafka(versions = "6+", default = "-1")]
    pub ongoing_txn_producer_id: i64,
    #[kafka(versions = "6+", default = "-1")]
    pub ongoing_txn_producer_epoch: i16,
}
