//! Clients that take all they can get: others are served meanwhile, and memory stays bounded.

use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use vltava_protocol::encode_request;
use vltava_protocol::messages::api_versions::ApiVersionsRequest;

use crate::client::{batch, produce_request};
use crate::process::Broker;

/// Threads that send the same bytes over and over, each on a connection whose answers are read and thrown away.
struct Flood {
    end: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    fn start(port: u16, connections: usize, bytes: &Bytes) -> Flood {
        let (end, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut threads = Vec::new();
        for _ in 0..connections {
            let mut writer = TcpStream::connect(("127.0.0.1", port)).expect("the broker listens");
            let mut reader = writer.try_clone().expect("a second handle");
            threads.push(std::thread::spawn(move || {
                let mut piece = vec![0; 1 << 16];
                while matches!(reader.read(&mut piece), Ok(1..)) {}
            }));
            let (end, sent, bytes) = (Arc::clone(&end), Arc::clone(&sent), bytes.clone());
            threads.push(std::thread::spawn(move || {
                while !end.load(Ordering::SeqCst) {
                    std::io::Write::write_all(&mut writer, &bytes).expect("the broker reads on");
                    sent.fetch_add(1, Ordering::SeqCst);
                }
                writer.shutdown(std::net::Shutdown::Both).expect("it is connected");
            }));
        }
        Flood { end, sent, threads }
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    fn end(self) {
        self.end.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("no panic");
        }
    }
}

#[test]
fn who_sends_small_requests_without_end_leaves_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut light = broker.client();
    light.create_topic("t", 1);
    let request = encode_request(1, None, 0, &ApiVersionsRequest::default());
    let many = request.to_bytes().unwrap().repeat(1000);
    let flood = Flood::start(broker.port, 8, &many.into());
    for _ in 0..20 {
        let answer = light.produce("t", 0, batch(&["a"])).expect("it is served");
        assert_eq!(answer.error_code, 0);
    }
    let before = flood.sent();
    assert_eq!(light.metadata("t").topics[0].error_code, 0);
    while flood.sent() == before {
        std::thread::yield_now();
    }
    flood.end();
}

#[test]
fn who_floods_a_topic_leaves_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let properties = ["queued.max.request.bytes=8388608", "log.retention.bytes=100000000"];
    let broker = Broker::start_with(folder.path(), &properties);
    let mut light = broker.client();
    light.create_topic("t", 1);
    light.create_topic("flooded", 1);
    light.produce("t", 0, batch(&["a"])).unwrap();
    let before = broker.resident_kib();
    let large = batch(&["x".repeat(1_000_000).as_str()]);
    for acks in [0, 1] {
        let request = produce_request("flooded", 0, acks, large.clone());
        let frame = encode_request(1, None, 9, &request).to_bytes().unwrap();
        let flood = Flood::start(broker.port, 8, &frame);
        while flood.sent() < 50 {
            std::thread::yield_now();
        }
        for _ in 0..20 {
            let answer = light.produce("t", 0, batch(&["a"])).expect("it is served");
            assert_eq!(answer.error_code, 0);
        }
        // 8 MiB of requests, one beyond it, 20 MiB that wait for the write-ahead log, and what the allocator keeps.
        let grown = broker.resident_kib().saturating_sub(before);
        assert!(grown < 120 << 10, "acks={acks}: {grown} KiB more");
        flood.end();
    }
}
