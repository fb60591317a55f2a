//! The layering test: which crate may depend on which. `docs/architecture.md` says why; an arrow points down, never up, never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::{cargo, command};

/// Each crate with all that it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("protocol-derive", &[]),
    ("protocol", &["model", "protocol-derive"]),
    ("records", &["model"]),
    ("coordinator", &["model", "protocol", "records"]),
    ("metadata", &["model", "protocol", "records"]),
    ("runtime", &["model"]),
    ("log", &["model", "records", "runtime"]),
    ("wal", &["model", "records", "runtime"]),
    ("coordination", &["model", "runtime"]),
    ("partition", &["model", "records", "runtime", "log", "wal"]),
    (
        "cluster",
        &[
            "model",
            "protocol",
            "records",
            "runtime",
            "log",
            "wal",
            "partition",
            "coordinator",
            "metadata",
            "coordination",
        ],
    ),
    (
        "broker",
        &[
            "model",
            "protocol",
            "records",
            "runtime",
            "partition",
            "coordinator",
            "metadata",
            "cluster",
        ],
    ),
    ("import", &["model", "protocol-derive", "protocol", "records", "metadata", "log"]),
    (
        "vltava",
        &[
            "model",
            "runtime",
            "log",
            "wal",
            "partition",
            "metadata",
            "coordination",
            "import",
            "cluster",
            "broker",
        ],
    ),
    ("power", &["model", "protocol", "records"]),
    ("xtask", &["protocol"]),
];

/// Crates without I/O, clock and randomness, and the dependencies that would bring them.
const PURE: &[&str] = &["model", "protocol", "records", "coordinator", "metadata"];
const IMPURE: &[&str] =
    &["tokio", "tokio-util", "rustix", "redb", "getrandom", "rand", "futures", "async-trait"];

/// One dependency as a crate's manifest declares it. Those for tests may reach anything below, directly or not.
struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

/// Prints that all is well, or fails with every dependency that is not allowed.
pub(crate) fn run() -> Result<()> {
    let wrong = violations(&edges()?);
    if !wrong.is_empty() {
        bail!("dependencies that xtask/src/layers.rs does not allow:\n  {}", wrong.join("\n  "));
    }
    println!("layers: every dependency is allowed");
    Ok(())
}

fn edges() -> Result<Vec<Edge>> {
    let output = command(&cargo(), &["metadata", "--no-deps", "--format-version", "1"]).output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    Ok(packages.iter().flat_map(edges_of).collect())
}

fn edges_of(package: &Value) -> Vec<Edge> {
    let name = |value: &Value| {
        value["name"].as_str().unwrap_or_default().trim_start_matches("vltava-").to_owned()
    };
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    dependencies
        .iter()
        .map(|dependency| Edge {
            from: name(package),
            to: name(dependency),
            for_tests: dependency["kind"] == "dev",
        })
        .collect()
}

fn violations(edges: &[Edge]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    edges
        .iter()
        .filter(|edge| !is_allowed(edge, &allowed))
        .map(|edge| format!("{} -> {}", edge.from, edge.to))
        .collect()
}

fn is_allowed(edge: &Edge, allowed: &BTreeMap<&str, &[&str]>) -> bool {
    if !allowed.contains_key(edge.to.as_str()) {
        return edge.for_tests
            || !PURE.contains(&edge.from.as_str())
            || !IMPURE.contains(&edge.to.as_str());
    }
    if edge.for_tests {
        return below(&edge.from, allowed).contains(edge.to.as_str());
    }
    allowed.get(edge.from.as_str()).is_some_and(|targets| targets.contains(&edge.to.as_str()))
}

/// All that a crate reaches.
fn below<'a>(from: &str, allowed: &BTreeMap<&str, &'a [&'a str]>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = allowed.get(from).map(|targets| targets.to_vec()).unwrap_or_default();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(allowed.get(next).into_iter().flat_map(|targets| targets.iter().copied()));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_to_its_layers() {
        assert_eq!(violations(&edges().unwrap()), Vec::<String>::new());
    }

    #[test]
    fn the_table_has_no_circle() {
        let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
        for (name, targets) in ALLOWED {
            assert!(!below(name, &allowed).contains(name), "{name} reaches itself");
            assert!(
                targets.iter().all(|target| allowed.contains_key(target)),
                "{name} names a crate that is not there"
            );
        }
    }

    #[test]
    fn what_is_not_allowed_is_found() {
        let edge =
            |from: &str, to: &str, for_tests| Edge { from: from.into(), to: to.into(), for_tests };
        let wrong = [
            edge("log", "broker", false),
            edge("records", "tokio", false),
            edge("model", "log", true),
            edge("new", "model", false),
        ];
        assert_eq!(violations(&wrong).len(), wrong.len());
        let right = [
            edge("log", "model", false),
            edge("broker", "wal", true),
            edge("log", "tokio", false),
            edge("records", "tokio", true),
        ];
        assert_eq!(violations(&right), Vec::<String>::new());
    }
}
