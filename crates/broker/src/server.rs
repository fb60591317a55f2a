//! The server: listens, counts who connects, and gives each connection its task.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};
use vltava_cluster::Node;
use vltava_runtime::Tasks;

use crate::broker::{Broker, Door, connection_limits};
use crate::connection::budget::RequestBudget;
use crate::connection::crowd::{Crowd, Member};
use crate::connection::outbox::ColdReads;
use crate::connection::seats::{Seat, Seats};
use crate::connection::{Connection, ConnectionSettings, Service};
use crate::limits::{ACCEPT_PAUSE, IDLE_LIMIT, STOP_GRACE};
use crate::listener::{Endpoint, SocketBuffers};
use crate::settings::BrokerSettings;
use crate::stop::Stop;

/// A broker that listens.
pub struct Server {
    listeners: Vec<Bound>,
    stop: Stop,
}

/// A listener as it came to be.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Its name, as `PLAINTEXT`.
    pub name: String,
    /// What it is bound to; the first is where clients should come, if there are two.
    pub addresses: Vec<SocketAddr>,
    /// What clients are told to connect to.
    pub advertised: Endpoint,
}

/// Why a server cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// The system refused.
    #[error("cannot listen at {name}://{host}:{port}")]
    Listen {
        /// The listener's name.
        name: String,
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Server {
    /// Listens at all listeners of the settings and serves `node` to whoever connects. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If one of the listeners cannot be bound; then none is.
    pub async fn bind(settings: BrokerSettings, node: Arc<Node>) -> Result<Server, BindError> {
        let sockets = bind_all(&settings).await?;
        let listeners: Vec<Bound> = sockets.iter().map(|(bound, _)| bound.clone()).collect();
        let tasks = Tasks::new();
        let connections = ConnectionSettings {
            request_bytes_max: settings.socket_request_max_bytes,
            idle_max: settings.connections_max_idle.min(IDLE_LIMIT),
            budget: RequestBudget::new(settings.queued_max_request_bytes),
            cold_reads: ColdReads::new(settings.num_io_threads, tasks.clone()),
            stop: Stop::new(tasks),
        };
        let names: Vec<String> = listeners.iter().map(|bound| bound.name.clone()).collect();
        let seats = Seats::new(connection_limits(&node, &names).await, Crowd::new());
        let stop = connections.stop.clone();
        let broker = Broker::new(settings, node, listeners.clone(), seats.clone(), stop.clone());
        for (index, (_, sockets)) in sockets.into_iter().enumerate() {
            for socket in sockets {
                let door = Door::new(&broker, index);
                let acceptor = Acceptor {
                    socket,
                    listener: index,
                    door,
                    seats: seats.clone(),
                    connections: connections.clone(),
                };
                stop.tasks().spawn(acceptor.run());
            }
        }
        Ok(Server { listeners, stop })
    }

    /// Where it listens, in the order of the settings.
    pub fn listeners(&self) -> &[Bound] {
        &self.listeners
    }

    /// Stops listening, answers the requests that have begun, and closes all connections. Waits for that, but not for
    /// clients that do not read.
    pub async fn shutdown(&self) {
        self.stop.begin();
        let patience = STOP_GRACE + Duration::from_secs(2);
        if timeout(patience, self.stop.tasks().stop_and_wait()).await.is_err() {
            warn!("connections are still busy, stopping without them");
        }
    }
}

async fn bind_all(settings: &BrokerSettings) -> Result<Vec<(Bound, Vec<TcpListener>)>, BindError> {
    let buffers = SocketBuffers {
        send: settings.socket_send_buffer_bytes,
        receive: settings.socket_receive_buffer_bytes,
        backlog: settings.socket_listen_backlog,
    };
    let mut out = Vec::new();
    for listener in &settings.listeners {
        let bound = listener.bind(buffers).await.and_then(|sockets| {
            let addresses =
                sockets.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
            let advertised = listener.endpoint(addresses[0].port());
            Ok((Bound { name: listener.name.clone(), addresses, advertised }, sockets))
        });
        out.push(bound.map_err(|source| BindError::Listen {
            name: listener.name.clone(),
            host: listener.host.clone(),
            port: listener.port,
            source,
        })?);
    }
    Ok(out)
}

/// Takes the connections of one socket.
struct Acceptor {
    socket: TcpListener,
    listener: usize,
    door: Door,
    seats: Seats,
    connections: ConnectionSettings,
}

impl Acceptor {
    async fn run(self) {
        let stop = self.connections.stop.clone();
        tokio::select! {
            () = stop.begun() => {}
            () = self.accept_all() => {}
        }
    }

    async fn accept_all(&self) {
        loop {
            match self.socket.accept().await {
                Ok((socket, peer)) => match self.seats.sit(self.listener, peer.ip()).await {
                    Some(seat) => self.admit(seat, socket, peer),
                    None => {
                        info!(%peer, "turned a connection away: max.connections.per.ip is reached");
                    }
                },
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, (seat, member): (Seat, Member), socket: TcpStream, peer: SocketAddr) {
        if let Err(error) = prepare(&socket) {
            info!(%peer, %error, "lost a connection at once");
            return;
        }
        let service: Arc<dyn Service> = Arc::new(self.door.visitor(peer));
        let connection = Connection::new(socket, peer, service, member, self.connections.clone());
        self.connections.stop.tasks().spawn(async move {
            connection.run().await;
            drop(seat);
        });
    }
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(socket, true)?;
    Ok(())
}
