//! One connection: a task that reads requests, starts them in order, and sends their answers in the same order.
//!
//! A request has an ordered part, which ends before the next request begins (an append to the log, a message to a
//! coordinator), and may have a later part, which waits: for durability, for records, for other members of a group. Later
//! parts of many requests run together.
//!
//! **Invariant:** what a connection holds is bounded. It stops reading when too many requests or too many unsent bytes
//! are there ([`crate::limits`]), when the request budget is used up, and is closed when nothing moves for
//! `connections.max.idle.ms`.

mod alarm;
pub(crate) mod budget;
pub(crate) mod crowd;
pub(crate) mod frames;
pub(crate) mod outbox;
mod pending;
mod reading;
pub(crate) mod seats;
mod service;
mod turn;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::{debug, info, warn};

use self::alarm::{Lost, Pace};
use self::budget::{RequestBudget, Share};
use self::crowd::{Eviction, Member};
use self::frames::Frames;
use self::outbox::{ColdReads, Outbox};
use self::pending::Pending;
pub(crate) use self::service::{Answer, Service, Started};
use self::turn::Turn;
use crate::limits::{
    FRAME_STALL_BYTES, IN_FLIGHT_MAX, STANDING_NOTED_BYTES, STOP_GRACE, UNSENT_BYTES_MAX,
};
use crate::stop::Stop;

/// What all connections of a server have in common.
#[derive(Clone)]
pub(crate) struct ConnectionSettings {
    /// `socket.request.max.bytes`.
    pub(crate) request_bytes_max: usize,
    /// `connections.max.idle.ms`.
    pub(crate) idle_max: Duration,
    /// The memory for requests.
    pub(crate) budget: RequestBudget,
    /// The threads for what is not in the page cache.
    pub(crate) cold_reads: ColdReads,
    /// Tells when the server stops.
    pub(crate) stop: Stop,
}

/// One client's connection.
pub(crate) struct Connection {
    socket: TcpStream,
    peer: SocketAddr,
    service: Arc<dyn Service>,
    settings: ConnectionSettings,
    frames: Frames,
    outbox: Outbox,
    /// What is next to be sent is brought into the page cache; how many bytes it is.
    warming: Option<BoxFuture<'static, usize>>,
    /// The budget's share for the frame at the front, while it waits for one.
    asking: Option<BoxFuture<'static, Share>>,
    /// The ordered part that runs.
    starting: Option<BoxFuture<'static, Started>>,
    /// What its request takes from the budget.
    share: Option<Share>,
    pending: Pending,
    phase: Phase,
    /// The client sends no more.
    half_closed: bool,
    stop: BoxFuture<'static, ()>,
    /// Its place among the others.
    member: Member,
    alarm: Pin<Box<Sleep>>,
    /// When bytes last came or went.
    active: Instant,
    pace: Pace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Requests are taken.
    Open,
    /// No more requests are taken: the connection ends when those that were are answered.
    Ending,
    /// A request could not be answered: the connection ends when the answers before it are sent.
    Closing,
}

enum Event {
    Stop,
    Answered(Answer),
    Writable(io::Result<()>),
    Warm(usize),
    Started(Started),
    Share(Share),
    Readable(io::Result<()>),
    Alarm,
    Evicted(Eviction),
}

impl Connection {
    /// A connection that nothing was read from yet.
    pub(crate) fn new(
        socket: TcpStream,
        peer: SocketAddr,
        service: Arc<dyn Service>,
        member: Member,
        settings: ConnectionSettings,
    ) -> Connection {
        let active = Instant::now();
        let stop = settings.stop.clone();
        Connection {
            frames: Frames::new(settings.request_bytes_max),
            outbox: Outbox::default(),
            warming: None,
            asking: None,
            starting: None,
            share: None,
            pending: Pending::default(),
            phase: Phase::Open,
            half_closed: false,
            stop: Box::pin(async move { stop.begun().await }),
            alarm: Box::pin(sleep_until(active + settings.idle_max)),
            member,
            active,
            pace: Pace { since: active, bytes: 0 },
            socket,
            peer,
            service,
            settings,
        }
    }

    /// Serves the connection until its end.
    pub(crate) async fn run(mut self) {
        let mut turn = Turn::begin();
        let lost = loop {
            if self.is_done() {
                break None;
            }
            let event = turn.during(self.select()).await;
            if let Err(lost) = self.apply(event) {
                break Some(lost);
            }
            turn.end_if_over().await;
        };
        match lost {
            None => debug!(peer = %self.peer, "connection closed"),
            Some(Lost::Io(error)) => debug!(peer = %self.peer, %error, "connection lost"),
            Some(Lost::Idle) => {
                let unread = self.outbox.memory_bytes();
                info!(peer = %self.peer, unread, midway = self.frames.is_midway(), "closed an idle connection");
            }
            Some(Lost::Stopped) => {
                info!(peer = %self.peer, "closed a connection that did not end in time")
            }
            Some(Lost::Evicted(reason)) => {
                warn!(peer = %self.peer, %reason, "closed a connection");
            }
            Some(Lost::Stalled) => {
                warn!(peer = %self.peer, "closed a connection that stopped in the middle of a request");
            }
        }
        // What has begun to change something is not left half done because its client is gone.
        if let Some(starting) = self.starting.take() {
            starting.await;
        }
    }

    async fn select(&mut self) -> Event {
        let wants_requests = self.wants_requests();
        let wants_to_send = !self.outbox.is_empty() && self.warming.is_none();
        let Connection { socket, warming, asking, starting, pending, phase, stop, alarm, .. } =
            self;
        let evicted = &mut self.member.evicted;
        tokio::select! {
            biased;
            answer = poll_fn(|ctx| pending.poll_first(ctx)) => Event::Answered(answer),
            result = socket.writable(), if wants_to_send => Event::Writable(result),
            bytes = poll_fn(|ctx| poll_option(warming, ctx)) => Event::Warm(bytes),
            started = poll_fn(|ctx| poll_option(starting, ctx)) => Event::Started(started),
            share = poll_fn(|ctx| poll_option(asking, ctx)) => Event::Share(share),
            result = socket.readable(), if wants_requests => Event::Readable(result),
            () = alarm => Event::Alarm,
            Ok(reason) = evicted => Event::Evicted(reason),
            () = stop, if *phase == Phase::Open => Event::Stop,
        }
    }

    fn apply(&mut self, event: Event) -> Result<(), Lost> {
        match event {
            Event::Answered(answer) => self.answer(answer),
            Event::Started(started) => self.started(started),
            Event::Share(share) => self.grant(share),
            Event::Writable(result) => {
                result.map_err(Lost::Io)?;
                let sent = self.outbox.send(&self.socket).map_err(Lost::Io)?;
                self.warming = sent.cold.map(|cold| self.settings.cold_reads.warm(cold));
                if sent.bytes > 0 {
                    self.moved(FRAME_STALL_BYTES);
                }
            }
            Event::Warm(bytes) => self.outbox.is_warm(bytes),
            Event::Readable(result) => {
                result.map_err(Lost::Io)?;
                self.read().map_err(Lost::Io)?;
            }
            Event::Alarm => self.check_idle()?,
            Event::Evicted(reason) => return Err(Lost::Evicted(reason)),
            Event::Stop => {}
        }
        if self.phase == Phase::Open && self.settings.stop.has_begun() {
            self.phase = Phase::Ending;
            self.alarm.as_mut().reset(Instant::now() + STOP_GRACE);
        }
        self.start_next();
        self.member.stands(self.standing_bytes());
        Ok(())
    }

    /// What the client makes the broker hold until it sends the rest of a request, or reads its answers.
    fn standing_bytes(&self) -> usize {
        let half_read = if self.wants_requests() { self.frames.unshared_bytes() } else { 0 };
        match half_read + self.unread_bytes() {
            ..STANDING_NOTED_BYTES => 0,
            bytes => bytes,
        }
    }

    /// Answers in memory that are not sent.
    fn unread_bytes(&self) -> usize {
        self.outbox.memory_bytes() + self.pending.known_bytes()
    }

    /// Whether one more request may be started.
    fn wants_requests(&self) -> bool {
        self.phase == Phase::Open
            && !self.half_closed
            && self.starting.is_none()
            && self.asking.is_none()
            && self.has_room()
    }

    fn has_room(&self) -> bool {
        self.pending.len() < IN_FLIGHT_MAX && self.unread_bytes() < UNSENT_BYTES_MAX
    }

    /// Whether nothing is left to do. A client that closed its side still gets the answers to what it sent before.
    fn is_done(&self) -> bool {
        (self.phase != Phase::Open || self.half_closed)
            && self.starting.is_none()
            && self.asking.is_none()
            && self.pending.is_empty()
            && self.outbox.is_empty()
    }

    fn started(&mut self, started: Started) {
        self.share = None;
        match started {
            _ if self.phase == Phase::Closing => {}
            Started::Done(answer) if self.pending.is_empty() => self.answer(answer),
            Started::Done(answer) => self.pending.push_known(answer),
            Started::Later(answer) => self.pending.push(answer),
        }
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Response(frame) => self.outbox.push(frame),
            Answer::Silence => {}
            Answer::Close(reason) => self.end(&reason),
        }
    }

    /// Ends the connection once the answers before this point are sent.
    fn end(&mut self, reason: &dyn std::fmt::Display) {
        warn!(peer = %self.peer, %reason, "closing a connection");
        self.phase = Phase::Closing;
        self.pending.clear();
        self.asking = None;
        self.frames.clear();
    }
}

/// Polls a future that may not be there, and removes it when it is done.
fn poll_option<T>(
    future: &mut Option<BoxFuture<'static, T>>,
    ctx: &mut std::task::Context<'_>,
) -> std::task::Poll<T> {
    let Some(waits) = future else { return std::task::Poll::Pending };
    let result = waits.as_mut().poll(ctx);
    if result.is_ready() {
        *future = None;
    }
    result
}

#[cfg(test)]
mod tests;
