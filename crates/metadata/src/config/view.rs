//! Which value of a config is in force.

use vltava_model::BrokerId;

use super::describe::ConfigEntry;
use super::parse::ConfigValue;
use super::properties::BrokerProperties;
use super::settings::TopicSettings;
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

impl<'a> ConfigView<'a> {
    /// A broker property's value in force; `None` if it has none. Properties that are not in the table have none.
    pub fn broker_value(&self, name: &str) -> Option<ConfigValue> {
        todo!()
    }

    /// A broker property of a number type.
    ///
    /// # Panics
    /// If the table has no such property, or without a default, or of another type: an error in the caller.
    pub fn number(&self, name: &str) -> i64 {
        todo!()
    }

    /// A broker property of type boolean.
    ///
    /// # Panics
    /// As [`ConfigView::number`].
    pub fn boolean(&self, name: &str) -> bool {
        todo!()
    }

    /// A topic's configs in force.
    pub fn topic_settings(&self, topic: &str) -> TopicSettings {
        todo!()
    }

    /// A topic's configs with these set on it, in order of name.
    pub fn describe_topic(&self, overrides: &Overrides) -> Vec<ConfigEntry> {
        todo!()
    }

    /// This broker's properties, in order of name.
    pub fn describe_broker(&self) -> Vec<ConfigEntry> {
        todo!()
    }

    /// The properties set for all brokers while they run, in order of name.
    pub fn describe_broker_defaults(&self) -> Vec<ConfigEntry> {
        todo!()
    }
}
