//! The table of broker properties.
use super::definition::BrokerConfig;
/// Every broker property, in order of name.
pub fn broker_configs() -> impl Iterator<Item = &'static BrokerConfig> {
    [].iter()
}
/// The definition of a broker property.
pub fn broker_config(name: &str) -> Option<&'static BrokerConfig> {
    broker_configs().find(|config| config.name == name)
}
