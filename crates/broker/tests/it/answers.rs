//! The answers to the script, beside Kafka's.
//!
//! `answers.txt` is what Apache Kafka 4.3.1 answered. Where ours differ, `differences.txt` has both and the reason why; a
//! difference that is not there fails the test. To record anew, with a Kafka that is fresh and was started with
//! `group.initial.rebalance.delay.ms=0 offsets.topic.num.partitions=4`:
//! `KAFKA=HOST:PORT cargo test -p vltava-broker --test it answers`.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::script;
use crate::server::TestServer;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name)
}

fn read(name: &str) -> Vec<String> {
    let text = fs::read_to_string(file(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Kafka's line and ours, for each line in which they differ. What stands before the first colon is a line's name.
fn differences(kafka: &[String], ours: &[String]) -> Vec<String> {
    let name = |line: &str| line.split_once(": ").map(|(name, _)| name.to_owned());
    let mut rest = ours.iter().peekable();
    let mut out = Vec::new();
    for theirs in kafka {
        if ours.iter().all(|own| name(own) != name(theirs)) {
            out.push(format!("- {theirs}"));
            continue;
        }
        while let Some(extra) = rest.next_if(|own| name(own) != name(theirs)) {
            out.push(format!("+ {extra}"));
        }
        if let Some(own) = rest.next_if(|own| *own != theirs) {
            out.extend([format!("- {theirs}"), format!("+ {own}")]);
        } else {
            rest.next();
        }
    }
    out.extend(rest.map(|extra| format!("+ {extra}")));
    out
}

#[tokio::test]
async fn answers_are_kafkas() {
    if let Ok(kafka) = std::env::var("KAFKA") {
        let lines = script::run(&kafka, Duration::from_millis(500)).await;
        fs::write(file("answers.txt"), lines.join("\n") + "\n").unwrap();
        return;
    }
    let properties = [
        ("group.initial.rebalance.delay.ms", "0"),
        ("offsets.topic.num.partitions", "4"),
        ("num.io.threads", "8"),
        ("log.retention.hours", "168"),
        ("log.segment.bytes", "1073741824"),
    ];
    let server = TestServer::start(&properties).await;
    let ours = script::run(&server.address(), Duration::ZERO).await;
    server.stop().await;
    let found = differences(&read("answers.txt"), &ours);
    let known = read("differences.txt").into_iter();
    let known: Vec<String> =
        known.filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    if found != known {
        let new: Vec<&str> =
            found.iter().filter(|line| !known.contains(line)).map(String::as_str).collect();
        let gone: Vec<&str> =
            known.iter().filter(|line| !found.contains(line)).map(String::as_str).collect();
        panic!(
            "answers differ from Kafka's\nnew:\n{}\nno longer so:\n{}",
            new.join("\n"),
            gone.join("\n")
        );
    }
}
