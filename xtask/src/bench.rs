//! Side by side with Apache Kafka on this machine: starts `bench/run`, which says how it measures.

use anyhow::Result;
use clap::Args;

use crate::{
    command::{command, run as run_command},
    conformance::{binary, build},
};

#[derive(Args)]
pub(crate) struct Options {
    /// One sample of a tenth of the load: to see that it works, not to quote.
    #[arg(long)]
    short: bool,
    /// Samples of each row on each side; the median is reported.
    #[arg(long, default_value_t = 5)]
    samples: u32,
    /// Only the rows whose names match this regular expression.
    #[arg(long)]
    only: Option<String>,
    /// How long the load lasts after which memory is read.
    #[arg(long, default_value_t = 1)]
    load_minutes: u32,
    /// Name of the files in bench/results; samples that are there count, so a run that was cut off goes on (default: the date).
    #[arg(long)]
    into: Option<String>,
    /// Prints the rows and how long they take, and measures nothing.
    #[arg(long)]
    list: bool,
}

/// Measures both brokers and writes the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    build("vltava")?;
    let (samples, minutes) = (options.samples.to_string(), options.load_minutes.to_string());
    let mut arguments =
        vec!["bench/run", "--samples", samples.as_str(), "--load-minutes", minutes.as_str()];
    arguments.extend(options.short.then_some("--short"));
    arguments.extend(options.list.then_some("--list"));
    arguments.extend(options.only.iter().flat_map(|only| ["--only", only.as_str()]));
    arguments.extend(options.into.iter().flat_map(|into| ["--into", into.as_str()]));
    run_command(command("bash", &arguments).env("VLTAVA", binary()?))
}
