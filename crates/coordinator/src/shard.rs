//! What a driver needs to know of any coordinator.

use bytes::Bytes;
use vltava_model::Timestamp;

use crate::record::{Record, RecordError};

/// A replicated state machine: one for each partition of a coordinator's topic.
///
/// The driver of a shard
/// - feeds it one input at a time: `decide`, then one batch with the records of the decision's events, then
///   `apply` for each event in order, then the effects in order;
/// - sends a decision's replies when its own records and those of all earlier decisions are durable;
/// - may spread the records of a decision that replies to nobody over several batches, since no one can tell;
/// - keeps one deadline for each timer key. Setting a timer again moves it, and a timer that was moved or
///   cancelled before its input was decided has never fired;
/// - drops the shard and loads it again when an append fails, and answers the tokens it then still holds.
pub trait Shard {
    /// A request, or a timer that fired.
    type Input: From<Self::TimerKey>;
    /// One change of state.
    type Event;
    /// What a token gets.
    type Answer;
    /// Names a timer.
    type TimerKey;

    /// Decides, and cannot write: time and ids come in with the input.
    fn decide(
        &self,
        now: Timestamp,
        input: Self::Input,
    ) -> Decision<Self::Event, Effect<Self::Answer, Self::TimerKey>>;

    /// Applies one event, live or at load: the only way state changes.
    fn apply(&mut self, event: &Self::Event);

    /// The record by which an event survives, or `None` if it is volatile: forgotten at the next load.
    fn record(event: &Self::Event) -> Option<Record>;

    /// The event that a record stands for, or `None` for a record of a kind that this shard does not know
    /// and leaves alone. The bytes may be a slice of a larger buffer: what is kept is copied.
    fn replay(key: Bytes, value: Option<Bytes>) -> Result<Option<Self::Event>, RecordError>;
}

/// By this number the driver finds who waits for an answer. Never used twice in the life of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What is to happen because of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<Event, Effect> {
    /// Changes of state, in order.
    pub events: Vec<Event>,
    /// What the driver does when the events are applied, in order.
    pub effects: Vec<Effect>,
}

impl<Event, Effect> Decision<Event, Effect> {
    /// Nothing is to happen.
    pub fn none() -> Decision<Event, Effect> {
        Decision { events: Vec::new(), effects: Vec::new() }
    }
}

/// Something that the driver does for a shard.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<Answer, TimerKey> {
    /// Answers the request that came with this token.
    Reply(Token, Answer),
    /// Lets the timer fire so many milliseconds from now, instead of when it was last set to.
    SetTimer {
        /// Which timer.
        key: TimerKey,
        /// From now; never negative.
        after_ms: i64,
    },
    /// Forgets the timer, if it is set.
    CancelTimer(TimerKey),
}
