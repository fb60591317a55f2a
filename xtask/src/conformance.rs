//! Real clients and tools against the release binary: starts `conformance/run NAME`, which installs what it needs and says how it is used.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::command::{Counts, cargo, command, counted, root, run as run_command};

/// Every check, quick ones first; `kill` is a subcommand of its own.
const NAMES: &[&str] =
    &["pitfalls", "flights", "tools", "compaction", "faults", "many", "import", "suites"];

#[derive(Args, Default)]
pub(crate) struct Options {
    /// The form that CI runs (the default): fewer rows, a covering part of the combinations.
    #[arg(long, conflicts_with = "full")]
    short: bool,
    /// Every combination with all the rows; hours.
    #[arg(long)]
    full: bool,
    /// `vltava` (the release binary, built first), `kafka`, or HOST:PORT of one that runs.
    #[arg(long, default_value = "vltava")]
    broker: String,
    /// Only the cases whose names match this regular expression.
    #[arg(long)]
    only: Option<String>,
    /// Folders of conformance/; all of them if none is named.
    names: Vec<String>,
}

impl Options {
    /// What CI runs.
    pub(crate) fn short() -> Self {
        Self { broker: "vltava".into(), ..Self::default() }
    }
}

#[derive(Args)]
pub(crate) struct KillOptions {
    #[arg(long, default_value_t = 500)]
    rounds: u32,
    /// The seed of an earlier run, to draw the same instants and loads.
    #[arg(long)]
    seed: Option<u64>,
    /// `vltava` (the release binary, built first) or `kafka`.
    #[arg(long, default_value = "vltava")]
    broker: String,
}

impl KillOptions {
    /// That many rounds on our binary, with a seed of their own.
    pub(crate) fn rounds(rounds: u32) -> Self {
        Self { rounds, seed: None, broker: "vltava".into() }
    }
}

/// Runs the checks and prints the closing line.
pub(crate) fn run(options: &Options) -> Result<()> {
    counts(options)?.conclude()
}

/// Runs the checks that are named, one after another.
pub(crate) fn counts(options: &Options) -> Result<Counts> {
    build(&options.broker)?;
    let form = if options.full { "--full" } else { "--short" };
    let mut arguments = vec![form, "--broker", options.broker.as_str()];
    arguments.extend(options.only.iter().flat_map(|only| ["--only", only.as_str()]));
    let names: Vec<&str> = if options.names.is_empty() {
        NAMES.to_vec()
    } else {
        options.names.iter().map(String::as_str).collect()
    };
    for name in &names {
        if !root().join("conformance").join(name).join("run.py").exists() {
            bail!("no check is called {name}: there are {} and kill", NAMES.join(", "));
        }
    }
    names.iter().map(|name| check(name, &arguments)).sum()
}

/// Runs the kills and prints the closing line.
pub(crate) fn kill(options: &KillOptions) -> Result<()> {
    kill_counts(options)?.conclude()
}

/// Runs the kills; each round is a case.
pub(crate) fn kill_counts(options: &KillOptions) -> Result<Counts> {
    build(&options.broker)?;
    let (rounds, seed) = (options.rounds.to_string(), options.seed.map(|seed| seed.to_string()));
    let mut arguments = vec!["--broker", options.broker.as_str(), "--rounds", rounds.as_str()];
    arguments.extend(seed.iter().flat_map(|seed| ["--seed", seed.as_str()]));
    check("kill", &arguments)
}

/// Runs one check.
pub(crate) fn check(name: &str, arguments: &[&str]) -> Result<Counts> {
    counted(command("bash", &["conformance/run", name]).args(arguments).env("VLTAVA", binary()?))
}

/// The folder with Kafka's jars, downloaded at first use.
pub(crate) fn jars() -> Result<PathBuf> {
    let peers = env::var_os("PEERS").map_or_else(|| root().join("../shared/peers"), PathBuf::from);
    let output =
        command("bash", &[]).arg(peers.join("kafka").join("kafka.sh")).arg("lib").output()?;
    if !output.status.success() {
        bail!("kafka.sh lib: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// Builds the release binary, unless another broker is meant or `VLTAVA` names one.
pub(crate) fn build(broker: &str) -> Result<()> {
    if broker != "vltava" || env::var_os("VLTAVA").is_some() {
        return Ok(());
    }
    run_command(&mut command(&cargo(), &["build", "--release", "-p", "vltava"]))
}

/// The binary under test.
pub(crate) fn binary() -> Result<PathBuf> {
    env::var_os("VLTAVA").map_or_else(|| release("vltava"), |path| Ok(PathBuf::from(path)))
}

/// A program of the workspace in its release build.
pub(crate) fn release(name: &str) -> Result<PathBuf> {
    let output = command(&cargo(), &["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata prints JSON")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names the target directory")?;
    Ok(PathBuf::from(target).join("release").join(name))
}
