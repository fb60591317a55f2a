//! `vltava serve`: a broker from start to stop.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use vltava_broker::{BrokerSettings, Server};
use vltava_cluster::{DataFolder, Node, NodeSpec, StartReport};
use vltava_coordination::EmbeddedStore;
use vltava_metadata::BrokerProperties;
use vltava_model::BrokerId;
use vltava_runtime::{Clock, Tasks};
use vltava_wal::Wal;

use crate::broker_settings::{broker_id, broker_settings, data_folder, wal_config};
use crate::cli::ServeArgs;
use crate::settings::Settings;

/// The metadata store's file in the data folder.
pub(crate) const STORE_FILE: &str = "metadata.redb";

/// Runs a broker until it is told to stop.
pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    start_logging();
    let settings = Settings::gather(args.config.as_deref(), std::env::vars(), &args.overrides)?;
    let (properties, warnings) = settings.review()?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let broker = broker_id(&properties)?;
    let settings = broker_settings(&properties, broker)?;
    let folder = DataFolder::open(&data_folder(&properties)?)?;
    raise_file_limit();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads")?
        .block_on(serve(broker, settings, properties, folder))
}

async fn serve(
    broker: BrokerId,
    settings: BrokerSettings,
    properties: BrokerProperties,
    folder: DataFolder,
) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen to signals")?;
    let path = folder.path().to_owned();
    let store_tasks = Tasks::new();
    let store = EmbeddedStore::open(&path.join(STORE_FILE), &store_tasks)?;
    let wal = wal_config(&properties, &path);
    let spec = NodeSpec {
        folder,
        broker,
        properties: Arc::new(properties),
        store: Arc::new(store),
        open_wal: Box::new(move |broker| Wal::open(&wal, broker)),
        clock: Clock::system(),
    };
    let node = Node::start(spec).await?;
    let server = match Server::bind(settings, Arc::clone(&node)).await {
        Ok(server) => server,
        Err(error) => {
            node.stop().await;
            return Err(error.into());
        }
    };
    announce(&greeting(&server, &path, node.start_report()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    server.shutdown().await;
    let clean = node.stop().await;
    store_tasks.stop_and_wait().await;
    if clean {
        announce("stopped, all data is safe\n");
        Ok(())
    } else {
        anyhow::bail!("stopped, but not everything could be closed; the next start recovers it")
    }
}

/// What a start says once clients can connect.
fn greeting(server: &Server, folder: &Path, report: &StartReport) -> String {
    let mut text = format!("Vltava {}\n", env!("CARGO_PKG_VERSION"));
    for listener in server.listeners() {
        let addresses: Vec<String> = listener.addresses.iter().map(ToString::to_string).collect();
        let (name, advertised) = (&listener.name, &listener.advertised);
        let bound = addresses.join(", ");
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "  listening on {name}://{}:{} ({bound})",
            advertised.host, advertised.port
        );
    }
    let StartReport { topics, partitions, failed_partitions, bytes, clean, replayed_batches } =
        report;
    if !clean {
        let _ = writeln!(
            text,
            "  recovered from a stop that was not clean; batches replayed from the write-ahead log: {replayed_batches}"
        );
    }
    if *failed_partitions > 0 {
        let _ = writeln!(
            text,
            "  partitions that could not be opened (see the log): {failed_partitions}"
        );
    }
    let (folder, size) = (folder.display(), human_bytes(*bytes));
    let _ = writeln!(text, "  data in {folder}: topics {topics}, partitions {partitions}, {size}");
    text
}

pub(crate) fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut scaled, mut unit) = (bytes, 0);
    let mut tenths = 0;
    while scaled >= 1024 && unit + 1 < UNITS.len() {
        tenths = scaled % 1024 * 10 / 1024;
        scaled /= 1024;
        unit += 1;
    }
    if unit == 0 { format!("{scaled} B") } else { format!("{scaled}.{tenths} {}", UNITS[unit]) }
}

/// Prints at once: scripts wait for these lines. Whoever closed our output does not want them.
pub(crate) fn announce(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info"));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        // A line that cannot be written (a log file on a full disk) would be told of there, too, and that panics.
        .log_internal_errors(false)
        .init();
}

/// Ten thousand partitions take as many files: as many as the system lets us have.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "cannot raise the limit of open files; set it with ulimit -n");
    }
}

#[cfg(test)]
mod tests {
    use super::human_bytes;

    #[test]
    fn sizes() {
        assert_eq!(human_bytes(0), "0 B");
        assert_eq!(human_bytes(1023), "1023 B");
        assert_eq!(human_bytes(1536), "1.5 KiB");
        assert_eq!(human_bytes(5 << 30), "5.0 GiB");
    }
}
