//! Groups: one shard for each partition of `__consumer_offsets`.
//!
//! A *group* has members that share work, or merely owns committed offsets. Here are the *classic* groups, in
//! which the clients themselves work out who gets what (JoinGroup, SyncGroup); a *simple* group is one that
//! was never joined and only holds offsets.
//!
//! Behaves as the group coordinator of Apache Kafka 4.3 does. What differs stands at the place where it does.

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
