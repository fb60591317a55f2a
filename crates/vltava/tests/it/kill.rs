//! SIGKILL: what was acknowledged is there.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::{Client, batch, idempotent_batch};
use crate::process::Broker;

#[test]
fn acknowledged_records_survive_kills() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path());
    let topic = broker.client().create_topic("t", 2);
    let mut acknowledged: HashMap<String, (i32, i64)> = HashMap::new();
    for round in 0..5u64 {
        let stop = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let (port, stop) = (broker.port, Arc::clone(&stop));
                std::thread::spawn(move || produce_until(port, &stop, round, thread))
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(40 + 17 * round));
        broker.kill();
        stop.store(true, Ordering::SeqCst);
        for thread in threads {
            acknowledged.extend(thread.join().unwrap());
        }
        broker = Broker::start(folder.path());
        assert!(broker.greeting.contains("recovered"), "{}", broker.greeting);
    }
    assert!(acknowledged.len() > 10, "{} acknowledged", acknowledged.len());
    for partition in 0..2 {
        let values = broker.client().consume(topic, partition, 0);
        for (expected, (offset, _)) in values.iter().enumerate() {
            assert_eq!(*offset, i64::try_from(expected).unwrap(), "offsets are dense");
        }
        let at: HashMap<&[u8], i64> = values.iter().map(|(o, v)| (&v[..], *o)).collect();
        for (value, (_, offset)) in acknowledged.iter().filter(|(_, (p, _))| *p == partition) {
            assert_eq!(at.get(value.as_bytes()), Some(offset), "{value}");
        }
    }
}

/// Produces until the connection breaks; returns what was acknowledged.
fn produce_until(
    port: u16,
    stop: &AtomicBool,
    round: u64,
    thread: i32,
) -> HashMap<String, (i32, i64)> {
    let mut client = Client::connect(port);
    let mut acknowledged = HashMap::new();
    for count in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let value = format!("{round}-{thread}-{count}");
        let partition = thread % 2;
        let Ok(answer) = client.produce("t", partition, batch(&[&value])) else { break };
        assert_eq!(answer.error_code, 0);
        acknowledged.insert(value, (partition, answer.base_offset));
    }
    acknowledged
}

#[test]
fn an_idempotent_batch_is_known_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let topic = client.create_topic("t", 1);
    for sequence in 0..7 {
        let answer = client.produce("t", 0, idempotent_batch(77, sequence, &["x"])).unwrap();
        assert_eq!((answer.error_code, answer.base_offset), (0, i64::from(sequence)));
    }
    broker.kill();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    let again = client.produce("t", 0, idempotent_batch(77, 6, &["x"])).unwrap();
    assert_eq!((again.error_code, again.base_offset), (0, 6));
    let next = client.produce("t", 0, idempotent_batch(77, 7, &["x"])).unwrap();
    assert_eq!((next.error_code, next.base_offset), (0, 7));
    assert_eq!(client.consume(topic, 0, 0).len(), 8);
}
