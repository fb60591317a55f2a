use super::*;

fn parse(listeners: &str) -> Result<Vec<Listener>, ListenerError> {
    Listener::parse(listeners, None, None)
}

#[test]
fn what_kafka_takes() {
    let two = Listener::parse(
        "plaintext://:9092, INTERNAL://[::1]:9093",
        Some("PLAINTEXT://broker.example:19092"),
        Some("INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:SSL"),
    )
    .unwrap();
    assert_eq!((two[0].name.as_str(), two[0].host.as_str(), two[0].port), ("PLAINTEXT", "", 9092));
    let advertised = Endpoint { host: "broker.example".to_owned(), port: 19092 };
    assert_eq!(two[0].endpoint(9092), advertised);
    assert_eq!(two[1].endpoint(9093), Endpoint { host: "::1".to_owned(), port: 9093 });
}

#[test]
fn a_free_port_is_advertised() {
    let one = parse("PLAINTEXT://127.0.0.1:0").unwrap();
    assert_eq!(one[0].endpoint(4711).port, 4711);
    assert!(!parse("PLAINTEXT://0.0.0.0:0").unwrap()[0].endpoint(1).host.starts_with('0'));
}

#[test]
fn what_it_refuses() {
    use ListenerError as E;
    assert_eq!(parse("").unwrap_err(), E::None);
    assert_eq!(parse("localhost:9092").unwrap_err(), E::Form("localhost:9092".to_owned()));
    assert!(matches!(parse("PLAINTEXT://a:70000").unwrap_err(), E::Form(_)));
    assert!(matches!(parse("PLAINTEXT://a:1,PLAINTEXT://a:2").unwrap_err(), E::SameName(_)));
    assert!(matches!(parse("SSL://a:1").unwrap_err(), E::Protocol { .. }));
    assert!(matches!(parse("OUTSIDE://a:1").unwrap_err(), E::NoProtocol(_)));
    let map = Some("A:PLAINTEXT,B:PLAINTEXT");
    assert_eq!(Listener::parse("A://a:1,B://a:1", None, map).unwrap_err(), E::SamePort(1));
    let advertised = |text| Listener::parse("A://:1", Some(text), map).unwrap_err();
    assert_eq!(advertised("B://b:1"), E::NotListening("B".to_owned()));
    assert_eq!(advertised("A://0.0.0.0:1"), E::Unroutable);
}

#[tokio::test]
async fn localhost_has_both_addresses() {
    let listener = &parse("PLAINTEXT://localhost:0").unwrap()[0];
    let bound =
        listener.bind(SocketBuffers { send: None, receive: None, backlog: 16 }).await.unwrap();
    assert!(bound[0].local_addr().unwrap().is_ipv4());
    let port = bound[0].local_addr().unwrap().port();
    assert!(bound.iter().all(|b| b.local_addr().unwrap().port() == port));
}
