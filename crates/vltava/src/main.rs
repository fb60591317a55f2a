//! Vltava: a streaming platform that speaks Apache Kafka's protocol.
//!
//! The binary: reads the command line and the settings, names the adapters, and runs what they make.

mod broker_settings;
mod cli;
mod export;
mod import;
mod serve;
mod settings;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => serve::run(&cli.serve),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Export(args)) => export::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told that this could not be written.
            let _ = writeln!(std::io::stderr(), "vltava: {error:#}");
            ExitCode::FAILURE
        }
    }
}
