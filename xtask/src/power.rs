//! Power cuts: `conformance/power`, which is a program of its own, in namespaces of its own.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use clap::Args;

use crate::command::{Counts, cargo, command, counted, run as run_command};
use crate::conformance;

/// Points and seconds of load in CI.
const SHORT: (u32, u32) = (50, 12);

#[derive(Args)]
pub(crate) struct Options {
    /// How often the power is cut.
    #[arg(long, default_value_t = 1000)]
    points: u32,
    /// How long the run takes of which the points are taken.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// The seed of an earlier run, to draw the same damage from a journal as similar as two runs are.
    #[arg(long)]
    seed: Option<u64>,
    /// Further arguments of `vltava-power`.
    #[arg(last = true)]
    more: Vec<String>,
}

impl Options {
    /// What CI runs.
    pub(crate) fn short() -> Self {
        Self { points: SHORT.0, seconds: SHORT.1, seed: None, more: Vec::new() }
    }
}

/// Runs it and prints the closing line.
pub(crate) fn run(options: &Options) -> Result<()> {
    counts(options)?.conclude()
}

/// Runs it; each point is a case.
pub(crate) fn counts(options: &Options) -> Result<Counts> {
    conformance::build("vltava")?;
    run_command(&mut command(&cargo(), &["build", "--release", "-p", "vltava-power"]))?;
    let folder = std::env::temp_dir().join(format!("vltava-power-{}", std::process::id()));
    fs::create_dir_all(&folder).context("cannot make a folder")?;
    let counts = measure(options, &folder);
    if options.more.is_empty() {
        fs::remove_dir_all(&folder).context("cannot remove the folder")?;
    } else {
        println!("power: logs are in {}", folder.display());
    }
    counts
}

fn measure(options: &Options, folder: &Path) -> Result<Counts> {
    // Mounts and processes of the test bed end with it, however it ends; whoever is not root may mount in a user namespace.
    let mut bed = command("unshare", &["--mount", "--pid", "--fork", "--kill-child"]);
    if !is_root()? {
        bed.args(["--user", "--map-root-user"]);
    }
    bed.arg(conformance::release("vltava-power")?);
    bed.arg("--points").arg(options.points.to_string());
    bed.arg("--seconds").arg(options.seconds.to_string());
    bed.arg("--folder").arg(folder).arg("--binary").arg(conformance::binary()?);
    bed.args(options.seed.iter().flat_map(|seed| ["--seed".to_owned(), seed.to_string()]));
    bed.args(&options.more);
    counted(&mut bed)
}

fn is_root() -> Result<bool> {
    let output = command("id", &["-u"]).output()?;
    Ok(output.stdout == b"0\n")
}
