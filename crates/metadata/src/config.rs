//! Configuration: what names there are, what values they take, and which value is in force.
//!
//! - `definition`: types, ranges and the other checks of a value. `topics` and `brokers` are the tables.
//! - `properties`: the broker's own property file.
//! - `view`: the value in force, after topic, dynamic broker and static broker configs; `describe` lists them as
//!   DescribeConfigs does, `settings` gives a topic's as plain numbers.

mod brokers;
mod definition;
mod describe;
mod parse;
mod properties;
mod settings;
mod topics;
mod validate;
mod view;

pub(crate) use brokers::listener_base_name;
pub use brokers::{broker_config, broker_configs};
pub use definition::{
    Bound, BrokerConfig, EmptyList, Importance, Synonym, TopicConfig, UpdateMode, Validator,
    ValueType,
};
pub use describe::{ConfigEntry, ConfigSource, ConfigSynonym};
pub use parse::{ConfigValue, InvalidConfig, Password};
pub use properties::{BrokerProperties, PropertyError};
pub use settings::{CleanupPolicy, CompressionType, TimestampType, TopicSettings};
pub use topics::{topic_config, topic_configs};
pub use view::ConfigView;
