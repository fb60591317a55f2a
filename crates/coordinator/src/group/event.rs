//! What changes the state of a group shard.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{
    GenerationId, GroupId, GroupInstanceId, MemberId, PartitionIndex, Timestamp, TopicName,
};

use crate::group::classic::Change;
use crate::group::state::CommittedOffset;

/// One change in a group shard. Opaque to the driver, but for [`crate::Shard::record`].
#[derive(Clone, Debug, PartialEq)]
pub struct Event(pub(crate) EventKind);

/// The kinds of events. All but the last are durable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EventKind {
    /// The group stands as said here.
    GroupStored(Arc<StoredGroup>),
    /// The group is gone.
    GroupRemoved(GroupId),
    /// A group has committed an offset.
    OffsetCommitted(OffsetKey, CommittedOffset),
    /// A committed offset is gone.
    OffsetRemoved(OffsetKey),
    /// Something happened in a rebalance of a classic group; forgotten at the next load.
    Classic(GroupId, Change),
}

/// Names a committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffsetKey {
    pub(crate) group_id: GroupId,
    pub(crate) topic: TopicName,
    pub(crate) partition: PartitionIndex,
}

/// A classic group as its record has it: stable if it has members, or else empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredGroup {
    pub(crate) group_id: GroupId,
    pub(crate) protocol_type: Option<Arc<str>>,
    pub(crate) generation_id: GenerationId,
    pub(crate) protocol_name: Option<Arc<str>>,
    pub(crate) leader: Option<MemberId>,
    /// When the group came into its state; unknown in records before version 2.
    pub(crate) state_since: Option<Timestamp>,
    pub(crate) members: Vec<StoredMember>,
}

/// A member as its group's record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredMember {
    pub(crate) member_id: MemberId,
    pub(crate) instance_id: Option<GroupInstanceId>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_host: Arc<str>,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    /// What the member said with the protocol that was chosen.
    pub(crate) subscription: Bytes,
    pub(crate) assignment: Bytes,
}

impl From<EventKind> for Event {
    fn from(kind: EventKind) -> Event {
        Event(kind)
    }
}
