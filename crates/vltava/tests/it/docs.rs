//! What the documents say of the tables.

/// Every topic config that is kept without effect is named in `docs/limits.md`.
#[test]
fn limits_name_the_configs_without_effect() {
    let limits = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/limits.md");
    let limits = std::fs::read_to_string(limits).unwrap();
    let missing: Vec<&str> = vltava_metadata::topic_configs()
        .iter()
        .filter(|config| !config.used && !limits.contains(&format!("`{}`", config.name)))
        .map(|config| config.name)
        .collect();
    assert!(missing.is_empty(), "docs/limits.md does not name {missing:?}");
    let wrong: Vec<&str> = vltava_metadata::topic_configs()
        .iter()
        .filter(|config| config.used && limits.contains(&format!("- `{}`", config.name)))
        .map(|config| config.name)
        .collect();
    assert!(wrong.is_empty(), "docs/limits.md lists {wrong:?}, which have an effect");
}
