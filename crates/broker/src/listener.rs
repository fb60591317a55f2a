//! Listeners: where the broker listens, and what it tells clients to connect to.
//!
//! `listeners` and `advertised.listeners` are read as Kafka reads them. Only the security protocol `PLAINTEXT` is served.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// A place to listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name, as `PLAINTEXT`.
    pub name: String,
    /// What to bind to; empty for all interfaces.
    pub host: String,
    /// The port to bind to; 0 for any that is free.
    pub port: u16,
    /// What clients are told to connect to, if it is another host or port than the one bound to.
    pub advertised: Option<Endpoint>,
}

/// A host and a port that clients can connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The sizes of the system's buffers for each connection of a listener, where `None` lets the system choose, and of its
/// queue of connections to accept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SocketBuffers {
    pub(crate) send: Option<u32>,
    pub(crate) receive: Option<u32>,
    pub(crate) backlog: u32,
}

/// Why a setting is no list of listeners.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListenerError {
    /// Not of the form `NAME://host:port`.
    #[error("'{0}' is not of the form NAME://host:port")]
    Form(String),
    /// Nothing to listen at.
    #[error("there must be at least one listener")]
    None,
    /// Two listeners with one name.
    #[error("each listener must have a different name, and '{0}' comes twice")]
    SameName(String),
    /// Two listeners on one port.
    #[error("each listener must have a different port, and {0} comes twice")]
    SamePort(u16),
    /// A security protocol that is not served.
    #[error(
        "the security protocol {protocol} of listener '{name}' is not supported yet, only PLAINTEXT is"
    )]
    Protocol {
        /// The listener.
        name: String,
        /// Its security protocol.
        protocol: String,
    },
    /// A listener whose name is not a security protocol, without a line in `listener.security.protocol.map`.
    #[error("listener.security.protocol.map does not say what listener '{0}' speaks")]
    NoProtocol(String),
    /// An advertised listener that is not among the listeners.
    #[error("advertised.listeners has '{0}', which listeners has not")]
    NotListening(String),
    /// An address that means all interfaces cannot be connected to.
    #[error("advertised.listeners cannot use 0.0.0.0; give the address that clients see")]
    Unroutable,
}

impl Listener {
    /// Reads the three settings.
    ///
    /// # Errors
    /// If they are not what Kafka takes, or ask for a security protocol other than `PLAINTEXT`.
    pub fn parse(
        listeners: &str,
        advertised: Option<&str>,
        protocol_map: Option<&str>,
    ) -> Result<Vec<Listener>, ListenerError> {
        let protocols = parse_map(protocol_map.unwrap_or_default())?;
        let mut out: Vec<Listener> = Vec::new();
        for (name, host, port) in parse_list(listeners)? {
            if out.iter().any(|other| other.name == name) {
                return Err(ListenerError::SameName(name));
            }
            if port != 0 && out.iter().any(|other| other.port == port && other.host == host) {
                return Err(ListenerError::SamePort(port));
            }
            check_protocol(&name, &protocols)?;
            out.push(Listener { name, host, port, advertised: None });
        }
        if out.is_empty() {
            return Err(ListenerError::None);
        }
        for (name, host, port) in parse_list(advertised.unwrap_or_default())? {
            let listener = out.iter_mut().find(|listener| listener.name == name);
            let listener = listener.ok_or(ListenerError::NotListening(name))?;
            if is_wildcard(&host) {
                return Err(ListenerError::Unroutable);
            }
            listener.advertised = Some(Endpoint { host, port });
        }
        Ok(out)
    }

    /// Starts to listen. `localhost` is listened to on both of its addresses if it has two, for clients differ in which
    /// they try first.
    pub(crate) async fn bind(&self, buffers: SocketBuffers) -> io::Result<Vec<TcpListener>> {
        let first = listen(&self.addresses().await?, buffers)?;
        let mut bound = vec![first];
        if self.host.eq_ignore_ascii_case("localhost") {
            let port = bound[0].local_addr()?.port();
            if let Ok(second) = listen(&[SocketAddr::from((Ipv6Addr::LOCALHOST, port))], buffers) {
                bound.push(second);
            }
        }
        Ok(bound)
    }

    /// What clients of this listener are told to connect to, once it is bound to `port`.
    pub(crate) fn endpoint(&self, port: u16) -> Endpoint {
        match &self.advertised {
            Some(endpoint) if endpoint.port == 0 => Endpoint { port, ..endpoint.clone() },
            Some(endpoint) => endpoint.clone(),
            None if is_wildcard(&self.host) => Endpoint { host: host_name(), port },
            None => Endpoint { host: self.host.clone(), port },
        }
    }

    /// IPv4 before IPv6, as Java does; for all interfaces both at once where the system can.
    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if self.host.is_empty() {
            return Ok(vec![
                SocketAddr::from((Ipv6Addr::UNSPECIFIED, self.port)),
                SocketAddr::from((Ipv4Addr::UNSPECIFIED, self.port)),
            ]);
        }
        let mut found: Vec<SocketAddr> = lookup_host((&*self.host, self.port)).await?.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        Ok(found)
    }
}

/// Listens at the first address that can be listened at.
fn listen(addresses: &[SocketAddr], buffers: SocketBuffers) -> io::Result<TcpListener> {
    let mut error = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let bound = socket.and_then(|socket| {
            socket.set_reuseaddr(true)?;
            if let Some(bytes) = buffers.send {
                socket.set_send_buffer_size(bytes)?;
            }
            if let Some(bytes) = buffers.receive {
                socket.set_recv_buffer_size(bytes)?;
            }
            socket.bind(*address)?;
            socket.listen(buffers.backlog)
        });
        match bound {
            Ok(listener) => return Ok(listener),
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

fn host_name() -> String {
    let system = rustix::system::uname();
    match system.nodename().to_str() {
        Ok(name) if !name.is_empty() => name.to_owned(),
        _ => "localhost".to_owned(),
    }
}

fn is_wildcard(host: &str) -> bool {
    matches!(host, "" | "0.0.0.0" | "::")
}

fn check_protocol(name: &str, protocols: &HashMap<String, String>) -> Result<(), ListenerError> {
    let named = protocols.get(name).map(String::as_str);
    match named.unwrap_or(name) {
        "PLAINTEXT" => Ok(()),
        protocol @ ("SSL" | "SASL_PLAINTEXT" | "SASL_SSL") => {
            Err(ListenerError::Protocol { name: name.to_owned(), protocol: protocol.to_owned() })
        }
        _ => Err(ListenerError::NoProtocol(name.to_owned())),
    }
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn parse_list(list: &str) -> Result<Vec<(String, String, u16)>, ListenerError> {
    let parse = |entry: &str| {
        let (name, place) = entry.split_once("://")?;
        let (host, port) = place.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if name.is_empty() {
            return None;
        }
        Some((name.to_ascii_uppercase(), host.to_owned(), port.parse().ok()?))
    };
    entries(list).map(|e| parse(e).ok_or_else(|| ListenerError::Form(e.to_owned()))).collect()
}

fn parse_map(map: &str) -> Result<HashMap<String, String>, ListenerError> {
    let parse = |entry: &str| {
        let (name, protocol) = entry.split_once(':')?;
        Some((name.trim().to_ascii_uppercase(), protocol.trim().to_ascii_uppercase()))
    };
    entries(map).map(|e| parse(e).ok_or_else(|| ListenerError::Form(e.to_owned()))).collect()
}

#[cfg(test)]
mod tests;
