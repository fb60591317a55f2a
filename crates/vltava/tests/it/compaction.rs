//! Compaction by the real binary: what a consumer finds, while it runs and after it was killed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use vltava_model::{Timestamp, TopicId};
use vltava_protocol::Records;
use vltava_records::{BatchBuilder, Compression, Record};

use crate::client::{Client, fetch_request};
use crate::process::Broker;

const EAGER: &[&str] = &["log.cleaner.backoff.ms=10"];

/// A segment for each batch that is a second younger, and cleaned at once.
const COMPACTED: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("segment.ms", "100"),
    ("min.cleanable.dirty.ratio", "0.0"),
    ("delete.retention.ms", "0"),
    ("file.delete.delay.ms", "0"),
];

fn batch(second: i64, pairs: &[(&str, Option<&str>)]) -> Bytes {
    let timestamp = Timestamp(1_700_000_000_000 + second * 1000);
    let mut builder = BatchBuilder::new();
    for (key, value) in pairs {
        builder.push(timestamp, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
    }
    builder.build(Compression::None)
}

/// All records, as a consumer that starts at the beginning reads them.
fn records(client: &mut Client, topic: TopicId) -> Vec<Record> {
    let mut found = Vec::new();
    let mut offset = 0;
    loop {
        let response = client.call(13, &fetch_request(topic, 0, offset));
        let answer = &response.responses[0].partitions[0];
        assert_eq!((response.error_code, answer.error_code), (0, 0), "{response:?}");
        let Some(Records::Bytes(bytes)) = &answer.records else { return found };
        let before = offset;
        for batch in vltava_records::batches(bytes.clone()).map_while(Result::ok) {
            batch.check_crc().expect("whole batches");
            let records = batch.records().expect("records").map(|record| record.expect("a record"));
            found.extend(records.filter(|record| record.offset.0 >= before));
            offset = batch.header.next_offset().0;
        }
        if offset == before {
            return found;
        }
    }
}

/// Reads until it is as expected.
fn wait_for(client: &mut Client, topic: TopicId, expected: impl Fn(&[Record]) -> bool) {
    for _ in 0..600 {
        let found = records(client, topic);
        if expected(&found) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let offsets: Vec<_> = records(client, topic).iter().map(|record| record.offset.0).collect();
    panic!("{offsets:?} stay");
}

fn offsets_are(expected: &[i64]) -> impl Fn(&[Record]) -> bool {
    |found| found.iter().map(|record| record.offset.0).eq(expected.iter().copied())
}

#[test]
fn the_newest_of_each_key_stays_and_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), EAGER);
    let mut client = broker.client();
    let topic = client.create_topic_with("t", 1, COMPACTED);
    for second in 0..10 {
        let key = ["a", "b"][usize::try_from(second % 2).unwrap()];
        let answer = client.produce("t", 0, batch(second, &[(key, Some("v"))])).unwrap();
        assert_eq!(answer.error_code, 0);
    }
    // 7 and 8 are the newest of what is closed, 9 lies in the active segment.
    wait_for(&mut client, topic, offsets_are(&[7, 8, 9]));
    client.produce("t", 0, batch(10, &[("a", None), ("c", Some("v"))])).unwrap();
    client.produce("t", 0, batch(11, &[("d", Some("v"))])).unwrap();
    wait_for(&mut client, topic, offsets_are(&[9, 10, 11, 12]));
    // The tombstone goes with a later cleaning.
    client.produce("t", 0, batch(12, &[("e", Some("v"))])).unwrap();
    client.produce("t", 0, batch(13, &[("f", Some("v"))])).unwrap();
    wait_for(&mut client, topic, offsets_are(&[9, 11, 12, 13, 14]));
    let checkpoint = folder.path().join("cleaner-offset-checkpoint");
    let written = || std::fs::read_to_string(&checkpoint).unwrap() == "0\n1\nt 0 14\n";
    assert!((0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        written()
    }));
    broker.kill();
    let broker = Broker::start_with(folder.path(), EAGER);
    assert!(offsets_are(&[9, 11, 12, 13, 14])(&records(&mut broker.client(), topic)));
    let (status, _) = broker.terminate();
    assert!(status.success());
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    assert!(offsets_are(&[9, 11, 12, 13, 14])(&records(&mut client, topic)));
    let answer = client.produce("t", 0, batch(14, &[("g", Some("v"))])).unwrap();
    assert_eq!((answer.error_code, answer.base_offset), (0, 15));
}

#[test]
fn what_waited_for_long_enough_is_cleaned_without_an_append() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), EAGER);
    let mut client = broker.client();
    let configs = [("cleanup.policy", "compact"), ("max.compaction.lag.ms", "1")];
    let topic = client.create_topic_with("t", 1, &configs);
    client.produce("t", 0, batch(0, &[("a", Some("1")), ("a", Some("2"))])).unwrap();
    wait_for(&mut client, topic, offsets_are(&[1]));
    // A timestamp of the future does not keep the log from it.
    let after = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let future = after - 1_700_000_000 + 1800;
    client.produce("t", 0, batch(future, &[("a", Some("3")), ("b", Some("4"))])).unwrap();
    client.produce("t", 0, batch(1, &[("b", Some("5"))])).unwrap();
    wait_for(&mut client, topic, offsets_are(&[2, 4]));
}

/// What a run of writes was told.
#[derive(Default)]
struct Written {
    /// Of each key what was acknowledged last.
    acknowledged: HashMap<u8, i64>,
    /// What was sent under which key, and not answered.
    unanswered: Option<(u8, i64)>,
    /// The next number.
    next: i64,
}

/// Writes numbers under random keys until the connection breaks.
fn write_until(port: u16, stop: &AtomicBool, from: i64) -> Written {
    let mut client = Client::connect(port);
    let mut written = Written::default();
    let mut random = from.unsigned_abs() + 1;
    for number in from.. {
        written.next = number;
        if stop.load(Ordering::SeqCst) {
            return written;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let key = random.to_be_bytes()[0] % 10;
        let (name, value) = (key.to_string(), number.to_string());
        let value = (number % 7 > 0).then_some(&value[..]);
        match client.produce("t", 0, batch(number, &[(&name, value)])) {
            Ok(answer) => assert_eq!(answer.error_code, 0),
            Err(_broken) => {
                written.unanswered = Some((key, number));
                written.next = number + 1;
                return written;
            }
        }
        written.acknowledged.insert(key, number);
    }
    unreachable!("numbers do not end")
}

#[test]
fn nothing_acknowledged_is_lost_or_comes_back_when_a_cleaning_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let properties = &["log.cleaner.backoff.ms=1", "log.retention.check.interval.ms=20"];
    let mut broker = Broker::start_with(folder.path(), properties);
    let topic = broker.client().create_topic_with("t", 1, COMPACTED);
    let mut last: HashMap<u8, i64> = HashMap::new();
    let mut next = 1;
    for round in 0..6 {
        let stop = Arc::new(AtomicBool::new(false));
        let (port, stopped) = (broker.port, Arc::clone(&stop));
        let writer = std::thread::spawn(move || write_until(port, &stopped, next));
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        broker.kill();
        stop.store(true, Ordering::SeqCst);
        let written = writer.join().unwrap();
        last.extend(written.acknowledged);
        next = written.next;
        broker = Broker::start_with(folder.path(), properties);
        let mut found: HashMap<u8, Option<i64>> = HashMap::new();
        for record in records(&mut broker.client(), topic) {
            let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
            let key = text(&record.key.unwrap()).parse().unwrap();
            found.insert(key, record.value.map(|value| text(&value).parse().unwrap()));
        }
        let value_of = |number: i64| (number % 7 > 0).then_some(number);
        let found = |key: u8| found.get(&key).copied().flatten();
        // It may be there, and then it stays.
        if let Some((key, number)) = written.unanswered
            && found(key) == value_of(number)
        {
            last.insert(key, number);
        }
        for (&key, &number) in &last {
            assert_eq!(found(key), value_of(number), "round {round}, key {key}");
        }
    }
    assert!(next > 40, "{next}");
    let offsets: Vec<_> =
        records(&mut broker.client(), topic).iter().map(|record| record.offset.0).collect();
    assert!(offsets.len() < usize::try_from(next).unwrap() / 2, "{} of {next}", offsets.len());
}
