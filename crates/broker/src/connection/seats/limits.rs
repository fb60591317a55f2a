//! What the limits on connections are, and where they stand.

use std::collections::HashMap;
use std::net::IpAddr;

use tokio::net::lookup_host;
use tracing::warn;
use vltava_metadata::{ConfigValue, ConfigView};

/// The limits on connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// `max.connections`.
    pub(crate) total: usize,
    /// `max.connection.creation.rate`, in connections a second.
    pub(crate) creation_rate: usize,
    /// `max.connections.per.ip`.
    pub(crate) per_ip: usize,
    /// `max.connections.per.ip.overrides`: addresses with a limit of their own.
    pub(crate) per_ip_overrides: HashMap<IpAddr, usize>,
    /// Those of single listeners, in the order of the listeners.
    pub(crate) listeners: Vec<ListenerLimits>,
}

/// What is set for a single listener (`listener.name.<name>.`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenerLimits {
    /// `max.connections`.
    pub(crate) total: usize,
    /// `max.connection.creation.rate`.
    pub(crate) creation_rate: usize,
    /// The broker's own limits do not hold for it: it is `inter.broker.listener.name`, and not the only one.
    pub(crate) is_protected: bool,
}

impl ConnectionLimits {
    /// The limits in force for listeners of these names, without the overrides; and those, with hosts to be looked up.
    pub(crate) fn parse(
        view: &ConfigView<'_>,
        listeners: &[String],
    ) -> (ConnectionLimits, Vec<(String, usize)>) {
        let number = |name: &str| usize::try_from(view.number(name)).unwrap_or(0);
        let text = |name: &str| match view.broker_value(name) {
            Some(ConfigValue::Text(text)) => Some(text),
            _ => None,
        };
        // Named by its security protocol where it is not named by itself.
        let inter_broker = text("inter.broker.listener.name")
            .or_else(|| text("security.inter.broker.protocol"))
            .unwrap_or_default();
        let of_listener = |name: &String| {
            let own = |base: &str| number(&format!("listener.name.{}.{base}", name.to_lowercase()));
            ListenerLimits {
                total: own("max.connections"),
                creation_rate: own("max.connection.creation.rate"),
                is_protected: listeners.len() > 1 && name.eq_ignore_ascii_case(&inter_broker),
            }
        };
        let limits = ConnectionLimits {
            total: number("max.connections"),
            creation_rate: number("max.connection.creation.rate"),
            per_ip: number("max.connections.per.ip"),
            per_ip_overrides: HashMap::new(),
            listeners: listeners.iter().map(of_listener).collect(),
        };
        let overrides = text("max.connections.per.ip.overrides").unwrap_or_default();
        (limits, parse_overrides(&overrides))
    }

    /// Looks hosts up and takes them in with their limits. One that is not found is left out, with a warning.
    pub(crate) async fn with_hosts(mut self, hosts: Vec<(String, usize)>) -> ConnectionLimits {
        for (host, limit) in hosts {
            match lookup_host((host.as_str(), 0)).await {
                Ok(found) => {
                    let addresses = found.map(|address| (address.ip().to_canonical(), limit));
                    self.per_ip_overrides.extend(addresses);
                }
                Err(error) => {
                    warn!(%host, %error, "max.connections.per.ip.overrides names a host that is not found");
                }
            }
        }
        self
    }

    /// The most connections from an address.
    pub(super) fn of(&self, ip: IpAddr) -> usize {
        self.per_ip_overrides.get(&ip).copied().unwrap_or(self.per_ip)
    }
}

/// `host:limit,…`, as it was checked when it was set.
fn parse_overrides(text: &str) -> Vec<(String, usize)> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let parse = |entry: &str| {
        let (host, limit) = entry.rsplit_once(':')?;
        let host = host.trim().trim_start_matches('[').trim_end_matches(']');
        Some((host.to_owned(), limit.trim().parse().ok()?))
    };
    entries.filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use vltava_metadata::{BrokerProperties, Image};
    use vltava_model::BrokerId;

    use super::*;

    async fn read(properties: &[(&str, &str)], listeners: &[&str]) -> ConnectionLimits {
        let image = Image::default();
        let properties = BrokerProperties::new(properties.iter().copied()).unwrap();
        let view = ConfigView { image: &image, broker: BrokerId(1), properties: &properties };
        let listeners: Vec<String> = listeners.iter().map(|name| (*name).to_owned()).collect();
        let (limits, hosts) = ConnectionLimits::parse(&view, &listeners);
        limits.with_hosts(hosts).await
    }

    #[tokio::test]
    async fn listeners_have_their_own() {
        let properties = [
            ("max.connections", "10"),
            ("listener.name.inside.max.connections", "3"),
            ("listener.name.inside.max.connection.creation.rate", "5"),
            ("inter.broker.listener.name", "INSIDE"),
        ];
        let limits = read(&properties, &["PLAINTEXT", "INSIDE"]).await;
        assert_eq!(limits.total, 10);
        let no_limit = 2_147_483_647;
        let outside =
            ListenerLimits { total: no_limit, creation_rate: no_limit, is_protected: false };
        let inside = ListenerLimits { total: 3, creation_rate: 5, is_protected: true };
        assert_eq!(limits.listeners, [outside, inside]);
        let alone = read(&properties, &["INSIDE"]).await;
        assert!(!alone.listeners[0].is_protected);
    }

    #[tokio::test]
    async fn overrides_are_addresses_and_names() {
        let text = "10.0.0.7:3, localhost:5,[::1]:6,fe80::1:7, no-such-host.invalid:8";
        let limits = read(&[("max.connections.per.ip.overrides", text)], &["PLAINTEXT"]).await;
        let of = |ip: IpAddr| limits.per_ip_overrides.get(&ip).copied();
        assert_eq!(of(Ipv4Addr::new(10, 0, 0, 7).into()), Some(3));
        assert_eq!(of(Ipv4Addr::LOCALHOST.into()), Some(5));
        assert_eq!(of(Ipv6Addr::LOCALHOST.into()), Some(6));
        assert_eq!(of("fe80::1".parse().unwrap()), Some(7));
        assert_eq!(limits.per_ip_overrides.len(), 4);
    }
}
