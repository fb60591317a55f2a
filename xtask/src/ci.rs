//! What CI does, in the order in which mistakes are cheapest to find.

use anyhow::Result;

use crate::{
    command::{Counts, cargo, command, counted, run as run_command},
    conformance, fuzz, layers, power, schema,
};

const KILL_ROUNDS: u32 = 20;
const FUZZ_SECONDS: u32 = 60;

type Step = (&'static str, fn() -> Result<Counts>);

const STEPS: &[Step] = &[
    ("format", || Ok(passed(cargo_run(&["fmt", "--all", "--check"])))),
    ("layers", || Ok(passed(layers::run()))),
    ("lints", || {
        Ok(passed(cargo_run(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))
    }),
    ("tests", || counted(&mut command(&cargo(), &["test", "--workspace", "--no-fail-fast"]))),
    ("schema", || {
        Ok(passed(conformance::jars().and_then(|jars| schema::run(&schema::Options { jars }))))
    }),
    ("fuzz", || Ok(passed(fuzz::run(&fuzz::Options { seconds: FUZZ_SECONDS })))),
    ("conformance", || conformance::counts(&conformance::Options::short())),
    ("kill", || conformance::kill_counts(&conformance::KillOptions::rounds(KILL_ROUNDS))),
    ("power", || power::counts(&power::Options::short())),
];

/// Runs every step, whatever the others did, and prints the closing line.
pub(crate) fn run() -> Result<()> {
    STEPS.iter().map(|(name, step)| report(name, step())).sum::<Counts>().conclude()
}

fn cargo_run(arguments: &[&str]) -> Result<()> {
    run_command(&mut command(&cargo(), arguments))
}

fn passed(result: Result<()>) -> Counts {
    if let Err(error) = &result {
        println!("{error:#}");
    }
    Counts::one(result.is_ok())
}

fn report(name: &str, result: Result<Counts>) -> Counts {
    let counts = result.unwrap_or_else(|error| {
        println!("{error:#}");
        Counts::one(false)
    });
    println!("ci: {name}: {} ok, {} not", counts.passed, counts.failed);
    counts
}
