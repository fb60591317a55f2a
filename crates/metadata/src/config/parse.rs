//! Reads a value by its type and checks it, with Kafka's messages.

use std::collections::HashSet;
use std::fmt;

use thiserror::Error;

use super::definition::{Bound, EmptyList, Validator, ValueType};

/// A value that was read by its type. Displays as DescribeConfigs shows it.
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
    /// Of type [`ValueType::Password`]. Displays as `[hidden]`.
    Password(Password),
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

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
    /// A rule about a list, about several configs together, or about how a config may be changed.
    #[error("{0}")]
    Rule(String),
}

/// Reads a value by its type, and checks no more than that.
pub(crate) fn parse(
    name: &str,
    text: &str,
    value_type: ValueType,
) -> Result<ConfigValue, InvalidConfig> {
    let trimmed = text.trim();
    let not_a_number =
        || invalid(name, text, format!("Not a number of type {}", value_type.name()));
    let number = |min: i64, max: i64| {
        let number = trimmed.parse().ok().filter(|number| (min..=max).contains(number));
        number.map(ConfigValue::Number).ok_or_else(not_a_number)
    };
    match value_type {
        ValueType::Boolean if trimmed.eq_ignore_ascii_case("true") => {
            Ok(ConfigValue::Boolean(true))
        }
        ValueType::Boolean if trimmed.eq_ignore_ascii_case("false") => {
            Ok(ConfigValue::Boolean(false))
        }
        ValueType::Boolean => Err(invalid(name, text, "Expected value to be either true or false")),
        ValueType::Int => number(i32::MIN.into(), i32::MAX.into()),
        ValueType::Short => number(i16::MIN.into(), i16::MAX.into()),
        ValueType::Long => number(i64::MIN, i64::MAX),
        ValueType::Double => {
            let number = trimmed.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(ConfigValue::Double).ok_or_else(not_a_number)
        }
        ValueType::String | ValueType::Class => Ok(ConfigValue::Text(trimmed.to_owned())),
        ValueType::Password => Ok(ConfigValue::Password(Password(trimmed.to_owned()))),
        ValueType::List if trimmed.is_empty() => Ok(ConfigValue::List(Vec::new())),
        ValueType::List => {
            Ok(ConfigValue::List(trimmed.split(',').map(|part| part.trim().to_owned()).collect()))
        }
    }
}

/// Reads a value by its type and checks it.
pub(crate) fn parse_checked(
    name: &str,
    text: &str,
    value_type: ValueType,
    validator: Validator,
) -> Result<ConfigValue, InvalidConfig> {
    let mut value = parse(name, text, value_type)?;
    if let (Validator::List(..), ConfigValue::List(list)) = (validator, &mut value) {
        // Kafka takes duplicates, and takes them out.
        let mut seen = HashSet::new();
        list.retain(|text| seen.insert(text.clone()));
    }
    match (validator, &value) {
        (Validator::Range(min, max), _) => check_range(name, &value, min, max)?,
        (Validator::GzipLevel, ConfigValue::Number(level)) if !matches!(level, -1 | 1..=9) => {
            let reason = "Value must be between 1 and 9 or equal to -1";
            return Err(invalid(name, &value.to_string(), reason));
        }
        (Validator::OneOf(texts), ConfigValue::Text(text)) => check_one_of(name, text, texts)?,
        (Validator::OneOfIgnoringCase(texts), ConfigValue::Text(text))
            if !texts.iter().any(|one| one.eq_ignore_ascii_case(text)) =>
        {
            let reason = "String must be one of (case insensitive): ";
            return Err(invalid(name, text, format!("{reason}{}", texts.join(", "))));
        }
        (Validator::NonEmpty, ConfigValue::Text(text)) if text.is_empty() => {
            return Err(invalid(name, text, "String must be non-empty"));
        }
        (Validator::List(of, empty), ConfigValue::List(list)) => check_list(name, list, of, empty)?,
        (Validator::HostLimits, ConfigValue::Text(text)) => check_host_limits(name, text)?,
        (Validator::ThrottledReplicas, ConfigValue::List(list)) => check_replicas(name, list)?,
        _ => {}
    }
    Ok(value)
}

fn check_range(
    name: &str,
    value: &ConfigValue,
    min: Bound,
    max: Bound,
) -> Result<(), InvalidConfig> {
    let number = match value {
        ConfigValue::Number(number) => as_double(*number),
        ConfigValue::Double(number) => *number,
        _ => return Ok(()),
    };
    if min.value().is_some_and(|min| number < min) {
        return Err(invalid(name, &value.to_string(), format!("Value must be at least {min}")));
    }
    if max.value().is_some_and(|max| number > max) {
        return Err(invalid(name, &value.to_string(), format!("Value must be no more than {max}")));
    }
    Ok(())
}

fn check_one_of(name: &str, text: &str, texts: &[&str]) -> Result<(), InvalidConfig> {
    if texts.contains(&text) {
        return Ok(());
    }
    Err(invalid(name, text, format!("String must be one of: {}", texts.join(", "))))
}

fn check_list(
    name: &str,
    list: &[String],
    of: &[&str],
    empty: EmptyList,
) -> Result<(), InvalidConfig> {
    let rule = |text: &str| Err(InvalidConfig::Rule(format!("Configuration '{name}' {text}")));
    if list.is_empty() && empty == EmptyList::Refused {
        let any = || "any non-empty value".to_owned();
        let valid = if of.is_empty() { any() } else { format!("[{}]", of.join(", ")) };
        return rule(&format!("must not be empty. Valid values include: {valid}"));
    }
    for text in list {
        if text.is_empty() {
            return rule("values must not be empty.");
        }
        if !of.is_empty() {
            check_one_of(name, text, of)?;
        }
    }
    Ok(())
}

/// Kafka shows what Java says; so does this, but for the positions.
fn check_host_limits(name: &str, text: &str) -> Result<(), InvalidConfig> {
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let Some((_host, limit)) = entry.rsplit_once(':') else {
            let text =
                format!("Error parsing configuration property '{name}': {entry} is not host:limit");
            return Err(InvalidConfig::Rule(text));
        };
        if limit.trim().parse::<i32>().is_err() {
            return Err(InvalidConfig::Rule(format!("For input string: \"{limit}\"")));
        }
    }
    Ok(())
}

fn check_replicas(name: &str, list: &[String]) -> Result<(), InvalidConfig> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let replica = |text: &String| {
        let parts = text.split_once(':');
        text.is_empty() || parts.is_some_and(|(one, other)| digits(one) && digits(other))
    };
    if list.iter().all(replica) || list.concat() == "*" {
        return Ok(());
    }
    let reason = format!(
        "{name} must be the literal '*' or a list of replicas in the following format: \
         [partitionId]:[brokerId],[partitionId]:[brokerId],..."
    );
    Err(invalid(name, &format!("[{}]", list.join(", ")), reason))
}

pub(crate) fn invalid(name: &str, value: &str, reason: impl Into<String>) -> InvalidConfig {
    InvalidConfig::Value { name: name.into(), value: value.into(), reason: reason.into() }
}

#[allow(clippy::cast_precision_loss, reason = "a comparison with bounds that are far apart")]
fn as_double(number: i64) -> f64 {
    number as f64
}

impl Bound {
    fn value(self) -> Option<f64> {
        match self {
            Bound::None => None,
            Bound::Whole(number) => Some(as_double(number)),
            Bound::Fraction(number) => Some(number),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::None => f.write_str("..."),
            Bound::Whole(number) => number.fmt(f),
            Bound::Fraction(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigValue::Boolean(value) => value.fmt(f),
            ConfigValue::Number(value) => value.fmt(f),
            ConfigValue::Double(value) => write_double(f, *value),
            ConfigValue::Text(value) => value.fmt(f),
            ConfigValue::List(values) => f.write_str(&values.join(",")),
            ConfigValue::Password(value) => value.fmt(f),
        }
    }
}

/// As Java prints a double: with a fraction always, and with an exponent where the number is small or large.
fn write_double(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        let text = format!("{value:E}");
        let (digits, exponent) = text.split_once('E').expect("the format writes an exponent");
        let fraction = if digits.contains('.') { "" } else { ".0" };
        return write!(f, "{digits}{fraction}E{exponent}");
    }
    write!(f, "{value:?}")
}

impl Password {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
