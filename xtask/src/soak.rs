//! A soak: `conformance/soak`, a mixed load for minutes.

use anyhow::Result;
use clap::Args;

use crate::conformance;

#[derive(Args)]
pub(crate) struct Options {
    /// How long; 2 is the short form, too short for what grows slowly.
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// Draws the load.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it and prints the closing line; each measure is a case.
pub(crate) fn run(options: &Options) -> Result<()> {
    conformance::build("vltava")?;
    let (minutes, seed) = (options.minutes.to_string(), options.seed.to_string());
    conformance::check("soak", &["--minutes", &minutes, "--seed", &seed])?.conclude()
}
