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
    /// Take over the data of a stopped Apache Kafka broker.
    Import(ImportArgs),
    /// Copy a data folder to where Apache Kafka can start on it.
    Export(ExportArgs),
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

/// Takes over the log folders of a stopped Apache Kafka 3.3 to 4.3 broker (KRaft): topics with their ids, records,
/// committed offsets, configurations. Kafka's clients go on where they were.
///
/// Without --copy nothing is copied: the first log folder becomes the data folder, or with --to the partitions are
/// renamed into another folder on the same file system. Until the import is complete it can be run again, or taken back
/// with --undo.
#[derive(Debug, Args)]
#[command(after_help = "Example: look first, then take over a copy and serve it
  vltava import --config /etc/kafka/server.properties --copy --to ./data --dry-run
  vltava import --config /etc/kafka/server.properties --copy --to ./data
  vltava serve --config /etc/kafka/server.properties -o log.dirs=./data

docs/from-kafka.md says what is taken over, and how to go back to Kafka.")]
pub(crate) struct ImportArgs {
    /// Kafka's log folders: all that its log.dirs names.
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub(crate) log_dirs: Vec<PathBuf>,
    /// Where __cluster_metadata-0 is, if not in a log folder (metadata.log.dir).
    #[arg(long, value_name = "DIR")]
    pub(crate) metadata_log_dir: Option<PathBuf>,
    /// Kafka's server.properties, which names these folders.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder [default: the first log folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// Copy, and leave Kafka's folders as they are.
    #[arg(long)]
    pub(crate) copy: bool,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave out segments of message format 0 or 1 (written before Kafka 0.11).
    #[arg(long)]
    pub(crate) skip_old_formats: bool,
    /// Go on although partitions, or the newest records of some, are only on other brokers or gone.
    #[arg(long)]
    pub(crate) accept_loss: bool,
    /// Take back an import in place that is not complete.
    #[arg(long, conflicts_with_all = ["copy", "dry_run"])]
    pub(crate) undo: bool,
}

/// Copies the data folder of a stopped Vltava, with its metadata as Kafka keeps it: the way back to Apache Kafka 3.9 to 4.3.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vltava export --data ./data --to /var/lib/kafka

docs/from-kafka.md says how to start Kafka on it.")]
pub(crate) struct ExportArgs {
    /// The data folder of a Vltava that was stopped.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Kafka's log folder to be.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
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
