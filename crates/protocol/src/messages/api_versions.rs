//! ApiVersions (key 18), versions 0 to 4.
//!
//! What the broker can do: the first request of most clients (KIP-35). A version that the broker does not know is
//! answered in v0 with UNSUPPORTED_VERSION (KIP-511). v3 flexible; names the client's software. Features in tagged
//! fields (KIP-584). v4 features may begin at level 0 (KAFKA-17011). The response's header never has tagged fields.

#![allow(missing_docs, reason = "the field names are Kafka's own; what is not plain is said")]

use vltava_protocol_derive::Message;

use crate::codec::Str;

/// The request.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+", key = ApiVersions, response = ApiVersionsResponse, versions = "0-4")]
pub struct ApiVersionsRequest {
    #[kafka(versions = "3+")]
    pub client_software_name: Str,
    #[kafka(versions = "3+")]
    pub client_software_version: Str,
}

/// The answer to [`ApiVersionsRequest`].
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct ApiVersionsResponse {
    pub error_code: i16,
    pub api_keys: Vec<ApiVersion>,
    #[kafka(versions = "1+")]
    pub throttle_time_ms: i32,
    #[kafka(versions = "3+", tag = 0)]
    pub supported_features: Vec<SupportedFeatureKey>,
    /// -1 if it is not known.
    #[kafka(versions = "3+", tag = 1, default = "-1")]
    pub finalized_features_epoch: i64,
    #[kafka(versions = "3+", tag = 2)]
    pub finalized_features: Vec<FinalizedFeatureKey>,
    #[kafka(versions = "3+", tag = 3)]
    pub zk_migration_ready: bool,
}

/// One of [`ApiVersionsResponse`]'s `api_keys`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
}

/// One of [`ApiVersionsResponse`]'s `supported_features`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct SupportedFeatureKey {
    #[kafka(versions = "3+")]
    pub name: Str,
    #[kafka(versions = "3+")]
    pub min_version: i16,
    #[kafka(versions = "3+")]
    pub max_version: i16,
}

/// One of [`ApiVersionsResponse`]'s `finalized_features`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "3+")]
pub struct FinalizedFeatureKey {
    #[kafka(versions = "3+")]
    pub name: Str,
    #[kafka(versions = "3+")]
    pub max_version_level: i16,
    #[kafka(versions = "3+")]
    pub min_version_level: i16,
}
