//! The broker's own property file.

use std::collections::BTreeMap;

use thiserror::Error;

use super::parse::InvalidConfig;

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
        todo!()
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
        self.iter().map(|(name, _)| name).filter(|name| super::broker_config(name).is_none())
    }
}
