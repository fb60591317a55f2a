//! The answers to the scripts, beside Kafka's.
//!
//! `answers.txt` is what Apache Kafka 4.3.1 answered. Where ours differ, `differences.txt` has both and the reason why; a
//! difference that is not there fails the test. `topic-configs.txt` is the same about what topic configs do, `frames.txt`
//! about frames that lie. To record one
//! anew, with a Kafka that is fresh and was started with
//! `group.initial.rebalance.delay.ms=0 offsets.topic.num.partitions=4`:
//! `KAFKA=HOST:PORT cargo test -p vltava-broker --test it answers_are` (or `topic_configs_do`, `frames_that_lie`).

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::script;
use crate::server::TestServer;

/// How long Kafka takes to know what it has said is done.
const LAG: Duration = Duration::from_millis(500);

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

/// A broker with what `answers.rs` says that Kafka is started with, and its own properties that show.
async fn server() -> TestServer {
    let properties = [
        ("group.initial.rebalance.delay.ms", "0"),
        ("offsets.topic.num.partitions", "4"),
        ("num.io.threads", "8"),
        ("log.retention.hours", "168"),
        ("log.segment.bytes", "1073741824"),
    ];
    TestServer::start(&properties).await
}

/// The address of the Kafka whose answers are to be recorded.
fn to_record() -> Option<String> {
    std::env::var("KAFKA").ok()
}

fn record(lines: &[String], name: &str) {
    fs::write(file(&format!("{name}.txt")), lines.join("\n") + "\n").unwrap();
}

fn check(ours: &[String], answers: &str, differing: &str) {
    let found = differences(&read(&format!("{answers}.txt")), ours);
    let known = read(&format!("{differing}.txt")).into_iter();
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

#[tokio::test]
async fn answers_are_kafkas() {
    if let Some(kafka) = to_record() {
        return record(&script::everything(&kafka, LAG).await, "answers");
    }
    let server = server().await;
    let ours = script::everything(&server.address(), Duration::ZERO).await;
    server.stop().await;
    check(&ours, "answers", "differences");
}

#[tokio::test]
async fn topic_configs_do_what_kafkas_do() {
    if let Some(kafka) = to_record() {
        return record(&script::topic_configs(&kafka, LAG).await, "topic-configs");
    }
    let server = server().await;
    let ours = script::topic_configs(&server.address(), Duration::ZERO).await;
    server.stop().await;
    check(&ours, "topic-configs", "topic-configs-differences");
}

#[tokio::test]
async fn frames_that_lie_end_as_with_kafka() {
    if let Some(kafka) = to_record() {
        return record(&script::frames(&kafka, LAG).await, "frames");
    }
    let server = server().await;
    let ours = script::frames(&server.address(), Duration::ZERO).await;
    server.stop().await;
    check(&ours, "frames", "frames-differences");
}
