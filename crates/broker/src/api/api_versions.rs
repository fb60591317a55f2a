//! ApiVersions (key 18), versions 0 to 4.
//! Says which versions of which APIs are served: those of [`TABLE`](crate::dispatch::TABLE).
//! A version that is not served is answered in version 0 with UNSUPPORTED_VERSION and the versions of ApiVersions itself
//! (KIP-511); from v3 on the client names its software, which is checked and not kept.
//! Differs from Kafka: no features are reported, neither supported nor finalized.

use vltava_protocol::messages::api_versions::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse,
};
use vltava_protocol::{ApiKey, ErrorCode};

use crate::dispatch::{RequestContext, TABLE};

/// The first version in which the client names its software.
const SOFTWARE_VERSION: i16 = 3;

pub(crate) async fn handle(
    ctx: RequestContext,
    request: ApiVersionsRequest,
) -> ApiVersionsResponse {
    let named = [&request.client_software_name, &request.client_software_version];
    if ctx.version >= SOFTWARE_VERSION && !named.iter().all(|name| is_software_name(name)) {
        let error_code = ErrorCode::INVALID_REQUEST.code();
        return ApiVersionsResponse { error_code, ..ApiVersionsResponse::default() };
    }
    ApiVersionsResponse { api_keys: all(), ..ApiVersionsResponse::default() }
}

/// What a client hears that asks in a version that is not served.
pub(crate) fn unsupported() -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION.code(),
        api_keys: versions(ApiKey::ApiVersions).into_iter().collect(),
        ..ApiVersionsResponse::default()
    }
}

fn all() -> Vec<ApiVersion> {
    TABLE.iter().filter_map(|entry| versions(entry.key)).collect()
}

fn versions(key: ApiKey) -> Option<ApiVersion> {
    let served = key.versions()?;
    Some(ApiVersion { api_key: key.code(), min_version: served.min, max_version: served.max })
}

/// Letters, digits, `-` and `.`, the first and the last a letter or a digit (KIP-511).
fn is_software_name(name: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    edge(name.bytes().next())
        && edge(name.bytes().last())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_names() {
        for good in ["apache-kafka-java", "4.3.1", "a"] {
            assert!(is_software_name(good), "{good}");
        }
        for bad in ["", "-a", "a.", "a b", "ä"] {
            assert!(!is_software_name(bad), "{bad}");
        }
    }
}
