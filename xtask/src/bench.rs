//! Side by side with Apache Kafka on this machine: starts `bench/run`, which says how it measures.

use anyhow::Result;
use clap::Args;

use crate::{
    command::{command, run as run_command},
    conformance::{binary, build},
};

#[derive(Args)]
pub(crate) struct Options {
    /// A tenth of the load and one run of each: to see that it works, not to quote.
    #[arg(long)]
    quick: bool,
    /// Runs of each measurement; the median is reported.
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Parts to run, such as `start` or `producer`; all of them if none is named.
    parts: Vec<String>,
}

/// Measures both brokers and writes the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    build("vltava")?;
    let runs = options.runs.to_string();
    let mut arguments = vec!["bench/run", "--runs", runs.as_str()];
    if options.quick {
        arguments.push("--quick");
    }
    arguments.extend(options.parts.iter().map(String::as_str));
    run_command(command("bash", &arguments).env("VLTAVA", binary()?))
}
