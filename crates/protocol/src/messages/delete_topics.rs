//! DeleteTopics (key 20), versions 1 to 6.
//!
//! Deletes topics (KIP-4). v4 flexible. v5 error messages (KIP-599). v6 topics by name or id, in a field of its own
//! (KIP-516).

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_model::TopicId;
use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+", key = DeleteTopics, response = DeleteTopicsResponse, versions = "1-6")]
pub struct DeleteTopicsRequest {
    /// From v6 on, in place of `topic_names`.
    #[kafka(versions = "6+")]
    pub topics: Vec<DeleteTopicState>,
    #[kafka(versions = "0-5")]
    pub topic_names: Vec<Str>,
    pub timeout_ms: i32,
}

/// One of [`DeleteTopicsRequest`]'s `topics`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DeleteTopicState {
    /// Null if the id is given.
    #[kafka(versions = "6+", nullable = "6+", default = "null")]
    pub name: Option<Str>,
    #[kafka(versions = "6+")]
    pub topic_id: TopicId,
}

/// The answer to [`DeleteTopicsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DeleteTopicsResponse {
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    pub responses: Vec<DeletableTopicResult>,
}

/// One of [`DeleteTopicsResponse`]'s `responses`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "4+")]
pub struct DeletableTopicResult {
    #[kafka(nullable = "6+")]
    pub name: Option<Str>,
    #[kafka(versions = "6+")]
    pub topic_id: TopicId,
    pub error_code: i16,
    #[kafka(versions = "5+", nullable = "5+", default = "null")]
    pub error_message: Option<Str>,
}
