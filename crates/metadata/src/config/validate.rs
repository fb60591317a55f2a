//! The rules that span several topic configs.
pub(crate) fn validate_topic_configs() {}
