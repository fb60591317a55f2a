//! Start and stop.

use std::process::Output;

use crate::client::batch;
use crate::process::{Broker, command};

fn fails(output: &Output) -> String {
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_stop_is_clean_and_a_start_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    assert!(broker.greeting.contains("topics 0, partitions 0"), "{}", broker.greeting);
    let mut client = broker.client();
    let topic = client.create_topic("orders", 3);
    assert_eq!(client.produce("orders", 1, batch(&["a", "b"])).unwrap().error_code, 0);
    let (status, printed) = broker.terminate();
    assert!(status.success());
    assert!(printed.contains("all data is safe"), "{printed}");

    let broker = Broker::start(folder.path());
    assert!(broker.greeting.contains("topics 1, partitions 3"), "{}", broker.greeting);
    assert!(!broker.greeting.contains("recovered"), "{}", broker.greeting);
    let values = broker.client().consume(topic, 1, 0);
    assert_eq!(values, [(0, "a".into()), (1, "b".into())]);
}

#[test]
fn a_folder_has_one_broker() {
    let folder = tempfile::tempdir().unwrap();
    let _broker = Broker::start(folder.path());
    let said = fails(&command(folder.path(), &[]).output().unwrap());
    assert!(said.contains("in use by another broker"), "{said}");
}

#[test]
fn a_folder_keeps_its_node_id() {
    let folder = tempfile::tempdir().unwrap();
    Broker::start_with(folder.path(), &["node.id=4"]).terminate();
    let said = fails(&command(folder.path(), &["node.id=5"]).output().unwrap());
    assert!(said.contains("node.id=4"), "{said}");
}

#[test]
fn lost_metadata_is_not_taken_for_an_empty_broker() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    broker.client().create_topic("orders", 1);
    broker.terminate();
    std::fs::remove_file(folder.path().join("metadata.redb")).unwrap();
    let said = fails(&command(folder.path(), &[]).output().unwrap());
    assert!(said.contains(".wal") && said.contains("metadata.redb"), "{said}");
}

#[test]
fn settings_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let said = fails(&command(folder.path(), &["num.partition=3"]).output().unwrap());
    assert!(said.contains("did you mean num.partitions"), "{said}");
    let said = fails(&command(folder.path(), &["num.partitions=x"]).output().unwrap());
    assert!(said.contains("num.partitions"), "{said}");
    let said = fails(&command(folder.path(), &["listeners=SSL://127.0.0.1:0"]).output().unwrap());
    assert!(said.contains("SSL"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folders = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Broker::start(folders.0.path());
    let listeners = format!("listeners=PLAINTEXT://127.0.0.1:{}", first.port);
    let said = fails(&command(folders.1.path(), &[&listeners]).output().unwrap());
    assert!(said.contains(&first.port.to_string()), "{said}");
}
