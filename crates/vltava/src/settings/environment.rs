//! Properties from environment variables, in the form of Kafka's container images.

/// The names that begin with `KAFKA_` but are meant for the scripts around a JVM, not for the broker.
const NOT_PROPERTIES: &[&str] = &[
    "KAFKA_HOME",
    "KAFKA_VERSION",
    "KAFKA_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_PORT",
    "KAFKA_DEBUG",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
];

/// The property that a variable sets: `KAFKA_LOG_DIRS` is `log.dirs`. In what follows `KAFKA_`, one underscore
/// stands for a dot, two for an underscore, three for a hyphen. `None` if the variable sets none.
pub(crate) fn property_name(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix("KAFKA_")?;
    if rest.is_empty() || NOT_PROPERTIES.contains(&variable) {
        return None;
    }
    let name = rest.to_ascii_lowercase();
    Some(name.replace("___", "-").replace("__", "\u{0}").replace('_', ".").replace('\u{0}', "_"))
}

#[cfg(test)]
mod tests {
    use super::property_name;

    #[test]
    fn underscores() {
        assert_eq!(property_name("KAFKA_LOG_DIRS").as_deref(), Some("log.dirs"));
        assert_eq!(property_name("KAFKA_A__B_C").as_deref(), Some("a_b.c"));
        assert_eq!(property_name("KAFKA_A___B").as_deref(), Some("a-b"));
        assert_eq!(property_name("KAFKA_HEAP_OPTS"), None);
        assert_eq!(property_name("PATH"), None);
    }
}
