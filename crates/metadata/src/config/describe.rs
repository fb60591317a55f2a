//! Configs as DescribeConfigs and CreateTopics list them.

use super::brokers::{broker_config, broker_configs, broker_synonyms, listener_base_name};
use super::definition::{BrokerConfig, TopicConfig, UpdateMode, ValueType};
use super::parse::{ConfigValue, parse_checked};
use super::topics::{INTERNAL_SEGMENT_BYTES, topic_configs};
use super::view::{ConfigView, Layers, parse_topic_value};
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
    /// What it does; `None` for properties that nothing here acts on.
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

impl ConfigView<'_> {
    /// A topic's configs with these set on it, in order of name, as DescribeConfigs shows them.
    pub fn describe_topic(&self, overrides: &Overrides) -> Vec<ConfigEntry> {
        let layers = self.layers();
        let describe = |config| self.describe_topic_config(config, overrides, &layers);
        let mut entries: Vec<ConfigEntry> = topic_configs().iter().map(describe).collect();
        if overrides.get(INTERNAL_SEGMENT_BYTES.name).is_some() {
            let at = entries.partition_point(|e| e.name.as_str() < INTERNAL_SEGMENT_BYTES.name);
            entries.insert(at, describe(&INTERNAL_SEGMENT_BYTES));
        }
        entries
    }

    /// The same as CreateTopics answers it: without synonyms and documentation, and with the source that the value
    /// really comes from.
    pub(crate) fn created_topic_configs(&self, overrides: &Overrides) -> Vec<ConfigEntry> {
        let layers = self.layers();
        let entry = |config: &'static TopicConfig| {
            let (value, source) = match overrides.get(config.name) {
                Some(text) => (text.to_owned(), ConfigSource::Topic),
                None => {
                    let (value, source) = layers.topic_default(config);
                    (value.to_string(), source)
                }
            };
            ConfigEntry {
                name: config.name.to_owned(),
                value: Some(value),
                source,
                sensitive: false,
                read_only: false,
                synonyms: Vec::new(),
                value_type: Some(config.value_type),
                documentation: None,
            }
        };
        topic_configs().iter().map(entry).collect()
    }

    /// This broker's properties, in order of name.
    pub fn describe_broker(&self) -> Vec<ConfigEntry> {
        let layers = self.layers();
        let known = broker_configs().filter(|config| !config.internal).map(|config| config.name);
        let set = [&layers.broker, &layers.default].into_iter().flat_map(Overrides::iter);
        let set = set.map(|(name, _)| name).chain(self.properties.iter().map(|(name, _)| name));
        let mut names: Vec<&str> = known.chain(set).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|name| self.describe_property(name, &layers)).collect()
    }

    /// The properties set for all brokers while they run, in order of name.
    pub fn describe_broker_defaults(&self) -> Vec<ConfigEntry> {
        let layers = self.layers();
        let describe = |(name, text): (&str, &str)| {
            let mut entry = self.describe_property(name, &layers);
            entry.value = (!entry.sensitive).then(|| text.to_owned());
            entry.synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
            entry.source = first_source(&entry.synonyms);
            entry
        };
        layers.default.iter().map(describe).collect()
    }

    fn describe_topic_config(
        &self,
        config: &'static TopicConfig,
        overrides: &Overrides,
        layers: &Layers<'_>,
    ) -> ConfigEntry {
        let own = overrides.get(config.name).and_then(|text| parse_topic_value(config, text));
        let mut synonyms = Vec::new();
        let value = match own {
            Some(value) => {
                synonyms.push(ConfigSynonym {
                    name: config.name.to_owned(),
                    value: Some(value.to_string()),
                    source: ConfigSource::Topic,
                });
                value
            }
            None => layers.topic_default(config).0,
        };
        if let Some(property) = config.synonyms.first() {
            synonyms.extend(property_synonyms(property.name, false, layers));
        }
        ConfigEntry {
            name: config.name.to_owned(),
            value: Some(value.to_string()),
            source: first_source(&synonyms),
            sensitive: false,
            read_only: false,
            synonyms,
            value_type: Some(config.value_type),
            documentation: Some(config.documentation),
        }
    }

    fn describe_property(&self, name: &str, layers: &Layers<'_>) -> ConfigEntry {
        let config = broker_config(name);
        // What is not known might be a secret of some plug-in.
        let sensitive = config.is_none_or(|config| config.value_type.is_sensitive());
        let value = config.and_then(|config| self.property_value(config, name, layers));
        let synonyms = property_synonyms(name, sensitive, layers);
        ConfigEntry {
            name: name.to_owned(),
            value: value.filter(|_| !sensitive).map(|value| value.to_string()),
            source: first_source(&synonyms),
            sensitive,
            read_only: config.is_none_or(|config| {
                config.name != name || config.update_mode == UpdateMode::ReadOnly
            }),
            synonyms,
            value_type: config.map(|config| config.value_type),
            documentation: config
                .map(|config| config.documentation)
                .filter(|text| !text.is_empty()),
        }
    }

    fn property_value(
        &self,
        config: &'static BrokerConfig,
        name: &str,
        layers: &Layers<'_>,
    ) -> Option<ConfigValue> {
        if matches!(name, "node.id" | "broker.id") {
            return Some(ConfigValue::Number(self.broker.0.into()));
        }
        if config.name == name {
            return layers.value(config, name);
        }
        // A listener's own property has no default: the plain one's holds then.
        let text = layers.broker.get(name).or_else(|| self.properties.get(name))?;
        parse_checked(name, text, config.value_type, config.validator).ok()
    }
}

/// Every place that gives a property a value, the strongest first. As in Kafka, what stands before the first entry of
/// that very name is left out, so `log.retention.hours` is not shown where `log.retention.ms` is asked for.
fn property_synonyms(name: &str, sensitive: bool, layers: &Layers<'_>) -> Vec<ConfigSynonym> {
    let group = broker_synonyms(name);
    let names: Vec<&str> = match listener_base_name(name) {
        _ if !group.is_empty() => group.to_vec(),
        Some(base) => vec![name, base],
        None => vec![name],
    };
    let mut synonyms = Vec::new();
    for source in [
        ConfigSource::DynamicBroker,
        ConfigSource::DynamicDefaultBroker,
        ConfigSource::StaticBroker,
        ConfigSource::Default,
    ] {
        for name in &names {
            let Some(value) = layers.get(source, name) else { continue };
            let value = (!sensitive).then(|| value.to_owned());
            synonyms.push(ConfigSynonym { name: (*name).to_owned(), value, source });
        }
    }
    synonyms.into_iter().skip_while(|synonym| synonym.name != name).collect()
}

fn first_source(synonyms: &[ConfigSynonym]) -> ConfigSource {
    synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source)
}
