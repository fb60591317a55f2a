//! SET, DELETE, APPEND and SUBTRACT.

use super::{AlterConfigsError, ConfigChange, ConfigOperation, ConfigResource};
use crate::config::{InvalidConfig, ValueType, broker_config, topic_config};
use crate::image::Overrides;

/// The configs that are set after some changes, unchecked.
pub(super) fn changed(
    resource: &ConfigResource,
    mut overrides: Overrides,
    changes: &[ConfigChange],
) -> Result<Overrides, AlterConfigsError> {
    for change in changes {
        let Some(operation) = ConfigOperation::parse(change.operation) else {
            return Err(AlterConfigsError::UnknownOperation(change.operation));
        };
        let value = match operation {
            ConfigOperation::Delete => None,
            ConfigOperation::Set => change.value.clone(),
            ConfigOperation::Append | ConfigOperation::Subtract => {
                Some(changed_list(resource, &overrides, change, operation)?)
            }
        };
        overrides.set(&change.name, value);
    }
    Ok(overrides)
}

/// A list with texts added that it did not have, or with each text taken out once. Where nothing is set it begins as the
/// default. Texts are compared as they are, blanks and all.
fn changed_list(
    resource: &ConfigResource,
    overrides: &Overrides,
    change: &ConfigChange,
    operation: ConfigOperation,
) -> Result<String, AlterConfigsError> {
    let default = list_default(resource, &change.name, operation)?;
    let current = overrides.get(&change.name).unwrap_or(default);
    let mut list: Vec<&str> = current.split(',').filter(|text| !text.is_empty()).collect();
    for text in java_split(change.value.as_deref().unwrap_or_default()) {
        let found = list.iter().position(|one| *one == text);
        match (operation, found) {
            (ConfigOperation::Append, None) => list.push(text),
            (ConfigOperation::Subtract, Some(index)) => {
                list.remove(index);
            }
            _ => {}
        }
    }
    Ok(list.join(","))
}

/// The default of a config that must be a list.
fn list_default(
    resource: &ConfigResource,
    name: &str,
    operation: ConfigOperation,
) -> Result<&'static str, AlterConfigsError> {
    if let ConfigResource::Topic(_) = resource {
        return match topic_config(name) {
            Some(config) if config.value_type == ValueType::List => Ok(config.default),
            _ => {
                let operation = operation.name();
                Err(AlterConfigsError::NotAList { operation, name: name.to_owned() })
            }
        };
    }
    let rule = |text: String| Err(InvalidConfig::Rule(text).into());
    match broker_config(name) {
        Some(config) if config.value_type == ValueType::List => Ok(config.default.unwrap_or("")),
        Some(_) => {
            let operation = operation.name().to_ascii_lowercase();
            rule(format!("Config value {operation} is not allowed for config key: {name}"))
        }
        None => rule(format!("Unknown config name: {name}")),
    }
}

/// Splits at commas as Java does: empty texts at the end are left out, but an empty text is one text.
fn java_split(text: &str) -> impl Iterator<Item = &str> {
    let end = text.trim_end_matches(',');
    let none = end.is_empty() && !text.is_empty();
    end.split(',').filter(move |_| !none)
}

impl ConfigOperation {
    /// Reads an operation by its number.
    pub fn parse(number: i8) -> Option<ConfigOperation> {
        use ConfigOperation::{Append, Delete, Set, Subtract};
        [Set, Delete, Append, Subtract].into_iter().find(|operation| *operation as i8 == number)
    }

    fn name(self) -> &'static str {
        match self {
            ConfigOperation::Set => "SET",
            ConfigOperation::Delete => "DELETE",
            ConfigOperation::Append => "APPEND",
            ConfigOperation::Subtract => "SUBTRACT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_is_javas() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[""]),
            (",", &[]),
            ("a", &["a"]),
            ("a,", &["a"]),
            (",a,,b,,", &["", "a", "", "b"]),
            (" a, b", &[" a", " b"]),
        ];
        for (text, parts) in cases {
            assert_eq!(java_split(text).collect::<Vec<_>>(), parts, "{text:?}");
        }
    }
}
