//! A broker at work: producers, a consumer, topics that come and go, offsets that are committed; stopped in between, once by SIGTERM and
//! once by SIGKILL, and started again on the same disk.

mod admin;
mod churn;
mod consume;
mod produce;
mod stream;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::Mutex;

use crate::broker::{Broker, Start};
use crate::client::Client;
use crate::draw::Draw;
use crate::facts::{Claim, Facts, Rules, TopicFacts};
use crate::mount::{Clock, Mount};

pub(crate) use stream::{key, origin};

/// What the threads of a load share.
#[derive(Clone)]
struct Load {
    port: u16,
    clock: Clock,
    facts: Arc<Mutex<Facts>>,
    stopping: Arc<AtomicBool>,
}

impl Load {
    fn client(&self) -> Result<Client> {
        Client::connect(self.port)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Asks for something and returns when it was asked and answered. Without an answer there is no second time: the
    /// broker was killed.
    fn claim<T>(&self, ask: impl FnOnce() -> Result<T>) -> (usize, Result<(usize, T)>) {
        let asked = self.clock.now();
        let answer = ask();
        (asked, answer.map(|answer| (self.clock.now(), answer)))
    }
}

/// A topic that is there from the beginning.
struct Planned {
    name: &'static str,
    partitions: i32,
    rules: Rules,
    acks: i16,
    /// Bytes of a record's value, at most.
    value_bytes: usize,
    configs: &'static [(&'static str, &'static str)],
}

/// How much of `roll` is kept.
const RETENTION_BYTES: u64 = 3 << 20;

const fn planned(name: &'static str, partitions: i32, rules: Rules) -> Planned {
    Planned { name, partitions, rules, acks: -1, value_bytes: 300, configs: &[] }
}

const TOPICS: [Planned; 8] = [
    Planned { configs: &[("segment.ms", "3000")], ..planned("kept", 2, Rules::Kept) },
    Planned {
        value_bytes: 20_000,
        configs: &[
            ("segment.bytes", "1048576"),
            ("retention.bytes", "3145728"),
            ("file.delete.delay.ms", "300"),
        ],
        ..planned("roll", 3, Rules::Retained(RETENTION_BYTES))
    },
    Planned {
        value_bytes: 1000,
        configs: &[("segment.ms", "500"), ("file.delete.delay.ms", "0")],
        ..planned("trim", 2, Rules::Kept)
    },
    Planned {
        configs: &[("write.caching", "true"), ("segment.ms", "2000"), ("flush.ms", "700")],
        ..planned("cached", 2, Rules::Cached)
    },
    Planned { acks: 1, ..planned("leader", 1, Rules::Kept) },
    Planned {
        configs: &[
            ("cleanup.policy", "compact"),
            ("segment.ms", "1000"),
            ("min.cleanable.dirty.ratio", "0.01"),
            ("file.delete.delay.ms", "100"),
        ],
        ..planned("compact", 2, Rules::Compacted)
    },
    planned("grow", 1, Rules::Kept),
    planned("alter", 1, Rules::Kept),
];

/// What is told to the broker: everything that happens now and then happens often.
pub(crate) fn properties() -> Vec<(String, String)> {
    let pairs = [
        ("internal.wal.file.bytes", "2097152"),
        ("internal.wal.checkpoint.bytes", "2097152"),
        ("log.retention.check.interval.ms", "400"),
        ("log.cleaner.backoff.ms", "300"),
        ("offsets.topic.num.partitions", "3"),
        ("offsets.topic.segment.bytes", "1048576"),
        ("auto.create.topics.enable", "false"),
        ("group.initial.rebalance.delay.ms", "0"),
    ];
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Runs the load for so long; returns what was promised. The disk's journal has everything that the broker did meanwhile.
pub(crate) fn run(
    start: &Start,
    mount: &Mount,
    log: &Path,
    seconds: u64,
    seed: u64,
) -> Result<Facts> {
    let facts = Arc::new(Mutex::new(Facts::default()));
    let mut draw = Draw::new(seed, 0);
    let mut streams = Vec::new();
    let mut churn = churn::Churn::default();
    for phase in 0..3 {
        let broker = start.start(mount.path(), log)?;
        let load = Load {
            port: broker.port(),
            clock: mount.clock(),
            facts: Arc::clone(&facts),
            stopping: Arc::default(),
        };
        if phase == 0 {
            create(&load)?;
            streams = produce::streams(&load)?;
        }
        (streams, churn) = work(&load, streams, churn, &mut draw, || {
            std::thread::sleep(Duration::from_secs(seconds.div_ceil(3)));
            end(&load, broker, phase)
        })?;
    }
    let facts = Arc::try_unwrap(facts).ok().context("all threads have ended")?;
    Ok(facts.into_inner())
}

/// The first phase ends with a clean stop, the others with SIGKILL in the middle of everything.
fn end(load: &Load, broker: Broker, phase: usize) -> Result<()> {
    let complaints = broker.complaints();
    anyhow::ensure!(complaints.is_empty(), "under load: {complaints:?}");
    load.stopping.store(true, Ordering::SeqCst);
    if phase == 0 {
        return broker.terminate();
    }
    drop(broker);
    Ok(())
}

type Producing = JoinHandle<Result<Vec<stream::Stream>>>;

/// All threads, until `stop` has ended the broker.
fn work(
    load: &Load,
    mut streams: Vec<stream::Stream>,
    churn: churn::Churn,
    draw: &mut Draw,
    stop: impl FnOnce() -> Result<()>,
) -> Result<(Vec<stream::Stream>, churn::Churn)> {
    let mut producers: Vec<Producing> = Vec::new();
    while !streams.is_empty() {
        let own = streams.split_off(streams.len().saturating_sub(4));
        let (load, draw) = (load.clone(), Draw::new(draw.next(), 1));
        producers.push(std::thread::spawn(move || produce::run(&load, own, draw)));
    }
    let (one, own) = (load.clone(), Draw::new(draw.next(), 2));
    let churning = std::thread::spawn(move || churn.run(&one, own));
    let (one, own) = (load.clone(), Draw::new(draw.next(), 3));
    let admin = std::thread::spawn(move || admin::run(&one, own));
    let one = load.clone();
    let consuming = std::thread::spawn(move || consume::run(&one));
    stop()?;
    for producer in producers {
        streams.extend(producer.join().expect("no thread panics")?);
    }
    admin.join().expect("no thread panics")?;
    consuming.join().expect("no thread panics")?;
    Ok((streams, churning.join().expect("no thread panics")?))
}

fn create(load: &Load) -> Result<()> {
    let mut client = load.client()?;
    for topic in &TOPICS {
        let ask = || client.create_topic(topic.name, topic.partitions, topic.configs);
        let (asked, answer) = load.claim(ask);
        let (done, id) = answer?;
        let size = Claim { asked, done: Some(done), value: i64::from(topic.partitions) };
        load.facts.lock().topics.push(TopicFacts {
            name: topic.name.to_owned(),
            id,
            rules: topic.rules,
            sizes: vec![size],
            deletion: None,
            configs: Vec::new(),
            logs: Default::default(),
        });
    }
    Ok(())
}
