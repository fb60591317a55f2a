//! What has configs, by the numbers that the config APIs use.

use vltava_protocol::messages::alter_configs::AlterConfigsResourceResponse;
use vltava_protocol::{ErrorCode, Str};

use crate::errors::Coded;

/// A topic.
pub(crate) const TOPIC: i8 = 2;
/// A broker, or all of them.
pub(crate) const BROKER: i8 = 4;
/// The loggers of a broker, of which there are none here.
pub(crate) const BROKER_LOGGER: i8 = 8;
/// What clients are asked to measure (KIP-714).
pub(crate) const CLIENT_METRICS: i8 = 16;
/// A group (KIP-848).
pub(crate) const GROUP: i8 = 32;

/// How a resource fared, as AlterConfigs answers.
pub(crate) fn outcome<T>(
    (resource_type, resource_name): (i8, Str),
    result: Result<T, &dyn Coded>,
) -> AlterConfigsResourceResponse {
    let error = result.err();
    AlterConfigsResourceResponse {
        error_code: error.map_or(ErrorCode::NONE.code(), Coded::code),
        error_message: error.and_then(Coded::message),
        resource_type,
        resource_name,
    }
}
