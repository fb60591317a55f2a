//! The broker's outer side: listeners, connections, and a handler for each of Kafka's APIs.
//!
//! [`Server::bind`] listens and serves a [`vltava_cluster::Node`] to whoever connects. A connection (`connection.rs`) cuts
//! its bytes into requests and starts each in turn; `dispatch.rs` finds the handler, one file for each API in `api/`; what
//! the handler answers goes out in the order of the requests. `errors.rs` alone knows which of Kafka's error codes
//! belongs to which error.
//!
//! What it is not: it stores nothing and decides nothing about topics, records or groups.
//!
//! - **Invariant:** what a client can make the broker hold is bounded, by the settings and by `limits.rs`.
//! - **Invariant:** no bytes of records are copied between the socket and the log, in either direction.
//! - **Invariant:** nothing is spawned for a request: a connection is one task.
//!
//! Begin with `connection.rs`; a request's way is `dispatch.rs`, then any file in `api/`.

mod api;
mod broker;
mod connection;
mod dispatch;
mod errors;
mod fetch_sessions;
mod limits;
mod listener;
mod metadata_cache;
mod server;
mod settings;
mod stop;

pub use listener::{Endpoint, Listener, ListenerError};
pub use server::{BindError, Bound, Server};
pub use settings::BrokerSettings;
