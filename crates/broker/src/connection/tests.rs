//! Connections over loopback, with a stand-in for the dispatcher that does what the request's first byte says.

use std::future::ready;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use vltava_protocol::{Frame, Segment};
use vltava_runtime::Tasks;

use super::crowd::Crowd;
use super::*;
use crate::limits::{FRAME_STALL, STANDING_MIN};

/// `e`: echo. `s`: silence. `c`: close. `w`: echo once `gate` lets it. `o`: the same, as ordered part. `b`: 1 MiB.
struct Script {
    gate: Arc<Semaphore>,
    /// One permit for each request that was started.
    begun: Arc<Semaphore>,
}

fn echo(request: &Bytes) -> Answer {
    let length = u32::try_from(request.len()).unwrap().to_be_bytes();
    let segments =
        vec![Segment::Bytes(Bytes::copy_from_slice(&length)), Segment::Bytes(request.clone())];
    Answer::Response(Frame { segments })
}

impl Service for Script {
    fn start(&self, request: Bytes) -> BoxFuture<'static, Started> {
        self.begun.add_permits(1);
        let gate = Arc::clone(&self.gate);
        let wait = async move {
            gate.acquire().await.unwrap().forget();
        };
        match request.first() {
            Some(b's') => Box::pin(ready(Started::Done(Answer::Silence))),
            Some(b'c') => Box::pin(ready(Started::Done(Answer::Close("asked to".to_owned())))),
            Some(b'b') => Box::pin(ready(Started::Done(echo(&vec![b'b'; 1 << 20].into())))),
            Some(b'w') => Box::pin(ready(Started::Later(Box::pin(async move {
                wait.await;
                echo(&request)
            })))),
            Some(b'o') => Box::pin(async move {
                wait.await;
                Started::Done(echo(&request))
            }),
            _ => Box::pin(ready(Started::Done(echo(&request)))),
        }
    }
}

struct Bench {
    crowd: Crowd,
    client: TcpStream,
    gate: Arc<Semaphore>,
    begun: Arc<Semaphore>,
    stop: Stop,
    budget: RequestBudget,
}

impl Bench {
    async fn new() -> Bench {
        Bench::with(Duration::from_mins(1), 1 << 20).await
    }

    async fn with(idle_max: Duration, budget: usize) -> Bench {
        Bench::sharing(idle_max, RequestBudget::new(budget), Crowd::new()).await
    }

    /// Another connection with the same budget.
    async fn beside(other: &Bench) -> Bench {
        Bench::sharing(Duration::from_mins(1), other.budget.clone(), other.crowd.clone()).await
    }

    async fn sharing(idle_max: Duration, budget: RequestBudget, crowd: Crowd) -> Bench {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (socket, peer) = accepted.unwrap();
        let stop = Stop::new(Tasks::new());
        let settings = ConnectionSettings {
            request_bytes_max: 1 << 20,
            idle_max,
            budget: budget.clone(),
            cold_reads: ColdReads::new(1, stop.tasks().clone()),
            stop: stop.clone(),
        };
        let gate = Arc::new(Semaphore::new(0));
        let begun = Arc::new(Semaphore::new(0));
        let service = Arc::new(Script { gate: Arc::clone(&gate), begun: Arc::clone(&begun) });
        stop.tasks().spawn(Connection::new(socket, peer, service, crowd.join(0), settings).run());
        Bench { crowd, client: client.unwrap(), gate, begun, stop, budget }
    }

    async fn send(&mut self, request: &[u8]) {
        let mut wire = u32::try_from(request.len()).unwrap().to_be_bytes().to_vec();
        wire.extend_from_slice(request);
        self.client.write_all(&wire).await.unwrap();
    }

    async fn receive(&mut self) -> Vec<u8> {
        let length = self.client.read_u32().await.unwrap();
        let mut response = vec![0; usize::try_from(length).unwrap()];
        self.client.read_exact(&mut response).await.unwrap();
        response
    }

    /// Whether the connection ends; what still comes before its end is read.
    async fn ends(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(Duration::from_secs(5), self.client.read_to_end(&mut rest)).await.is_ok()
    }
}

#[tokio::test]
async fn answers_keep_the_order_of_requests() {
    let mut bench = Bench::new().await;
    for request in [&b"w1"[..], b"e2", b"s3", b"w4", b"e5"] {
        bench.send(request).await;
    }
    bench.gate.add_permits(2);
    for expected in [&b"w1"[..], b"e2", b"w4", b"e5"] {
        assert_eq!(bench.receive().await, expected);
    }
}

#[tokio::test]
async fn an_ordered_part_holds_back_what_follows() {
    let mut bench = Bench::new().await;
    bench.send(b"o1").await;
    bench.send(b"w2").await;
    bench.gate.add_permits(1);
    assert_eq!(bench.receive().await, b"o1");
    bench.gate.add_permits(1);
    assert_eq!(bench.receive().await, b"w2");
}

#[tokio::test]
async fn a_closing_answer_comes_after_the_answers_before_it() {
    let mut bench = Bench::new().await;
    for request in [&b"w1"[..], b"c", b"e3"] {
        bench.send(request).await;
    }
    bench.gate.add_permits(1);
    assert_eq!(bench.receive().await, b"w1");
    let mut rest = Vec::new();
    // The request behind it was not read to its end, so the system may say reset instead of end.
    drop(timeout(Duration::from_secs(5), bench.client.read_to_end(&mut rest)).await.unwrap());
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn lengths_that_cannot_be_close_it() {
    for length in [-1i32, (1 << 20) + 1, i32::MAX, i32::MIN] {
        let mut bench = Bench::new().await;
        bench.send(b"e1").await;
        bench.client.write_all(&length.to_be_bytes()).await.unwrap();
        assert_eq!(bench.receive().await, b"e1");
        assert!(bench.ends().await, "{length}");
    }
}

#[tokio::test]
async fn a_client_that_sends_no_more_still_gets_its_answers() {
    let mut bench = Bench::new().await;
    bench.send(b"w1").await;
    bench.send(b"e2").await;
    bench.client.write_all(&[0, 0]).await.unwrap();
    bench.client.shutdown().await.unwrap();
    bench.gate.add_permits(1);
    assert_eq!(bench.receive().await, b"w1");
    assert_eq!(bench.receive().await, b"e2");
    assert!(bench.ends().await);
}

#[tokio::test]
async fn half_a_request_and_silence_is_closed() {
    let mut bench = Bench::with(Duration::from_millis(50), 1 << 20).await;
    bench.client.write_all(&[0, 0, 0, 9, b'e']).await.unwrap();
    assert!(bench.ends().await);
}

#[tokio::test]
async fn a_client_that_never_reads_is_bounded_and_closed() {
    let mut bench = Bench::with(Duration::from_millis(200), 1 << 20).await;
    let (mut reader, mut writer) = bench.client.split();
    let flood = async {
        // The socket's own buffers take some megabytes. Requests without end, until the connection is closed.
        while writer.write_all(&[0, 0, 0, 1, b'b']).await.is_ok() {}
    };
    timeout(Duration::from_secs(20), flood).await.unwrap();
    let mut total = 0;
    let mut piece = vec![0; 1 << 20];
    while let Ok(n @ 1..) = reader.read(&mut piece).await {
        total += n;
    }
    assert!(total < 64 << 20, "{total} bytes were taken from memory");
}

/// A request that needs a share of the budget, beginning with `kind`.
fn large(kind: u8) -> Vec<u8> {
    vec![kind; 200 << 10]
}

#[tokio::test]
async fn beyond_the_budget_only_small_requests_are_read() {
    let mut bench = Bench::with(Duration::from_mins(1), 1 << 20).await;
    let all = bench.budget.try_take(1 << 20).unwrap();
    let overdraft = bench.budget.try_take(1).unwrap();
    bench.send(b"e1").await;
    assert_eq!(bench.receive().await, b"e1");
    bench.send(&large(b'e')).await;
    let early = timeout(Duration::from_millis(50), bench.client.read_u8()).await;
    assert!(early.is_err(), "there is no room for the request");
    drop(all);
    assert_eq!(bench.receive().await, large(b'e'));
    assert!(bench.budget.try_take(1 << 20).is_some(), "all of it came back");
    drop(overdraft);
}

#[tokio::test]
async fn without_any_budget_large_requests_go_one_by_one() {
    let mut bench = Bench::with(Duration::from_mins(1), 0).await;
    let mut sender = Bench::beside(&bench).await;
    sender.send(&large(b'o')).await;
    sender.begun.acquire().await.unwrap().forget();
    bench.send(&large(b'e')).await;
    let early = timeout(Duration::from_millis(50), bench.client.read_u8()).await;
    assert!(early.is_err(), "the overdraft is out");
    sender.gate.add_permits(1);
    assert_eq!(sender.receive().await, large(b'o'));
    assert_eq!(bench.receive().await, large(b'e'));
}

#[tokio::test]
async fn who_stalls_and_holds_up_others_is_closed() {
    let mut bench = Bench::with(Duration::from_mins(1), 2 << 20).await;
    bench.client.write_all(&(1u32 << 20).to_be_bytes()).await.unwrap();
    bench.client.write_all(&vec![b'e'; 100 << 10]).await.unwrap();
    while bench.budget.is_free(2 << 20) {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    tokio::time::pause();
    // Nobody waits: it may take its time.
    tokio::time::sleep(FRAME_STALL * 2).await;
    let overdraft = bench.budget.try_take(2 << 20).unwrap();
    drop(bench.budget.take(2 << 20).await);
    drop(overdraft);
    assert!(began.elapsed() > FRAME_STALL * 2, "{:?}", began.elapsed());
    tokio::time::resume();
    assert!(bench.ends().await);
}

#[tokio::test]
async fn a_stop_answers_what_has_begun() {
    let mut bench = Bench::new().await;
    bench.send(b"w1").await;
    bench.send(b"e2").await;
    bench.begun.acquire_many(2).await.unwrap().forget();
    bench.stop.begin();
    bench.gate.add_permits(1);
    assert_eq!(bench.receive().await, b"w1");
    assert_eq!(bench.receive().await, b"e2");
    assert!(bench.ends().await);
    let all_ended = bench.stop.tasks().stop_and_wait();
    timeout(Duration::from_secs(5), all_ended).await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_ends_at_a_stop() {
    let mut bench = Bench::new().await;
    bench.stop.begin();
    assert!(bench.ends().await);
}

#[tokio::test]
async fn a_client_that_is_never_done_leaves_room_for_others() {
    // One thread. The flood's requests come from others, so that its socket is always ready.
    let busy = Bench::new().await;
    let mut light = Bench::beside(&busy).await;
    let mut flood = busy.client.into_std().unwrap();
    flood.set_nonblocking(false).unwrap();
    let mut answers = flood.try_clone().unwrap();
    let reader = std::thread::spawn(move || {
        let mut piece = vec![0; 1 << 20];
        while matches!(answers.read(&mut piece), Ok(1..)) {}
    });
    let end = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&end);
    let writer = std::thread::spawn(move || {
        let requests = [0, 0, 0, 1, b'e'].repeat(10_000);
        for _ in 0..300 {
            if until.load(Ordering::SeqCst) {
                break;
            }
            flood.write_all(&requests).unwrap();
        }
        flood.shutdown(std::net::Shutdown::Both).unwrap();
    });
    busy.begun.acquire_many(10_000).await.unwrap().forget();
    for _ in 0..20 {
        light.send(b"e1").await;
        assert_eq!(light.receive().await, b"e1");
    }
    assert!(!writer.is_finished(), "the light client was served when the flood was over");
    end.store(true, Ordering::SeqCst);
    let ended = tokio::task::spawn_blocking(move || {
        writer.join().unwrap();
        reader.join().unwrap();
    });
    ended.await.unwrap();
}

/// Asks for more than the socket's buffers take and reads nothing; returns once what is left stands in memory.
async fn leaves_unread(bench: &mut Bench) {
    let before = bench.crowd.standing_bytes();
    for _ in 0..20 {
        bench.send(b"b").await;
    }
    while bench.crowd.standing_bytes() < before + (1 << 20) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn what_nobody_reads_is_bounded_for_all_together() {
    const MAX: usize = 4 << 20;
    let crowd = Crowd::holding(MAX);
    let budget = RequestBudget::new(1 << 20);
    let mut first = Bench::sharing(Duration::from_mins(1), budget, crowd.clone()).await;
    let mut light = Bench::beside(&first).await;
    leaves_unread(&mut first).await;
    let mut others = Vec::new();
    while crowd.standing_bytes() < MAX {
        let mut other = Bench::beside(&first).await;
        leaves_unread(&mut other).await;
        others.push(other);
    }
    tokio::time::sleep(STANDING_MIN * 2).await;
    let mut last = Bench::beside(&first).await;
    for _ in 0..20 {
        last.send(b"b").await;
    }
    assert!(first.ends().await, "it stood still for the longest time");
    assert!(crowd.standing_bytes() <= MAX + (3 << 20), "{}", crowd.standing_bytes());
    light.send(b"e1").await;
    assert_eq!(light.receive().await, b"e1");
    assert_eq!(last.receive().await.len(), 1 << 20, "who came last may stay");
}
