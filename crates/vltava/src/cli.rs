//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A streaming platform that speaks Apache Kafka's protocol.
///
/// Without a command it serves: Kafka clients on localhost:9092, data under ./data.
#[derive(Debug, Parser)]
#[command(name = "vltava", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// What to do; `serve` if nothing is said.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a broker (the default).
    Serve(ServeArgs),
}

/// The arguments of `vltava serve`.
///
/// Settings carry Kafka's own broker property names. They are read from the file given with --config, then from
/// environment variables (KAFKA_LOG_DIRS sets log.dirs, as in Kafka's container images), then from -o; what is
/// read later wins.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// A properties file, such as Kafka's server.properties.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Set one property, such as -o log.dirs=/var/lib/vltava; may be given several times.
    #[arg(short = 'o', long = "override", value_name = "NAME=VALUE", value_parser = name_value)]
    pub(crate) overrides: Vec<(String, String)>,
}

fn name_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected NAME=VALUE, such as log.dirs=/var/lib/vltava".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        let cli = Cli::parse_from(["vltava", "-o", "node.id=3", "--config", "x"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.overrides, [("node.id".to_owned(), "3".to_owned())]);
        let cli = Cli::parse_from(["vltava", "serve", "-o", "a=b=c"]);
        let Some(Command::Serve(serve)) = cli.command else { panic!("serve") };
        assert_eq!(serve.overrides, [("a".to_owned(), "b=c".to_owned())]);
        assert!(Cli::try_parse_from(["vltava", "-o", "nothing"]).is_err());
    }
}
