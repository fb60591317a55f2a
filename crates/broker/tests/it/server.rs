//! A broker of one's own, in a folder that goes away.

use std::sync::Arc;

use tempfile::TempDir;
use vltava_broker::{BrokerSettings, Listener, Server};
use vltava_cluster::{DataFolder, Node, NodeSpec};
use vltava_coordination::MemoryStore;
use vltava_metadata::BrokerProperties;
use vltava_model::BrokerId;
use vltava_runtime::{Clock, Tasks};
use vltava_wal::{Faults, FaultySink, FileSink, Wal, WalConfig};

/// A running broker.
pub(crate) struct TestServer {
    /// What goes wrong with the write-ahead log.
    pub(crate) faults: Faults,
    server: Server,
    node: Arc<Node>,
    tasks: Tasks,
    _folder: TempDir,
}

impl TestServer {
    /// Starts a broker with id 1 and these properties.
    pub(crate) async fn start(properties: &[(&str, &str)]) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        let tasks = Tasks::new();
        let wal = WalConfig::new(folder.path());
        let faults = Faults::new();
        let wal_faults = faults.clone();
        let spec = NodeSpec {
            folder: DataFolder::open(folder.path()).unwrap(),
            broker: BrokerId(1),
            properties: Arc::new(BrokerProperties::new(properties.iter().copied()).unwrap()),
            store: Arc::new(MemoryStore::new(&tasks)),
            open_wal: Box::new(move |broker| {
                let (sink, recovered) = FileSink::open(&wal, broker)?;
                let sink = Box::new(FaultySink::new(sink, wal_faults));
                Ok((Wal::start(sink, &recovered, &wal, broker), recovered))
            }),
            clock: Clock::system(),
        };
        let node = Node::start(spec).await.unwrap();
        let settings = BrokerSettings {
            listeners: Listener::parse("PLAINTEXT://127.0.0.1:0", None, None).unwrap(),
            ..BrokerSettings::default()
        };
        let server = Server::bind(settings, Arc::clone(&node)).await.unwrap();
        TestServer { faults, server, node, tasks, _folder: folder }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.server.listeners()[0].addresses[0].to_string()
    }

    pub(crate) async fn stop(self) {
        self.server.shutdown().await;
        assert!(self.node.stop().await, "a clean stop");
        self.tasks.stop_and_wait().await;
    }
}
