//! Listeners, connections and requests.

use super::super::definition::{BrokerConfig, EmptyList, Importance, Validator, ValueType};
use super::{row, unset};
use EmptyList::Refused;
use Importance::{High, Low, Medium};
use ValueType::{Int, List, Long, String};

#[rustfmt::skip]
pub(super) const ROWS: &[BrokerConfig] = &[
    unset("advertised.listeners", List, High).list(&[], Refused)
        .used("What clients are told to connect to, where that is not what listeners say."),
    row("connections.max.idle.ms", Long, "600000", Medium)
        .used("How long a connection may be silent before it is closed."),
    row("fetch.max.bytes", Int, "57671680", Medium).at_least(1024)
        .used("The most that one fetch returns, whatever the client asks for."),
    unset("inter.broker.listener.name", String, Medium)
        .used("The listener for which the broker's own limits on connections do not hold."),
    row("listener.security.protocol.map", String, "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", Low).per_broker()
        .used("The security protocol of each listener name."),
    row("listeners", List, "PLAINTEXT://:9092", High).list(&[], Refused).per_broker()
        .used("Where the broker listens: name://host:port, separated by commas. An empty host is every interface."),
    row("max.connection.creation.rate", Int, "2147483647", Medium).at_least(0).cluster_wide()
        .used("How many connections are accepted in a second, for all listeners together or, with its prefix, for one; more have to wait."),
    row("max.connections", Int, "2147483647", Medium).at_least(0).cluster_wide()
        .used("How many connections the broker keeps, at all listeners together or, with its prefix, at one; more have to wait."),
    row("max.connections.per.ip", Int, "2147483647", Medium).at_least(0).cluster_wide()
        .used("How many connections the broker keeps with one address."),
    row("max.connections.per.ip.overrides", String, "", Medium).valid(Validator::HostLimits).cluster_wide()
        .used("Hosts with a limit of their own: name or address:limit, separated by commas."),
    row("max.incremental.fetch.session.cache.slots", Int, "1000", Medium).at_least(0)
        .used("How many fetch sessions the broker keeps."),
    row("max.request.partition.size.limit", Int, "2000", Medium).at_least(1)
        .used("How many partitions one request may ask to be described."),
    row("num.io.threads", Int, "8", High).at_least(1).cluster_wide()
        .used("How many threads at a time read records for consumers that are not in the page cache. Read at the start."),
    row("num.network.threads", Int, "3", High).at_least(1).cluster_wide(),
    row("queued.max.request.bytes", Long, "-1", Medium)
        .used("How many bytes of requests are held in memory before the broker stops reading more; -1 for a default."),
    row("queued.max.requests", Int, "500", High).at_least(1),
    row("request.timeout.ms", Int, "30000", High),
    row("socket.connection.setup.timeout.max.ms", Long, "30000", Medium),
    row("socket.connection.setup.timeout.ms", Long, "10000", Medium),
    row("socket.listen.backlog.size", Int, "50", Medium).at_least(1)
        .used("How many connections wait in the operating system to be accepted by a listener."),
    row("socket.receive.buffer.bytes", Int, "102400", High)
        .used("The size of the receive buffer of a connection; -1 leaves it to the operating system."),
    row("socket.request.max.bytes", Int, "104857600", High).at_least(1)
        .used("The largest request that is read; a connection that sends a larger one is closed."),
    row("socket.send.buffer.bytes", Int, "102400", High)
        .used("The size of the send buffer of a connection; -1 leaves it to the operating system."),
];
