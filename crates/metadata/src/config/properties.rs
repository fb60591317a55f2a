//! The broker's own property file.

use std::collections::BTreeMap;

use thiserror::Error;

use super::parse::{InvalidConfig, parse_checked};
use super::{broker_config, view};

/// The properties of a broker as its file and command line give them, checked. Those that are not set are not here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerProperties {
    values: BTreeMap<String, String>,
}

/// What is wrong with a property.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PropertyError {
    /// Its value is no good.
    #[error(transparent)]
    Invalid(#[from] InvalidConfig),
}

impl BrokerProperties {
    /// Checks and takes properties; a later one replaces an earlier one of the same name. Every wrong one is reported.
    /// Names that are not in [`crate::broker_configs`] are kept: ask [`BrokerProperties::unknown_names`].
    pub fn new<N: Into<String>, V: Into<String>>(
        properties: impl IntoIterator<Item = (N, V)>,
    ) -> Result<BrokerProperties, Vec<PropertyError>> {
        let values = properties.into_iter().map(|(name, value)| (name.into(), value.into()));
        let mut properties = BrokerProperties { values: values.collect() };
        let errors = properties.errors();
        if !errors.is_empty() {
            return Err(errors);
        }
        properties.name_both("node.id", "broker.id");
        properties.name_both("broker.id", "node.id");
        Ok(properties)
    }

    /// The value as it was set; `None` if it was not.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The names and values that were set, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names that were set and that no broker property has.
    pub fn unknown_names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name).filter(|name| broker_config(name).is_none())
    }

    fn errors(&self) -> Vec<PropertyError> {
        let mut errors = Vec::new();
        for (name, value) in self.iter() {
            let Some(config) = broker_config(name) else { continue };
            let parsed = parse_checked(name, value, config.value_type, config.validator);
            errors.extend(parsed.err().map(PropertyError::Invalid));
        }
        if errors.is_empty() {
            let rule = self.broken_rule().map(|rule| InvalidConfig::Rule(rule.to_owned()));
            errors.extend(rule.map(PropertyError::Invalid));
        }
        errors
    }

    fn broken_rule(&self) -> Option<&'static str> {
        if let (Some(node), Some(broker)) = (self.get("node.id"), self.get("broker.id"))
            && node.trim() != broker.trim()
        {
            return Some("You must set `node.id` to the same value as `broker.id`.");
        }
        view::check_times(|name| self.get(name)).err()
    }

    /// Gives `to` the value of `from` where only that is set.
    fn name_both(&mut self, from: &str, to: &str) {
        if let (Some(value), None) = (self.get(from), self.get(to)) {
            let value = value.to_owned();
            self.values.insert(to.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_properties_are_taken() {
        let properties = BrokerProperties::new([
            ("node.id", "7"),
            ("num.partitions", "1"),
            ("num.partitions", " 3 "),
            ("log.retention.hours", "-1"),
            ("listener.name.in.ssl.client.auth", "required"),
            ("some.plugin.option", "x"),
        ]);
        let properties = properties.unwrap();
        assert_eq!(properties.get("num.partitions"), Some(" 3 "));
        assert_eq!(properties.get("broker.id"), Some("7"));
        assert_eq!(properties.unknown_names().collect::<Vec<_>>(), ["some.plugin.option"]);
    }

    #[test]
    fn every_wrong_one_is_reported() {
        let cases: &[(&str, &str, &str)] = &[
            (
                "num.partitions",
                "0",
                "Invalid value 0 for configuration num.partitions: Value must be at least 1",
            ),
            (
                "log.segment.bytes",
                "1GB",
                "Invalid value 1GB for configuration log.segment.bytes: Not a number of type INT",
            ),
            (
                "listener.name.in.ssl.client.auth",
                "maybe",
                "Invalid value maybe for configuration listener.name.in.ssl.client.auth: \
                 String must be one of: required, requested, none",
            ),
            ("log.dirs", ",", "Configuration 'log.dirs' values must not be empty."),
        ];
        let errors = BrokerProperties::new(cases.iter().map(|(name, value, _)| (*name, *value)))
            .unwrap_err();
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), cases.len());
        for (_, _, text) in cases {
            assert!(texts.iter().any(|found| found == text), "{text} is not in {texts:?}");
        }
    }

    #[test]
    fn rules_span_properties() {
        let cases = [
            (["log.roll.ms", "0"], "log.roll.ms must be greater than or equal to 1"),
            (
                ["log.retention.minutes", "0"],
                "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
            ),
            (["broker.id", "8"], "You must set `node.id` to the same value as `broker.id`."),
        ];
        for ([name, value], text) in cases {
            let errors = BrokerProperties::new([("node.id", "7"), (name, value)]).unwrap_err();
            assert_eq!(errors[0].to_string(), text);
        }
    }
}
