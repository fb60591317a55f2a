//! Against bytes that Apache Kafka 4.3.1 wrote: every version of every message, once with random values and once
//! with the defaults.
//!
//! To write `golden/kafka-4.3.1.txt` anew after messages were added, run this test with `GOLDEN=draft`, which writes
//! the file with our own bytes, then `java -cp "$KAFKA_HOME/libs/*" Golden.java kafka-4.3.1.txt` in `golden/`, with
//! which Kafka replaces them by its own. The two must not differ.

use bytes::Bytes;

use super::every::{AnyMessage, messages};
use super::{Random, generate};

const GOLDEN: &str = include_str!("golden/kafka-4.3.1.txt");

#[test]
fn reads_and_writes_as_kafka_does() {
    if std::env::var_os("GOLDEN").is_some() {
        return draft();
    }
    let messages = messages();
    let mut lines = 0;
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        check(&messages, line);
        lines += 1;
    }
    let versions: usize = messages.iter().map(|message| message.versions.clone().count()).sum();
    assert_eq!(lines, 2 * versions, "every version of every message is there");
}

/// A line is: name, version, `random` or `default`, and what Kafka wrote in hexadecimal.
fn check(messages: &[AnyMessage], line: &str) {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap();
    let (name, version, kind, hex) = (word(), word().parse().unwrap(), word(), word());
    let message = messages.iter().find(|message| message.schema.name == name).unwrap();
    let golden = from_hex(hex);
    assert_eq!((message.again)(golden.clone(), version).as_ref(), Ok(&golden), "{line}");
    if kind == "default" {
        assert_eq!((message.default)(version), golden, "{line}");
    }
}

fn from_hex(hex: &str) -> Bytes {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[allow(clippy::disallowed_methods, reason = "a tool that a person runs by hand")]
fn draft() {
    let mut random = Random(3);
    let mut text = "# Written by Apache Kafka 4.3.1: see golden.rs.\n".to_owned();
    for message in messages() {
        let name = message.schema.name;
        for version in message.versions.clone() {
            let bytes = generate::small_message(message.schema, version, &mut random);
            text.push_str(&format!("{name} {version} random {}\n", to_hex(&bytes)));
            let bytes = (message.default)(version);
            text.push_str(&format!("{name} {version} default {}\n", to_hex(&bytes)));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/golden/kafka-4.3.1.txt");
    std::fs::write(path, text).unwrap();
}
