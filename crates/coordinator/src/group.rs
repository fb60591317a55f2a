//! Groups: one shard for each partition of `__consumer_offsets`.
//!
//! A *group* has members that share work, or merely owns committed offsets. Here are the *classic* groups, in
//! which the clients themselves work out who gets what (JoinGroup, SyncGroup); a *simple* group is one that
//! was never joined and only holds offsets.
//!
//! Behaves as the group coordinator of Apache Kafka 4.3 does; `tests/kafka-4.3.1-answers.txt` holds what that
//! answered to every operation in every state. Where we differ, each told again where it happens:
//! - A request that is parked is always answered; Kafka forgets one that the same member repeats, and the
//!   SyncGroup of a member that is removed.
//! - A tie between protocols goes by their names and the lead to the lowest member id, so that equal groups
//!   decide alike; in Kafka both go by the order of a hash table.
//! - The ids that are given out and not joined with have a bound.
//! - JoinGroup with an id that was given out and an instance id is UNKNOWN_MEMBER_ID, not UNKNOWN_SERVER_ERROR.
//! - A static member that comes back to a stable group keeps its time to ask for its assignment; Kafka waits
//!   for the old id and rebalances in the end.
//! - Offsets are not committed in transactions yet.

mod answer;
mod classic;
mod config;
mod event;
mod input;
mod offsets;
mod partition;
mod records;
mod shard;
mod state;
#[cfg(test)]
mod tests;

pub use answer::{
    Answer, DescribedGroup, DescribedMember, FetchedPartition, FetchedTopic, GroupError,
    JoinAnswer, Joined, JoinedMember, LeftMember, ListedGroup, Outcome, Synced, TopicOutcome,
};
pub use config::GroupConfig;
pub use event::Event;
pub use input::{
    CommittedPartition, CommittedTopic, DeletedTopic, Input, JoinGroup, LeavingMember, Membership,
    OffsetCommit, OffsetDelete, OffsetFetch, Protocol, Request, SyncGroup, TimerKey,
    TopicPartitions,
};
pub use partition::partition_for;
pub use shard::GroupShard;
pub use state::{CommittedOffset, GroupState};
