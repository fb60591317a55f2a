//! The whole server in this process, asked over its sockets.
//!
//! - `answers`: a long script of requests to every API; the answers must be those that Apache Kafka 4.3.1 gave.
//! - `hostile`: bytes that are no requests.
//! - `waiting`: long polls, requests in flight, and the end of the server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod client;
mod hostile;
mod script;
mod server;
mod transcript;
mod waiting;
