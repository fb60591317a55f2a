//! The table of broker properties: every name that Kafka 4.3 knows, so that a Kafka broker's file can be used as it is and a
//! name in it that is mistyped is noticed.

mod controller;
mod groups;
mod log;
mod network;
mod replication;
mod security;
mod service;
mod tiered;
mod transactions;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::definition::{
    Bound, BrokerConfig, EmptyList, Importance, UpdateMode, Validator, ValueType,
};

/// Every broker property, in order of name: Kafka's, and our own `write.caching`.
pub fn broker_configs() -> impl ExactSizeIterator<Item = &'static BrokerConfig> {
    TABLE.values().copied()
}

/// The definition of a broker property. One for a single listener, `listener.name.internal.ssl.keystore.location`, is
/// found under the name behind the prefix.
pub fn broker_config(name: &str) -> Option<&'static BrokerConfig> {
    let exact = TABLE.get(name).copied();
    exact.or_else(|| TABLE.get(listener_base_name(name)?).copied())
}

/// The names under which a property is looked for, the strongest first; none if it stands for itself only.
pub(crate) fn broker_synonyms(name: &str) -> &'static [&'static str] {
    // The scheduler's interval is a default of the other, not another word for it.
    if name == "log.flush.scheduler.interval.ms" { &[] } else { same_meaning(name) }
}

/// Properties that stand for the same, the strongest first: setting one while the broker runs takes the others away.
pub(crate) fn same_meaning(name: &str) -> &'static [&'static str] {
    const GROUPS: [&[&str]; 4] = [
        &["log.roll.ms", "log.roll.hours"],
        &["log.roll.jitter.ms", "log.roll.jitter.hours"],
        &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    ];
    GROUPS.into_iter().find(|group| group.contains(&name)).unwrap_or_default()
}

/// The property behind `listener.name.<listener>.`, and behind a SASL mechanism's name if there is one.
pub(crate) fn listener_base_name(name: &str) -> Option<&str> {
    const PER_MECHANISM: [&str; 5] = [
        "sasl.jaas.config",
        "sasl.login.callback.handler.class",
        "sasl.login.class",
        "sasl.server.callback.handler.class",
        "connections.max.reauth.ms",
    ];
    let (_listener, base) = name.strip_prefix("listener.name.")?.split_once('.')?;
    Some(PER_MECHANISM.into_iter().find(|end| base.ends_with(end)).unwrap_or(base))
}

static TABLE: LazyLock<BTreeMap<&str, &BrokerConfig>> = LazyLock::new(|| {
    let areas = [
        controller::ROWS,
        groups::ROWS,
        log::ROWS,
        network::ROWS,
        replication::ROWS,
        security::ROWS,
        service::ROWS,
        tiered::ROWS,
        transactions::ROWS,
    ];
    areas.into_iter().flatten().map(|config| (config.name, config)).collect()
});

/// A property with a default.
const fn row(
    name: &'static str,
    value_type: ValueType,
    default: &'static str,
    importance: Importance,
) -> BrokerConfig {
    let mut config = unset(name, value_type, importance);
    config.default = Some(default);
    config
}

/// A property that has no value where nothing gives one.
const fn unset(name: &'static str, value_type: ValueType, importance: Importance) -> BrokerConfig {
    BrokerConfig {
        name,
        value_type,
        default: None,
        validator: Validator::Any,
        importance,
        update_mode: UpdateMode::ReadOnly,
        internal: false,
        used: false,
        documentation: "",
    }
}

impl BrokerConfig {
    const fn at_least(self, min: i64) -> BrokerConfig {
        self.valid(Validator::Range(Bound::Whole(min), Bound::None))
    }

    const fn between(self, min: i64, max: i64) -> BrokerConfig {
        self.valid(Validator::Range(Bound::Whole(min), Bound::Whole(max)))
    }

    const fn list(self, of: &'static [&'static str], empty: EmptyList) -> BrokerConfig {
        self.valid(Validator::List(of, empty))
    }

    const fn valid(mut self, validator: Validator) -> BrokerConfig {
        self.validator = validator;
        self
    }

    const fn per_broker(mut self) -> BrokerConfig {
        self.update_mode = UpdateMode::PerBroker;
        self
    }

    const fn cluster_wide(mut self) -> BrokerConfig {
        self.update_mode = UpdateMode::ClusterWide;
        self
    }

    const fn internal(mut self) -> BrokerConfig {
        self.internal = true;
        self
    }

    const fn used(mut self, documentation: &'static str) -> BrokerConfig {
        self.used = true;
        self.documentation = documentation;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse::parse_checked;
    use crate::topic_configs;

    #[test]
    fn no_name_stands_twice() {
        let areas = [controller::ROWS, groups::ROWS, log::ROWS, network::ROWS];
        let others =
            [replication::ROWS, security::ROWS, service::ROWS, tiered::ROWS, transactions::ROWS];
        let rows: usize = areas.iter().chain(&others).map(|rows| rows.len()).sum();
        assert_eq!(rows, broker_configs().len());
    }

    #[test]
    fn every_default_is_valid_and_what_is_used_is_documented() {
        for config in broker_configs() {
            if let Some(default) = config.default {
                let parsed =
                    parse_checked(config.name, default, config.value_type, config.validator);
                assert_eq!(parsed.unwrap().to_string(), default, "{}", config.name);
            }
            assert_eq!(config.used, !config.documentation.is_empty(), "{}", config.name);
        }
    }

    #[test]
    fn topic_configs_and_their_properties_agree() {
        for config in topic_configs() {
            for synonym in config.synonyms {
                let property = broker_config(synonym.name).unwrap();
                if config.used {
                    assert!(property.used, "{}", property.name);
                }
                if synonym.factor == 1 && config.synonyms.len() == 1 {
                    assert_eq!(property.value_type, config.value_type, "{}", property.name);
                    assert_eq!(property.validator, config.validator, "{}", property.name);
                    assert_eq!(property.default, Some(config.default), "{}", property.name);
                }
            }
        }
    }

    #[test]
    fn a_listeners_own_property_is_found() {
        let name = |name: &str| broker_config(name).map(|config| config.name);
        assert_eq!(name("listener.name.in.ssl.keystore.location"), Some("ssl.keystore.location"));
        assert_eq!(
            name("listener.name.in.scram-sha-256.sasl.jaas.config"),
            Some("sasl.jaas.config")
        );
        assert_eq!(name("listener.name.in.nonsense"), None);
        assert_eq!(name("nonsense"), None);
    }
}
