//! Runs one shard over one partition of its topic: the only part of a coordinator that waits, writes and keeps time.
//!
//! A request is decided, its records are appended as one batch, its events are applied, and its answer leaves when the
//! batch and all before it are durable. Answers without records leave in the same order, so that nobody is told what a
//! crash could still take back.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use vltava_coordinator::{Decision, Effect, Record, Shard, Token};
use vltava_model::Timestamp;
use vltava_partition::{AppendError, AppendLimits, Appended, Origin, Partition};
use vltava_records::{BatchBuilder, Compression};
use vltava_runtime::{Clock, Tasks};

use super::load::load;
use super::timers::Timers;
use crate::limits::{SHARD_BATCH_BYTES, SHARD_PENDING_MAX, STOP_PATIENCE};

/// What a driver is sent.
pub(crate) enum Message<S: Shard> {
    /// A request; the sender is dropped unanswered if the shard is lost.
    Request { input: InputOf<S>, reply: oneshot::Sender<S::Answer> },
    /// An input that nobody waits for.
    Notice(S::Input),
}

/// Makes an input once the driver has a token for it.
pub(crate) type InputOf<S> = Box<dyn FnOnce(Token) -> <S as Shard>::Input + Send>;

/// Replies that wait for what they depend on.
type Pending<A> = Pin<Box<dyn Future<Output = Result<Vec<(Token, A)>, AppendError>> + Send>>;

/// One shard at work.
pub(crate) struct Driver<S: Shard> {
    partition: Arc<Partition>,
    clock: Clock,
    shard: S,
    messages: mpsc::Receiver<Message<S>>,
    timers: Timers<S::TimerKey>,
    waiting: HashMap<Token, oneshot::Sender<S::Answer>>,
    next_token: u64,
    pending: FuturesOrdered<Pending<S::Answer>>,
}

/// The next thing to be done.
enum Work<S: Shard> {
    Message(Message<S>),
    Timer,
    Durable(Result<Vec<(Token, S::Answer)>, AppendError>),
    Stop,
}

impl<S> Driver<S>
where
    S: Shard + Send + 'static,
    S::Input: Send,
    S::Event: Send + Sync,
    S::Answer: Send + 'static,
    S::TimerKey: Hash + Eq + Clone + Send,
{
    /// Loads the shard and runs it until the scope stops. A shard whose append failed is dropped with all who wait for
    /// it, and loaded again.
    pub(crate) async fn run(
        partition: Arc<Partition>,
        clock: Clock,
        make: impl Fn() -> S + Send + 'static,
        loaded: S::Input,
        mut messages: mpsc::Receiver<Message<S>>,
        tasks: Tasks,
    ) where
        S::Input: Clone,
    {
        while !tasks.is_stopping() {
            // A load reads up to the high watermark: what the round before left behind has to get below it first.
            if let Some(lsn) = partition.unsettled() {
                tokio::select! {
                    // If the write-ahead log has failed, the load will say so.
                    _ = partition.wait_settled(lsn) => {}
                    () = tasks.stopping() => return,
                }
            }
            let shard = match load(Arc::clone(&partition), make(), &tasks).await {
                Ok(shard) => shard,
                Err(error) => {
                    tracing::error!(partition = %partition.id(), %error, "cannot load the coordinator; its groups are not served until the next start");
                    return;
                }
            };
            let mut driver = Driver {
                partition: Arc::clone(&partition),
                clock: clock.clone(),
                shard,
                messages,
                timers: Timers::new(),
                waiting: HashMap::new(),
                next_token: 0,
                pending: FuturesOrdered::new(),
            };
            let outcome = driver.serve(loaded.clone(), &tasks).await;
            messages = driver.messages;
            match outcome {
                Ok(()) => return,
                Err(error) if partition.has_failed() => {
                    tracing::error!(partition = %partition.id(), %error, "the coordinator's log failed; its groups are not served until the next start");
                    return;
                }
                Err(error) => {
                    tracing::warn!(partition = %partition.id(), %error, "the coordinator could not write; loading it again");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn serve(&mut self, loaded: S::Input, tasks: &Tasks) -> Result<(), AppendError> {
        let served = self.serve_until(loaded, tasks);
        tokio::select! {
            biased;
            outcome = served => outcome,
            // A step that waits for room in the write-ahead log would wait for ever if there is no space.
            () = stopped_for(tasks, STOP_PATIENCE) => Ok(()),
        }
    }

    async fn serve_until(&mut self, loaded: S::Input, tasks: &Tasks) -> Result<(), AppendError> {
        self.step(loaded).await?;
        loop {
            match self.select(tasks).await {
                Work::Message(Message::Request { input, reply }) => {
                    let token = Token(self.next_token);
                    self.next_token += 1;
                    self.waiting.insert(token, reply);
                    self.step(input(token)).await?;
                }
                Work::Message(Message::Notice(input)) => self.step(input).await?,
                Work::Timer => {
                    while let Some(key) = self.timers.take_due(Instant::now()) {
                        self.step(key.into()).await?;
                    }
                }
                Work::Durable(replies) => self.reply(replies?),
                Work::Stop => return Ok(()),
            }
        }
    }

    async fn select(&mut self, tasks: &Tasks) -> Work<S> {
        let timer = self.timers.first();
        tokio::select! {
            biased;
            Some(replies) = self.pending.next() => Work::Durable(replies),
            () = until(timer) => Work::Timer,
            message = self.messages.recv(), if self.pending.len() < SHARD_PENDING_MAX => {
                message.map_or(Work::Stop, Work::Message)
            }
            () = tasks.stopping() => Work::Stop,
        }
    }

    /// Decides on one input and carries the decision out.
    async fn step(&mut self, input: S::Input) -> Result<(), AppendError> {
        let now = self.clock.now();
        let Decision { events, effects } = self.shard.decide(now, input);
        let records: Vec<Record> = events.iter().filter_map(S::record).collect();
        let mut appended = None;
        for batch in batches(&records, now) {
            let limits = AppendLimits::default();
            appended = Some(self.partition.append(batch, Origin::Coordinator, &limits).await?);
        }
        for event in &events {
            self.shard.apply(event);
        }
        let mut replies = Vec::new();
        for effect in effects {
            match effect {
                Effect::Reply(token, answer) => replies.push((token, answer)),
                Effect::SetTimer { key, after_ms } => {
                    let after = Duration::from_millis(u64::try_from(after_ms).unwrap_or(0));
                    self.timers.set(key, Instant::now() + after);
                }
                Effect::CancelTimer(key) => self.timers.cancel(&key),
            }
        }
        self.release(appended, replies);
        Ok(())
    }

    /// Sends replies now if nothing stands before them, else when that is durable.
    fn release(&mut self, appended: Option<Appended>, replies: Vec<(Token, S::Answer)>) {
        match appended {
            None if replies.is_empty() => {}
            None if self.pending.is_empty() => self.reply(replies),
            None => self.pending.push_back(Box::pin(async { Ok(replies) })),
            Some(appended) => {
                let partition = Arc::clone(&self.partition);
                self.pending.push_back(Box::pin(async move {
                    partition.wait_durable(&appended).await?;
                    Ok(replies)
                }));
            }
        }
    }

    fn reply(&mut self, replies: Vec<(Token, S::Answer)>) {
        for (token, answer) in replies {
            if let Some(waiting) = self.waiting.remove(&token) {
                // Whoever asked may have gone; the decision stands all the same.
                drop(waiting.send(answer));
            }
        }
    }
}

/// Completes some time after the scope was told to stop.
async fn stopped_for(tasks: &Tasks, patience: Duration) {
    tasks.stopping().await;
    tokio::time::sleep(patience).await;
}

/// Completes at a time, or never.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// The records as batches: one, unless they are too many for one.
fn batches(records: &[Record], now: Timestamp) -> Vec<Bytes> {
    let mut batches = Vec::new();
    let mut builder = BatchBuilder::new();
    for record in records {
        builder.push(now, Some(&record.key), record.value.as_deref(), &[]);
        if builder.size_bytes() >= SHARD_BATCH_BYTES {
            batches.push(std::mem::take(&mut builder).build(Compression::None));
        }
    }
    if !builder.is_empty() {
        batches.push(builder.build(Compression::None));
    }
    batches
}
