//! The broker's properties: where they come from, and which of them are no good.

mod environment;
mod properties;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use vltava_metadata::{BrokerProperties, PropertyError, broker_config, broker_configs};

/// Names closer than this to one of Kafka's (Jaro-Winkler, 1 is equal) are taken for a slip of the pen.
const SIMILAR: f64 = 0.9;

/// Properties by name, each with the place that set it last.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<String, (String, Source)>,
}

/// The places that properties come from, in rising order of precedence.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Environment(String),
    CommandLine,
}

/// Why the properties are no good.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Names that Kafka does not have but that are close to one that it has.
    #[error("{}", .0.join("\n"))]
    Misspelt(Vec<String>),
    /// Values that the properties cannot have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<PropertyError>),
}

impl Settings {
    /// Reads the file, then the environment, then the command line.
    pub(crate) fn gather(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        overrides: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        let mut settings = Settings::default();
        if let Some(path) = file {
            for (name, value) in read_properties(path)? {
                settings.set(name, value, Source::File(path.to_owned()));
            }
        }
        for (variable, value) in environment {
            if let Some(name) = environment::property_name(&variable) {
                settings.set(name, value, Source::Environment(variable));
            }
        }
        for (name, value) in overrides {
            settings.set(name.clone(), value.clone(), Source::CommandLine);
        }
        Ok(settings)
    }

    /// The checked properties, and what to warn of: those that have no effect. A name that Kafka does not have is an
    /// error if it looks like a slip or was given by hand, else a warning: files are shared with plugins, are older than
    /// Kafka 4, and environments are full of other programs' variables.
    pub(crate) fn review(self) -> Result<(BrokerProperties, Vec<String>), SettingsError> {
        let (mut warnings, mut misspelt, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (name, (value, source)) in self.values {
            match broker_config(&name) {
                Some(config) => {
                    if !config.used {
                        warnings.push(format!("{name} ({source}) has no effect in Vltava yet"));
                    }
                    known.push((name, value));
                }
                None if name.starts_with("listener.name.") => {
                    warnings.push(format!("{name} ({source}) has no effect in Vltava yet"));
                }
                None if was_kafkas(&name) => {
                    warnings.push(format!("{name} ({source}) is ignored, as in Kafka since 4.0"));
                }
                None => match (nearest(&name), &source) {
                    (Some(nearest), Source::File(_) | Source::CommandLine) => misspelt.push(
                        format!("there is no property {name} ({source}); did you mean {nearest}?"),
                    ),
                    (None, Source::CommandLine) => misspelt.push(format!(
                        "there is no property {name} ({source}); Kafka's broker properties are known by their names"
                    )),
                    (_, _) => warnings
                        .push(format!("{name} ({source}) is no property of Kafka's and ignored")),
                },
            }
        }
        if !misspelt.is_empty() {
            return Err(SettingsError::Misspelt(misspelt));
        }
        let properties = BrokerProperties::new(known).map_err(SettingsError::Invalid)?;
        Ok((properties, warnings))
    }

    fn set(&mut self, name: String, value: String, source: Source) {
        self.values.insert(name, (value, source));
    }
}

/// The names and values of a property file, as they stand there.
pub(crate) fn read_properties(path: &Path) -> Result<Vec<(String, String)>, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
    Ok(properties::parse(&text))
}

/// Whether Kafka had this property until 4.0 took it away, with ZooKeeper and the message formats before 2.
fn was_kafkas(name: &str) -> bool {
    const REMOVED: [&str; 9] = [
        "broker.id.generation.enable",
        "control.plane.listener.name",
        "delegation.token.master.key",
        "inter.broker.protocol.version",
        "log.message.downconversion.enable",
        "log.message.format.version",
        "log.message.timestamp.difference.max.ms",
        "offsets.commit.required.acks",
        "reserved.broker.max.id",
    ];
    const FAMILIES: [&str; 2] = ["zookeeper.", "password.encoder."];
    REMOVED.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// The property whose name is most like `name`, if one is.
fn nearest(name: &str) -> Option<&'static str> {
    broker_configs()
        .map(|config| (strsim::jaro_winkler(name, config.name), config.name))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "in {}", path.display()),
            Source::Environment(variable) => write!(f, "from {variable}"),
            Source::CommandLine => f.write_str("given with -o"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn gather(environment: &[(&str, &str)], overrides: &[(&str, &str)]) -> Settings {
        Settings::gather(None, own(environment).into_iter(), &own(overrides)).unwrap()
    }

    #[test]
    fn later_places_win() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.properties");
        std::fs::write(&file, "num.partitions=1\nnode.id=1\nlog.dirs=/a\n").unwrap();
        let environment = own(&[("KAFKA_NUM_PARTITIONS", "2"), ("KAFKA_NODE_ID", "2")]);
        let overrides = own(&[("num.partitions", "3")]);
        let settings = Settings::gather(Some(&file), environment.into_iter(), &overrides).unwrap();
        let (properties, _) = settings.review().unwrap();
        assert_eq!(properties.get("num.partitions"), Some("3"));
        assert_eq!(properties.get("node.id"), Some("2"));
        assert_eq!(properties.get("log.dirs"), Some("/a"));
    }

    #[test]
    fn slips_are_errors_that_name_the_nearest() {
        let error = gather(&[], &[("num.partition", "3")]).review().unwrap_err().to_string();
        assert!(error.contains("did you mean num.partitions?"), "{error}");
        assert!(gather(&[], &[("unheard.of", "1")]).review().is_err());
    }

    #[test]
    fn what_has_no_effect_is_named() {
        let settings = gather(&[("KAFKA_UNHEARD_OF", "1")], &[("num.network.threads", "3")]);
        let (_, warnings) = settings.review().unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].starts_with("num.network.threads (given with -o) has no effect"));
        assert!(warnings[1].starts_with("unheard.of (from KAFKA_UNHEARD_OF) is no property"));
    }

    #[test]
    fn what_kafka_4_took_away_is_ignored_wherever_it_stands() {
        let given = [
            ("log.message.format.version", "3.0-IV1"),
            // Much like one that there is.
            ("log.message.timestamp.difference.max.ms", "5"),
            ("zookeeper.connect", "localhost:2181"),
        ];
        let (properties, warnings) = gather(&[], &given).review().unwrap();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(
            warnings.iter().all(|warning| warning.ends_with("is ignored, as in Kafka since 4.0"))
        );
        assert_eq!(properties.get("log.message.format.version"), None);
    }

    #[test]
    fn bad_values_are_errors() {
        let error = gather(&[], &[("num.partitions", "many")]).review().unwrap_err().to_string();
        assert!(error.contains("num.partitions"), "{error}");
    }
}
