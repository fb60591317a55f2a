//! The checks of what is to be set on a topic or broker, with Kafka's messages.

use super::brokers::broker_config;
use super::parse::{InvalidConfig, invalid, parse_checked};
use super::settings::TopicSettings;
use super::topics::topic_config;
use super::view::{ConfigView, check_times};
use crate::image::Overrides;

/// Where local retention means "as much as in all".
const AS_IN_ALL: i64 = -2;

impl ConfigView<'_> {
    /// Checks the configs that a topic is to have, against those it has now.
    pub(crate) fn check_topic_configs(
        &self,
        now: &Overrides,
        overrides: &Overrides,
    ) -> Result<(), InvalidConfig> {
        for (name, _) in overrides.iter() {
            if topic_config(name).is_none() {
                return Err(InvalidConfig::UnknownTopicConfig(name.to_owned()));
            }
        }
        for (name, value) in overrides.iter() {
            let config = topic_config(name).expect("every name was looked up above");
            parse_checked(name, value, config.value_type, config.validator)?;
        }
        let settings = self.settings_with(overrides);
        check_compaction_lags(&settings)?;
        if settings.remote_storage_enable {
            return self.check_tiered(&settings);
        }
        let was_tiered =
            now.get("remote.storage.enable").is_some_and(|on| on.eq_ignore_ascii_case("true"));
        if was_tiered && !settings.remote_log_delete_on_disable {
            return rule(
                "It is invalid to disable remote storage without deleting remote data. If you want to keep the remote \
                 data and turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. If \
                 you want to disable remote storage and delete all remote data, please set \
                 `remote.storage.enable=false,remote.log.delete.on.disable=true`.",
            );
        }
        Ok(())
    }

    /// Checks broker properties by themselves. Those that are not known may be anything.
    pub(crate) fn check_property_types(&self, overrides: &Overrides) -> Result<(), InvalidConfig> {
        for (name, value) in overrides.iter() {
            if let Some(config) = broker_config(name) {
                parse_checked(config.name, value, config.value_type, config.validator)?;
            }
        }
        Ok(())
    }

    /// Checks the times that several properties give, with these set for all brokers or for this one.
    pub(crate) fn check_property_times(
        &self,
        overrides: &Overrides,
        of_all: bool,
    ) -> Result<(), &'static str> {
        let layers = self.layers();
        let dynamic =
            if of_all { [&layers.broker, overrides] } else { [overrides, &layers.default] };
        check_times(|name| {
            let found = dynamic.into_iter().find_map(|layer| layer.get(name));
            found.or_else(|| self.properties.get(name))
        })
    }

    fn check_tiered(&self, settings: &TopicSettings) -> Result<(), InvalidConfig> {
        if !self.boolean("remote.log.storage.system.enable") {
            return rule(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                 storage.",
            );
        }
        if settings.cleanup_policy.compact {
            return rule(
                "Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty \
                 list.",
            );
        }
        let (all_bytes, local_bytes) = (settings.retention_bytes, settings.local_retention_bytes);
        let (all_ms, local_ms) = (settings.retention_ms, settings.local_retention_ms);
        if all_bytes > -1 {
            check_local("local.retention.bytes", local_bytes, "retention.bytes", all_bytes)?;
        }
        if all_ms != -1 {
            check_local("local.retention.ms", local_ms, "retention.ms", all_ms)?;
        }
        if settings.remote_log_copy_disable {
            check_same("local.retention.bytes", local_bytes, "retention.bytes", all_bytes)?;
            check_same("local.retention.ms", local_ms, "retention.ms", all_ms)?;
        }
        Ok(())
    }
}

fn check_compaction_lags(settings: &TopicSettings) -> Result<(), InvalidConfig> {
    let (min, max) = (settings.min_compaction_lag_ms, settings.max_compaction_lag_ms);
    if min <= max {
        return Ok(());
    }
    rule(&format!(
        "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
    ))
}

/// Local retention must not go beyond retention in all.
fn check_local(name: &str, local: i64, all_name: &str, all: i64) -> Result<(), InvalidConfig> {
    let reason = match local {
        AS_IN_ALL => return Ok(()),
        -1 => format!("Value must not be -1 as {all_name} value is set as {all}."),
        local if local > all => {
            format!("Value must not be more than {all_name} property value: {all}")
        }
        _ => return Ok(()),
    };
    Err(invalid(name, &local.to_string(), reason))
}

/// Where nothing is copied any more, what is local is all there will be.
fn check_same(name: &str, local: i64, all_name: &str, all: i64) -> Result<(), InvalidConfig> {
    if local == AS_IN_ALL || local == all {
        return Ok(());
    }
    rule(&format!(
        "When `remote.log.copy.disable` is set to true, the `{name}` and `{all_name}` must be set to the identical value \
         because there will be no more logs copied to the remote storage."
    ))
}

fn rule(text: &str) -> Result<(), InvalidConfig> {
    Err(InvalidConfig::Rule(text.to_owned()))
}
