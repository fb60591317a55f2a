//! States of groups and what groups hold.

use std::fmt;
use std::sync::Arc;

use vltava_model::{LeaderEpoch, Offset, Timestamp, TopicId};

/// The state of a classic group. A group that is gone is called `Dead` by Kafka; here it just is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// No members; may hold offsets.
    Empty,
    /// Waits for its members to join.
    PreparingRebalance,
    /// All have joined; waits for the leader's assignments.
    CompletingRebalance,
    /// All have joined and can have their assignment.
    Stable,
}

impl GroupState {
    /// The state in Kafka's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An offset that a group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The leader epoch of the last record read, or [`LeaderEpoch::NONE`].
    pub leader_epoch: LeaderEpoch,
    /// What the client wanted kept with it.
    pub metadata: Arc<str>,
    /// When it was committed.
    pub commit_timestamp: Timestamp,
    /// The topic's id at the time; zero if the client did not say it.
    pub topic_id: TopicId,
    /// When it expires, if the client has said so (OffsetCommit up to version 4).
    pub expire_timestamp: Option<Timestamp>,
}
