//! Limits on connections: who is over one waits, is turned away or closed as by Kafka, and nobody else notices.

use std::time::Duration;

use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

use crate::client::Client;
use crate::process::Broker;

/// Sets or takes away (an empty value) a property of the broker while it runs; the error code.
fn alter(client: &mut Client, name: &str, value: &str) -> i16 {
    let config = AlterableConfig {
        name: name.into(),
        config_operation: i8::from(value.is_empty()),
        value: Some(value.into()),
    };
    let resource =
        AlterConfigsResource { resource_type: 4, resource_name: "1".into(), configs: vec![config] };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    client.call(1, &request).responses[0].error_code
}

fn is_served(client: &mut Client) -> bool {
    client.set_timeout(Duration::from_secs(30));
    client.try_api_versions().is_ok()
}

/// Whether nothing comes for a while: a client that has to wait.
fn waits(client: &mut Client) -> bool {
    client.set_timeout(Duration::from_millis(300));
    let result = client.try_api_versions();
    result.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn is_turned_away(broker: &Broker) -> bool {
    let mut client = broker.client();
    client.try_api_versions().is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock)
}

#[test]
fn beyond_max_connections_one_waits_for_another_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &["max.connections=2"]);
    let (mut first, mut second) = (broker.client(), broker.client());
    assert!(is_served(&mut first) && is_served(&mut second));
    let mut third = broker.client();
    assert!(waits(&mut third));
    assert!(is_served(&mut first), "the others go on");
    drop(second);
    third.set_timeout(Duration::from_secs(30));
    assert!(third.receive_api_versions().is_ok(), "its turn");
    // Raised while it runs, it lets in who waits.
    let mut fourth = broker.client();
    assert!(waits(&mut fourth));
    assert_eq!(alter(&mut first, "max.connections", "3"), 0);
    fourth.set_timeout(Duration::from_secs(30));
    assert!(fourth.receive_api_versions().is_ok());
    assert_eq!(alter(&mut first, "max.connections", "0"), 42, "nobody could undo it");
}

#[test]
fn a_lower_max_connections_closes_who_was_silent_longest() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut all: Vec<Client> = (0..4).map(|_| broker.client()).collect();
    for client in &mut all {
        assert!(is_served(client));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(is_served(&mut all[0]));
    let last = all.len() - 1;
    assert_eq!(alter(&mut all[last], "max.connections", "2"), 0);
    assert!(all[1].is_closed_by_broker() && all[2].is_closed_by_broker());
    assert!(is_served(&mut all[0]) && is_served(&mut all[last]));
    // It is kept over a restart.
    drop(all);
    broker.terminate();
    let broker = Broker::start(folder.path());
    let mut two = [broker.client(), broker.client()];
    assert!(two.iter_mut().all(is_served));
    assert!(waits(&mut broker.client()));
}

#[test]
fn an_address_over_its_limit_is_turned_away_by_its_name_too() {
    let folder = tempfile::tempdir().unwrap();
    let properties =
        ["max.connections.per.ip=1", "max.connections.per.ip.overrides=localhost:2,10.0.0.1:1"];
    let broker = Broker::start_with(folder.path(), &properties);
    let (mut first, mut second) = (broker.client(), broker.client());
    assert!(is_served(&mut first) && is_served(&mut second));
    assert!(is_turned_away(&broker));
    assert!(is_served(&mut first) && is_served(&mut second));
    assert_eq!(alter(&mut first, "max.connections.per.ip.overrides", "127.0.0.1:3"), 0);
    let mut third = broker.client();
    assert!(is_served(&mut third));
    assert!(is_turned_away(&broker));
    assert_eq!(alter(&mut first, "max.connections.per.ip.overrides", "nonsense"), 42);
}

#[test]
fn a_listener_has_limits_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let properties = [
        "listeners=PLAINTEXT://127.0.0.1:0,INSIDE://127.0.0.1:0",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT",
        "listener.name.inside.max.connections=1",
    ];
    let broker = Broker::start_with(folder.path(), &properties);
    let inside = broker.greeting.split("INSIDE://127.0.0.1:").nth(1).unwrap();
    let inside = inside.split(' ').next().unwrap().parse().unwrap();
    let mut first = Client::connect(inside);
    assert!(is_served(&mut first));
    let mut second = Client::connect(inside);
    assert!(waits(&mut second));
    let mut outside: Vec<Client> = (0..5).map(|_| broker.client()).collect();
    assert!(outside.iter_mut().all(is_served), "the other listener is free");
    assert_eq!(alter(&mut first, "listener.name.inside.max.connections", "2"), 0);
    second.set_timeout(Duration::from_secs(30));
    assert!(second.receive_api_versions().is_ok());
}

#[test]
fn more_connections_than_the_rate_have_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &["max.connection.creation.rate=2"]);
    // Ten seconds' worth may come at once; one was made to wait for the start.
    let mut first: Vec<Client> = (0..15).map(|_| broker.client()).collect();
    assert!(first.iter_mut().all(is_served));
    let mut more: Vec<Client> = (0..10).map(|_| broker.client()).collect();
    let last = more.len() - 1;
    assert!(waits(&mut more[last]));
    assert!(is_served(&mut first[0]));
    more[last].set_timeout(Duration::from_secs(30));
    assert!(more[last].receive_api_versions().is_ok());
}

#[test]
fn silence_and_length_have_their_limits() {
    let folder = tempfile::tempdir().unwrap();
    let properties = ["connections.max.idle.ms=300", "socket.request.max.bytes=1000"];
    let broker = Broker::start_with(folder.path(), &properties);
    let mut silent = broker.client();
    assert!(is_served(&mut silent));
    assert!(silent.is_closed_by_broker());
    let mut large = broker.client();
    large.write_raw(&1001u32.to_be_bytes()).unwrap();
    assert!(large.is_closed_by_broker());
    assert!(is_served(&mut broker.client()));
}
