//! Reads a value by its type and checks it, with Kafka's messages.

use std::fmt;

use thiserror::Error;

use super::definition::{Bound, ListRules, Validator, ValueType};

/// A value that was read by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// Of type [`ValueType::Boolean`].
    Boolean(bool),
    /// Of type [`ValueType::Int`], [`ValueType::Short`] or [`ValueType::Long`].
    Number(i64),
    /// Of type [`ValueType::Double`].
    Double(f64),
    /// Of type [`ValueType::String`] or [`ValueType::Class`].
    Text(String),
    /// Of type [`ValueType::List`].
    List(Vec<String>),
    /// Of type [`ValueType::Password`]. Prints as `[hidden]`.
    Password(String),
}

/// Why a config cannot have a value, in the words that Kafka's tools show.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidConfig {
    /// There is no such topic config.
    #[error("Unknown topic config name: {0}")]
    UnknownTopicConfig(String),
    /// The value is not of the type, or outside what is allowed.
    #[error("Invalid value {value} for configuration {name}: {reason}")]
    Value {
        /// The config.
        name: String,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A rule about the config as a whole, or about several together.
    #[error("{0}")]
    Rule(String),
}
