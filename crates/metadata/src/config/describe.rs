//! Configs as DescribeConfigs and CreateTopics list them.

use vltava_model::TopicName;

use super::definition::{BrokerConfig, Synonym, TopicConfig, UpdateMode, ValueType};
use super::view::ConfigView;
use crate::image::Overrides;

/// Where a value comes from, with the number that DescribeConfigs gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set on the topic.
    Topic = 1,
    /// Set for one broker while it runs.
    DynamicBroker = 2,
    /// Set for all brokers while they run.
    DynamicDefaultBroker = 3,
    /// Set in the broker's property file.
    StaticBroker = 4,
    /// Set nowhere.
    Default = 5,
}

/// A config as it is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// Its value in force; `None` if it has none, or is not to be shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether its value is never shown.
    pub sensitive: bool,
    /// Whether it takes a restart to change it.
    pub read_only: bool,
    /// Every place that gives it a value, the one in force first.
    pub synonyms: Vec<ConfigSynonym>,
    /// Its type; `None` for properties that we do not know.
    pub value_type: Option<ValueType>,
    /// What it does; `None` for properties that we do not know.
    pub documentation: Option<&'static str>,
}

/// A place that gives a config a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// The name it has there.
    pub name: String,
    /// The value it has there; `None` if it has none, or is not to be shown.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

impl ConfigSource {
    /// The number that DescribeConfigs gives the source.
    pub fn code(self) -> i8 {
        self as i8
    }
}
