//! Which broker properties may change while a broker runs.

use super::{AlterConfigsError, ConfigResource};
use crate::config::{InvalidConfig, UpdateMode, broker_config, listener_base_name};
use crate::image::Overrides;
use crate::plan::PlanContext;

/// Checks the properties that a broker, or all of them, are to have beside those of their files.
pub(super) fn check(
    context: &PlanContext<'_>,
    resource: &ConfigResource,
    overrides: &Overrides,
) -> Result<(), AlterConfigsError> {
    if let ConfigResource::Broker(id) = resource
        && *id != context.view.broker
    {
        let expected = context.view.broker;
        return Err(AlterConfigsError::OtherBroker { expected, received: id.to_string() });
    }
    let refuse = |text: &str, names: Vec<&str>| {
        let text = format!("{text}: [{}]", names.join(", "));
        if names.is_empty() { Ok(()) } else { Err(AlterConfigsError::InvalidRequest(text)) }
    };
    let set = || overrides.iter().map(|(name, _)| name);
    let mode = |name: &str| broker_config(name).map(|config| config.update_mode);
    let plain = |name: &str| broker_config(name).is_some_and(|config| config.name == name);

    let read_only = |name: &&str| plain(name) && mode(name) == Some(UpdateMode::ReadOnly);
    refuse("Cannot update these configs dynamically", set().filter(read_only).collect())?;
    refuse(
        "These security configs can be dynamically updated only per-listener using the listener prefix",
        set().filter(|name| is_tls_store(name)).collect(),
    )?;
    let invalid = |error: InvalidConfig| AlterConfigsError::InvalidRequest(error.to_string());
    context.view.check_property_types(overrides).map_err(invalid)?;
    check_listener_limits(overrides)?;
    if *resource == ConfigResource::BrokerDefault {
        let cluster_wide =
            ["max.connections", "max.connection.creation.rate", "num.network.threads"];
        let per_broker = |name: &&str| match listener_base_name(name) {
            Some(base) => !cluster_wide.contains(&base),
            None => mode(name) == Some(UpdateMode::PerBroker),
        };
        refuse(
            "Cannot update these configs at default cluster level, broker id must be specified",
            set().filter(per_broker).collect(),
        )?;
    }
    let of_all = *resource == ConfigResource::BrokerDefault;
    context
        .view
        .check_property_times(overrides, of_all)
        .map_err(|rule| AlterConfigsError::InvalidRequest(format!("requirement failed: {rule}")))
}

/// What Kafka lets be 0 in a file but not be set to it: a broker that nobody can talk to could not be told otherwise.
fn check_listener_limits(overrides: &Overrides) -> Result<(), AlterConfigsError> {
    for (name, value) in overrides.iter() {
        let base = listener_base_name(name).unwrap_or(name);
        let is_limit = matches!(base, "max.connections" | "max.connection.creation.rate");
        if is_limit && value.trim() == "0" {
            let what = format!("org.apache.kafka.common.config.ConfigException: Invalid {base} 0");
            let text =
                format!("Invalid value {what} for configuration Invalid dynamic configuration");
            return Err(AlterConfigsError::InvalidRequest(text));
        }
    }
    Ok(())
}

/// Keys and certificates, which may change on a listener of their own only.
fn is_tls_store(name: &str) -> bool {
    name == "ssl.key.password"
        || name.starts_with("ssl.keystore.")
        || name.starts_with("ssl.truststore.")
}
