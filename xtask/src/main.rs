//! The project's chores, each a subcommand of `cargo xtask`: what CI does, the layering test, the checks against foreign clients, kills,
//! fuzzing, measurements. Each prints what it runs; those that count cases end with a line `N passed, N failed`.
#![allow(clippy::print_stdout, reason = "a tool of the command line")]

mod bench;
mod ci;
mod command;
mod conformance;
mod fuzz;
mod layers;
mod power;
mod schema;
mod soak;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything CI does: format, lints, tests, layers, schema, and the short forms of the long checks.
    Ci,
    /// Fails on a dependency between crates that the architecture does not allow.
    Layers,
    /// Real clients and tools against the broker; names choose among the folders of conformance/.
    Conformance(conformance::Options),
    /// Rounds of produce, SIGKILL, start, consume: nothing acknowledged may be missing.
    Kill(conformance::KillOptions),
    /// Power cuts at random points of a run: nothing acknowledged may be missing.
    Power(power::Options),
    /// A mixed load for minutes: memory, descriptors, threads and disk stay as they are.
    Soak(soak::Options),
    /// Compares the messages with the definitions in Kafka's jars.
    Schema(schema::Options),
    /// Random requests against the decoders.
    Fuzz(fuzz::Options),
    /// Side by side with Apache Kafka on this machine; writes to bench/results/.
    Bench(bench::Options),
}

fn main() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Ci => ci::run(),
        Chore::Layers => layers::run(),
        Chore::Conformance(options) => conformance::run(&options),
        Chore::Kill(options) => conformance::kill(&options),
        Chore::Power(options) => power::run(&options),
        Chore::Soak(options) => soak::run(&options),
        Chore::Schema(options) => schema::run(&options),
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Bench(options) => bench::run(&options),
    }
}
