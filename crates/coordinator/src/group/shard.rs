//! The shard of all groups of one partition of `__consumer_offsets`.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::Timestamp;

use crate::group::answer::Answer;
use crate::group::config::GroupConfig;
use crate::group::input::{Input, TimerKey};
use crate::record::{Record, RecordError};
use crate::shard::{Decision, Effect, Shard};

/// All groups of one partition of `__consumer_offsets`.
#[derive(Clone, Debug)]
pub struct GroupShard {
    config: Arc<GroupConfig>,
}

/// One change in a group shard. Opaque to the driver, but for [`Shard::record`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {}

impl GroupShard {
    /// A shard without groups.
    pub fn new(config: Arc<GroupConfig>) -> GroupShard {
        GroupShard { config }
    }

    /// Changes the settings; what is under way goes on by the old ones.
    pub fn configure(&mut self, config: Arc<GroupConfig>) {
        self.config = config;
    }
}

impl Shard for GroupShard {
    type Input = Input;
    type Event = Event;
    type Answer = Answer;
    type TimerKey = TimerKey;

    fn decide(&self, _now: Timestamp, _input: Input) -> Decision<Event, Effect<Answer, TimerKey>> {
        Decision::none()
    }

    fn apply(&mut self, event: &Event) {
        match *event {}
    }

    fn record(event: &Event) -> Option<Record> {
        match *event {}
    }

    fn replay(_key: Bytes, _value: Option<Bytes>) -> Result<Option<Event>, RecordError> {
        Ok(None)
    }
}
