//! What the handlers share, and who is talking to them.

use std::net::SocketAddr;
use std::sync::Arc;

use vltava_cluster::Node;

use crate::fetch_sessions::FetchSessions;
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
    /// KIP-227.
    pub(crate) fetch_sessions: FetchSessions,
}

impl Broker {
    /// A broker that nobody talks to yet.
    pub(crate) fn new(
        settings: BrokerSettings,
        node: Arc<Node>,
        listeners: Vec<Bound>,
        stop: Stop,
    ) -> Arc<Broker> {
        let fetch_sessions = FetchSessions::new(settings.fetch_session_slots);
        Arc::new(Broker { settings, node, listeners, stop, fetch_sessions })
    }
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
