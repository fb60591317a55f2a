//! The table of topic configs.
use super::definition::TopicConfig;
/// Every topic config, in order of name.
pub fn topic_configs() -> &'static [TopicConfig] {
    todo!()
}
/// The definition of a topic config.
pub fn topic_config(name: &str) -> Option<&'static TopicConfig> {
    topic_configs().iter().find(|config| config.name == name)
}
