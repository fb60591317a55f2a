//! The files of topics with all sorts of segment configs are Apache Kafka's, byte for byte.
//!
//! `segments.txt` is what Kafka 4.3.1 had after the same batches and a clean stop. To record it anew, with a Kafka on its own:
//! `KAFKA_PORT=PORT cargo test -p vltava --test it segments`, then stop it, then the same with `KAFKA_LOGS=FOLDER` instead.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use vltava_model::Timestamp;
use vltava_protocol::ErrorCode;
use vltava_records::{BatchBuilder, Compression};

use crate::client::Client;
use crate::process::Broker;

/// A time that stays the same.
const TIME: i64 = 1_750_000_000_000;

const NOT_THERE_YET: [i16; 2] =
    [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.code(), ErrorCode::NOT_LEADER_OR_FOLLOWER.code()];

/// Topics and their configs.
const TOPICS: &[(&str, &[(&str, &str)])] = &[
    ("plain", &[]),
    ("by-bytes", &[("internal.segment.bytes", "20000"), ("index.interval.bytes", "1000")]),
    ("every-batch-indexed", &[("index.interval.bytes", "0")]),
    ("small-index", &[("segment.index.bytes", "100"), ("index.interval.bytes", "0")]),
    ("smallest-index", &[("segment.index.bytes", "24"), ("index.interval.bytes", "500")]),
    ("by-time", &[("segment.ms", "10000")]),
    ("by-time-and-bytes", &[("segment.ms", "20000"), ("internal.segment.bytes", "9000")]),
    ("preallocated", &[("preallocate", "true"), ("internal.segment.bytes", "15000")]),
    ("unpacked", &[("compression.type", "uncompressed"), ("internal.segment.bytes", "20000")]),
];

/// A hundred batches of different sizes, with times that go up but for some, and some that have none.
fn batches() -> impl Iterator<Item = Bytes> {
    (0..100).map(|n| {
        let mut builder = BatchBuilder::new();
        for record in 0..=n % 4 {
            let timestamp = match n {
                n if n % 10 == 7 => -1,
                n if n % 10 == 3 => TIME + n * 500 - 3000,
                n => TIME + n * 500 + record,
            };
            let value = "v".repeat(usize::try_from(n * 37 % 211).expect("small"));
            builder.push(Timestamp(timestamp), Some(b"k"), Some(value.as_bytes()), &[]);
        }
        builder.build(if n % 5 == 4 { Compression::Gzip } else { Compression::None })
    })
}

fn fill(client: &mut Client) {
    for (topic, configs) in TOPICS {
        let forever = ("retention.ms", "-1");
        let configs: Vec<_> = configs.iter().copied().chain([forever]).collect();
        client.create_topic_with(topic, 1, &configs);
        for batch in batches() {
            let produce = || client.produce(topic, 0, batch.clone()).expect("an answer").error_code;
            // Kafka says that a topic is there before it is.
            let told = std::iter::repeat_with(produce).find(|code| !NOT_THERE_YET.contains(code));
            assert_eq!(told, Some(0), "{topic}");
        }
    }
}

/// Name, size and hash of each file of a topic's segments.
fn files(data: &Path) -> String {
    let mut out = String::new();
    for (topic, _) in TOPICS {
        let entries = std::fs::read_dir(data.join(format!("{topic}-0"))).expect("a folder");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        paths.sort();
        for path in paths {
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if !["log", "index", "timeindex"].contains(&kind) {
                continue;
            }
            let name = path.file_name().expect("a file").to_string_lossy();
            let content = std::fs::read(&path).expect("a file");
            writeln!(out, "{topic} {name} {} {:016x}", content.len(), fnv(&content))
                .expect("a text takes it");
        }
    }
    out
}

fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn segments_are_kafkas() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/segments.txt");
    if let Ok(port) = std::env::var("KAFKA_PORT") {
        return fill(&mut Client::connect(port.parse().unwrap()));
    }
    if let Some(data) = std::env::var_os("KAFKA_LOGS") {
        return std::fs::write(recorded, files(Path::new(&data))).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    fill(&mut broker.client());
    assert!(broker.terminate().0.success());
    let (ours, kafkas) = (files(folder.path()), std::fs::read_to_string(recorded).unwrap());
    let differ = |a: &str, b: &str| {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        ours == kafkas,
        "ours\n{}\nKafka's\n{}",
        differ(&ours, &kafkas),
        differ(&kafkas, &ours)
    );
}
