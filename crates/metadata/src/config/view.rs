//! Which value of a config is in force.

use vltava_model::BrokerId;

use super::brokers::{broker_config, same_meaning};
use super::definition::{BrokerConfig, TopicConfig};
use super::describe::ConfigSource;
use super::parse::{ConfigValue, parse_checked};
use super::properties::BrokerProperties;
use super::topics::topic_config;
use crate::image::{Image, Overrides};

/// The configs as one broker sees them. Made for the moment: it borrows all that it looks at.
#[derive(Clone, Copy, Debug)]
pub struct ConfigView<'a> {
    /// What was set while the brokers run.
    pub image: &'a Image,
    /// The broker.
    pub broker: BrokerId,
    /// Its property file.
    pub properties: &'a BrokerProperties,
}

/// The places that give a broker its properties.
#[derive(Clone, Debug)]
pub(super) struct Layers<'a> {
    pub(super) broker: Overrides,
    pub(super) default: Overrides,
    pub(super) properties: &'a BrokerProperties,
}

impl ConfigView<'_> {
    /// A broker property's value in force; `None` if it has none. Properties that are not in the table have none.
    pub fn broker_value(&self, name: &str) -> Option<ConfigValue> {
        let config = broker_config(name)?;
        self.layers().value(config, name)
    }

    /// A broker property of a number type.
    ///
    /// # Panics
    /// If the table has no such property, or without a default, or of another type: an error in the caller.
    pub fn number(&self, name: &str) -> i64 {
        match self.broker_value(name) {
            Some(ConfigValue::Number(number)) => number,
            other => panic!("{name} is no number with a default: {other:?}"),
        }
    }

    /// A broker property of type double.
    ///
    /// # Panics
    /// As [`ConfigView::number`].
    pub fn double(&self, name: &str) -> f64 {
        match self.broker_value(name) {
            Some(ConfigValue::Double(value)) => value,
            other => panic!("{name} is no double with a default: {other:?}"),
        }
    }

    /// A broker property of type boolean.
    ///
    /// # Panics
    /// As [`ConfigView::number`].
    pub fn boolean(&self, name: &str) -> bool {
        match self.broker_value(name) {
            Some(ConfigValue::Boolean(value)) => value,
            other => panic!("{name} is no boolean with a default: {other:?}"),
        }
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            broker: self.image.broker_overrides(self.broker),
            default: self.image.broker_default_overrides(),
            properties: self.properties,
        }
    }
}

impl Layers<'_> {
    /// What a place gives a property.
    pub(super) fn get(&self, place: ConfigSource, name: &str) -> Option<&str> {
        match place {
            ConfigSource::Topic => None,
            ConfigSource::DynamicBroker => self.broker.get(name),
            ConfigSource::DynamicDefaultBroker => self.default.get(name),
            ConfigSource::StaticBroker => self.properties.get(name),
            ConfigSource::Default => {
                broker_config(name).filter(|config| config.name == name)?.default
            }
        }
    }

    /// A broker property's value in force.
    pub(super) fn value(&self, config: &BrokerConfig, name: &str) -> Option<ConfigValue> {
        let parse =
            |text: &str| parse_checked(name, text, config.value_type, config.validator).ok();
        for layer in [&self.broker, &self.default] {
            if let Some(value) = layer.get(name).and_then(parse) {
                return Some(value);
            }
            // Set by another name that stands for the same, it is no longer set by this one.
            if same_meaning(name).iter().any(|synonym| layer.get(synonym).is_some()) {
                return config.default.and_then(parse);
            }
        }
        self.properties.get(name).and_then(parse).or_else(|| config.default.and_then(parse))
    }

    /// The value of a topic config where the topic has none of its own, and where it comes from.
    pub(super) fn topic_default(&self, config: &TopicConfig) -> (ConfigValue, ConfigSource) {
        for place in [
            ConfigSource::DynamicBroker,
            ConfigSource::DynamicDefaultBroker,
            ConfigSource::StaticBroker,
        ] {
            let found = find_property(config, |name| self.get(place, name));
            // A dynamic config that is no good, which an older or newer version may have taken, is passed over.
            if let Some(value) = found.and_then(|found| parse_topic_value(config, &found)) {
                return (value, place);
            }
        }
        let value = parse_topic_value(config, config.default);
        (value.expect("the defaults of the table are valid"), ConfigSource::Default)
    }
}

/// Finds the strongest property that stands for a topic config and is set. Its value is in the config's unit.
pub(super) fn find_property<T: AsRef<str>>(
    config: &TopicConfig,
    get: impl Fn(&str) -> Option<T>,
) -> Option<String> {
    config.synonyms.iter().find_map(|synonym| {
        let value = get(synonym.name)?;
        let text = value.as_ref().trim();
        Some(match (config.name, text.parse::<i64>()) {
            // Whatever is below zero stands for no limit.
            ("retention.ms", Ok(number)) if number < 0 => "-1".to_owned(),
            (_, Ok(number)) => number.saturating_mul(synonym.factor).to_string(),
            _ => text.to_owned(),
        })
    })
}

/// Kafka's rules about times that several properties give, by their names' strongest.
pub(super) fn check_times<T: AsRef<str>>(
    get: impl Fn(&str) -> Option<T>,
) -> Result<(), &'static str> {
    let time = |name: &str| {
        let config = topic_config(name).expect("a topic config of the table");
        find_property(config, &get).and_then(|found| found.parse::<i64>().ok())
    };
    if time("segment.ms").is_some_and(|ms| ms < 1) {
        return Err("log.roll.ms must be greater than or equal to 1");
    }
    if time("segment.jitter.ms").is_some_and(|ms| ms < 0) {
        return Err("log.roll.jitter.ms must be greater than or equal to 0");
    }
    if time("retention.ms") == Some(0) {
        return Err("log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
    }
    Ok(())
}

pub(super) fn parse_topic_value(config: &TopicConfig, text: &str) -> Option<ConfigValue> {
    parse_checked(config.name, text, config.value_type, config.validator).ok()
}
