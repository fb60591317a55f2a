//! What the handlers share, and who is talking to them.

use std::net::SocketAddr;
use std::sync::Arc;

use vltava_cluster::Node;

use crate::api::resources;
use crate::connection::seats::{ConnectionLimits, Seats};
use crate::fetch_sessions::FetchSessions;
use crate::metadata_cache::MetadataCache;
use crate::server::Bound;
use crate::settings::BrokerSettings;
use crate::stop::Stop;

/// The broker as its API handlers see it.
pub(crate) struct Broker {
    /// The settings.
    pub(crate) settings: BrokerSettings,
    /// Topics, partitions, groups.
    pub(crate) node: Arc<Node>,
    /// Where it listens.
    pub(crate) listeners: Vec<Bound>,
    /// Tells waiting requests that the server stops.
    pub(crate) stop: Stop,
    /// Who may connect.
    pub(crate) seats: Seats,
    /// Held while the limits are read again, so that the last to be read are the last to be set.
    reading_limits: tokio::sync::Mutex<()>,
    /// KIP-227.
    pub(crate) fetch_sessions: FetchSessions,
    /// Metadata of all topics.
    pub(crate) metadata_cache: MetadataCache,
}

impl Broker {
    /// A broker that nobody talks to yet.
    pub(crate) fn new(
        settings: BrokerSettings,
        node: Arc<Node>,
        listeners: Vec<Bound>,
        seats: Seats,
        stop: Stop,
    ) -> Arc<Broker> {
        let fetch_sessions = FetchSessions::new(settings.fetch_session_slots);
        let reading_limits = tokio::sync::Mutex::new(());
        Arc::new(Broker {
            settings,
            node,
            listeners,
            stop,
            seats,
            reading_limits,
            fetch_sessions,
            metadata_cache: MetadataCache::default(),
        })
    }

    /// Brings properties into force that a request has changed, if a broker is among what it was about.
    pub(crate) async fn reconfigure<T>(&self, resources: &[T], type_of: impl Fn(&T) -> i8) {
        if !resources.iter().any(|resource| type_of(resource) == resources::BROKER) {
            return;
        }
        let _reading = self.reading_limits.lock().await;
        let names: Vec<String> =
            self.listeners.iter().map(|listener| listener.name.clone()).collect();
        self.seats.set_limits(connection_limits(&self.node, &names).await);
    }
}

/// The limits on connections in force for listeners of these names.
pub(crate) async fn connection_limits(node: &Node, listeners: &[String]) -> ConnectionLimits {
    let (limits, hosts) = {
        let catalog = node.catalog();
        let image = catalog.image();
        ConnectionLimits::parse(&catalog.view(&image), listeners)
    };
    limits.with_hosts(hosts).await
}

/// Where clients of one listener come in.
pub(crate) struct Door {
    broker: Arc<Broker>,
    listener: usize,
}

impl Door {
    /// The door of the listener at that place in the settings.
    pub(crate) fn new(broker: &Arc<Broker>, listener: usize) -> Door {
        Door { broker: Arc::clone(broker), listener }
    }

    /// One who came in from `peer`.
    pub(crate) fn visitor(&self, peer: SocketAddr) -> Visitor {
        Visitor { broker: Arc::clone(&self.broker), listener: self.listener, peer }
    }
}

/// A connected client.
pub(crate) struct Visitor {
    pub(crate) broker: Arc<Broker>,
    pub(crate) listener: usize,
    pub(crate) peer: SocketAddr,
}
