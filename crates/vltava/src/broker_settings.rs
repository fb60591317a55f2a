//! From checked properties to what the broker takes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use vltava_broker::{BrokerSettings, Listener};
use vltava_metadata::{BrokerProperties, ConfigView, Image};
use vltava_model::BrokerId;
use vltava_wal::WalConfig;

/// The data folder where nothing says otherwise.
const DEFAULT_FOLDER: &str = "data";

/// The listener where nothing says otherwise; Kafka's own default would be all interfaces.
const DEFAULT_LISTENERS: &str = "PLAINTEXT://localhost:9092";

/// The node's own id; Kafka's default of -1 means that there must be one, ours is the first that Kafka's examples give.
pub(crate) fn broker_id(properties: &BrokerProperties) -> Result<BrokerId> {
    let id = properties.get("node.id").or(properties.get("broker.id")).unwrap_or("1");
    let id: i32 = id.trim().parse().context("node.id must be a number")?;
    if id < 0 {
        bail!("node.id must be 0 or more, and it is {id}");
    }
    Ok(BrokerId(id))
}

/// The data folder: `log.dirs`, of which there may be one.
pub(crate) fn data_folder(properties: &BrokerProperties) -> Result<PathBuf> {
    let folders =
        properties.get("log.dirs").or(properties.get("log.dir")).unwrap_or(DEFAULT_FOLDER);
    let mut folders = folders.split(',').map(str::trim).filter(|folder| !folder.is_empty());
    let folder = folders.next().context("log.dirs names no folder")?;
    if let Some(second) = folders.next() {
        bail!(
            "log.dirs names several folders ({folder}, {second}, …), and Vltava keeps all data in one; join the disks below it, or run a broker on each"
        );
    }
    Ok(PathBuf::from(folder))
}

/// The write-ahead log in `folder`. Its sizes are no setting for users: tests make them small, so that it is trimmed often.
pub(crate) fn wal_config(properties: &BrokerProperties, folder: &Path) -> WalConfig {
    let default = WalConfig::new(folder);
    let size = |name: &str| properties.get(name).and_then(|value| value.trim().parse::<u64>().ok());
    let file_bytes = size("internal.wal.file.bytes").unwrap_or(default.file_bytes);
    WalConfig {
        file_bytes,
        checkpoint_bytes: size("internal.wal.checkpoint.bytes").unwrap_or(default.checkpoint_bytes),
        ..default
    }
}

/// The settings of the network and of request handling.
pub(crate) fn broker_settings(
    properties: &BrokerProperties,
    broker: BrokerId,
) -> Result<BrokerSettings> {
    let image = Image::default();
    let view = ConfigView { image: &image, broker, properties };
    let size = |name: &str| usize::try_from(view.number(name)).unwrap_or(usize::MAX);
    let buffer =
        |name: &str| properties.get(name).and_then(|_| u32::try_from(view.number(name)).ok());
    let default = BrokerSettings::default();
    let queued = match view.number("queued.max.request.bytes") {
        bytes if bytes > 0 => usize::try_from(bytes).unwrap_or(usize::MAX),
        _ => default.queued_max_request_bytes,
    };
    let idle = view.number("connections.max.idle.ms");
    Ok(BrokerSettings {
        listeners: listeners(properties)?,
        rack: properties.get("broker.rack").map(str::to_owned),
        socket_request_max_bytes: size("socket.request.max.bytes"),
        queued_max_request_bytes: queued,
        connections_max_idle: u64::try_from(idle).map_or(Duration::MAX, Duration::from_millis),
        socket_send_buffer_bytes: buffer("socket.send.buffer.bytes"),
        socket_receive_buffer_bytes: buffer("socket.receive.buffer.bytes"),
        socket_listen_backlog: buffer("socket.listen.backlog.size")
            .unwrap_or(default.socket_listen_backlog),
        num_io_threads: size("num.io.threads"),
        fetch_session_slots: size("max.incremental.fetch.session.cache.slots"),
        fetch_max_bytes: size("fetch.max.bytes"),
        auto_create_topics_enable: view.boolean("auto.create.topics.enable"),
        max_request_partition_size_limit: size("max.request.partition.size.limit"),
    })
}

/// The listeners for clients: those of Kafka's controller are left out, since there is no such process here.
fn listeners(properties: &BrokerProperties) -> Result<Vec<Listener>> {
    let controllers: Vec<String> = properties
        .get("controller.listener.names")
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_ascii_uppercase())
        .filter(|name| !name.is_empty())
        .collect();
    let for_clients = |list: &str| {
        let is_for_clients = |entry: &&str| {
            let name = entry.split_once("://").map_or("", |(name, _)| name);
            !controllers.contains(&name.trim().to_ascii_uppercase())
        };
        list.split(',').filter(is_for_clients).collect::<Vec<_>>().join(",")
    };
    let listeners = for_clients(properties.get("listeners").unwrap_or(DEFAULT_LISTENERS));
    let advertised = properties.get("advertised.listeners").map(for_clients);
    let protocols = properties.get("listener.security.protocol.map");
    Listener::parse(&listeners, advertised.as_deref(), protocols)
        .context("the listeners are not right")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> BrokerProperties {
        BrokerProperties::new(pairs.iter().copied()).unwrap()
    }

    #[test]
    fn a_kraft_brokers_file_serves() {
        let properties = properties(&[
            ("process.roles", "broker,controller"),
            ("node.id", "7"),
            ("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://:9093"),
            ("controller.listener.names", "CONTROLLER"),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
            ("log.dirs", "/a"),
            ("socket.listen.backlog.size", "200"),
        ]);
        assert_eq!(broker_id(&properties).unwrap(), BrokerId(7));
        assert_eq!(data_folder(&properties).unwrap(), PathBuf::from("/a"));
        let settings = broker_settings(&properties, BrokerId(7)).unwrap();
        assert_eq!(settings.listeners.len(), 1);
        assert_eq!(settings.socket_listen_backlog, 200);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let error = data_folder(&properties(&[("log.dirs", "/a,/b")])).unwrap_err();
        assert!(error.to_string().contains("several folders"));
        let tls = properties(&[("listeners", "SSL://:9093")]);
        assert!(broker_settings(&tls, BrokerId(1)).is_err());
    }
}
