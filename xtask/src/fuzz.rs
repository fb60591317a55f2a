//! Random bytes against the decoders: the targets of `fuzz/` where a nightly toolchain with cargo-fuzz is, the random tests elsewhere.

use std::{fs, process::Stdio};

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, command, root, run as run_command};

#[derive(Args)]
pub(crate) struct Options {
    /// How long in all.
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u32,
}

/// Runs until the time is over or something panics.
pub(crate) fn run(options: &Options) -> Result<()> {
    let targets = targets();
    if targets.is_empty() || !has_cargo_fuzz() {
        let seconds = options.seconds.to_string();
        return run_command(
            command(&cargo(), &["test", "-p", "vltava-protocol", "--", "fuzz", "--nocapture"])
                .env("FUZZ_SECONDS", seconds),
        );
    }
    let share = (options.seconds / u32::try_from(targets.len()).unwrap_or(1)).max(1);
    let limit = format!("-max_total_time={share}");
    for target in &targets {
        run_command(&mut command("cargo", &["+nightly", "fuzz", "run", target, "--", &limit]))?;
    }
    Ok(())
}

fn has_cargo_fuzz() -> bool {
    let mut probe = command("cargo", &["+nightly", "fuzz", "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn targets() -> Vec<String> {
    let files =
        fs::read_dir(root().join("fuzz").join("fuzz_targets")).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| file.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
