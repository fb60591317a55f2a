//! What an operator can set of this crate.

use std::time::Duration;

use crate::limits::LISTEN_BACKLOG;
use crate::listener::Listener;

/// The settings of the network and of request handling. Names are Kafka's, and so are the defaults, but for the two
/// that say otherwise.
#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// Where to listen: `listeners`, `advertised.listeners`, `listener.security.protocol.map`.
    pub listeners: Vec<Listener>,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// `socket.request.max.bytes`: longer requests close the connection.
    pub socket_request_max_bytes: usize,
    /// `queued.max.request.bytes`: what the requests of all connections may hold. Kafka has no bound by default, we have 256 MiB.
    pub queued_max_request_bytes: usize,
    /// `connections.max.idle.ms`.
    pub connections_max_idle: Duration,
    /// `socket.send.buffer.bytes`; `None` lets the system choose, which Kafka calls -1. Kafka's default is 100 KiB.
    pub socket_send_buffer_bytes: Option<u32>,
    /// `socket.receive.buffer.bytes`, likewise.
    pub socket_receive_buffer_bytes: Option<u32>,
    /// `socket.listen.backlog.size`; 1024 if that is not set, where Kafka has 50.
    pub socket_listen_backlog: u32,
    /// `num.io.threads`: how many at a time read records that are not in the page cache.
    pub num_io_threads: usize,
    /// `max.incremental.fetch.session.cache.slots`.
    pub fetch_session_slots: usize,
    /// `fetch.max.bytes`: the most that one fetch response holds.
    pub fetch_max_bytes: usize,
    /// `auto.create.topics.enable`.
    pub auto_create_topics_enable: bool,
    /// `max.request.partition.size.limit`: partitions in one DescribeTopicPartitions response.
    pub max_request_partition_size_limit: usize,
}

impl Default for BrokerSettings {
    fn default() -> BrokerSettings {
        BrokerSettings {
            listeners: vec![Listener {
                name: "PLAINTEXT".to_owned(),
                host: "localhost".to_owned(),
                port: 9092,
                advertised: None,
            }],
            rack: None,
            socket_request_max_bytes: 100 << 20,
            queued_max_request_bytes: 256 << 20,
            connections_max_idle: Duration::from_mins(10),
            socket_send_buffer_bytes: None,
            socket_receive_buffer_bytes: None,
            socket_listen_backlog: LISTEN_BACKLOG,
            num_io_threads: 8,
            fetch_session_slots: 1_000,
            fetch_max_bytes: 55 << 20,
            auto_create_topics_enable: true,
            max_request_partition_size_limit: 2_000,
        }
    }
}
