//! What a group shard answers.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use vltava_model::{GenerationId, GroupId, GroupInstanceId, MemberId, PartitionIndex, TopicName};

use crate::group::state::{CommittedOffset, GroupState};

/// Why a group did not do what it was asked to. Kafka's error code of the same name belongs to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum GroupError {
    /// INVALID_GROUP_ID.
    #[error("the group id is empty")]
    InvalidGroupId,
    /// INVALID_SESSION_TIMEOUT.
    #[error("the session timeout is not within the broker's limits")]
    InvalidSessionTimeout,
    /// MEMBER_ID_REQUIRED: join again with the id in the answer.
    #[error("the member must join with an id")]
    MemberIdRequired,
    /// UNKNOWN_MEMBER_ID.
    #[error("the group has no such member")]
    UnknownMemberId,
    /// FENCED_INSTANCE_ID: another member took this one's `group.instance.id`.
    #[error("another member took the group instance id")]
    FencedInstanceId,
    /// INCONSISTENT_GROUP_PROTOCOL.
    #[error("the group follows another protocol")]
    InconsistentGroupProtocol,
    /// GROUP_MAX_SIZE_REACHED.
    #[error("the group is full")]
    GroupMaxSizeReached,
    /// ILLEGAL_GENERATION.
    #[error("the group is in another generation")]
    IllegalGeneration,
    /// REBALANCE_IN_PROGRESS.
    #[error("the group is rebalancing")]
    RebalanceInProgress,
    /// GROUP_ID_NOT_FOUND.
    #[error("there is no such group")]
    GroupIdNotFound,
    /// NON_EMPTY_GROUP.
    #[error("the group has members")]
    NonEmptyGroup,
    /// OFFSET_METADATA_TOO_LARGE.
    #[error("the metadata of a committed offset is too large")]
    OffsetMetadataTooLarge,
    /// GROUP_SUBSCRIBED_TO_TOPIC.
    #[error("the group is subscribed to the topic")]
    GroupSubscribedToTopic,
}

/// The answer to a [`crate::group::Request`] of the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// JoinGroup.
    JoinGroup(JoinAnswer),
    /// SyncGroup.
    SyncGroup(Result<Synced, GroupError>),
    /// Heartbeat.
    Heartbeat(Result<(), GroupError>),
    /// LeaveGroup: each member in the order asked. An unknown group makes every member unknown.
    LeaveGroup(Result<Vec<LeftMember>, GroupError>),
    /// OffsetCommit: the partitions in the order asked, or what holds for all of them.
    OffsetCommit(Result<Vec<TopicOutcome>, GroupError>),
    /// OffsetFetch: the partitions in the order asked. An unknown group has committed nothing, which is no error.
    OffsetFetch(Vec<FetchedTopic>),
    /// OffsetDelete: the partitions in the order asked, or what holds for the whole request.
    OffsetDelete(Result<Vec<TopicOutcome>, GroupError>),
    /// DeleteGroups: each group in the order asked.
    DeleteGroups(Vec<(GroupId, Outcome)>),
    /// DescribeGroups: each group in the order asked, `None` where there is none: in Kafka's words
    /// `Group %s not found.`, state `Dead`, with GROUP_ID_NOT_FOUND from version 6 on (KIP-1043).
    DescribeGroups(Vec<(GroupId, Option<DescribedGroup>)>),
    /// ListGroups.
    ListGroups(Vec<ListedGroup>),
}

/// Whether one of several things was done.
pub type Outcome = Result<(), GroupError>;

/// What a JoinGroup comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinAnswer {
    /// Goes into the response, also with an error: the id that the member now has, or empty.
    pub member_id: MemberId,
    /// The generation that the member is part of.
    pub outcome: Result<Joined, GroupError>,
}

/// A generation, as one of its members learns of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The generation.
    pub generation_id: GenerationId,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that all members can follow.
    pub protocol_name: Option<Arc<str>>,
    /// Who makes the assignments.
    pub leader: Option<MemberId>,
    /// For the leader: everybody. Empty for the others.
    pub members: Vec<JoinedMember>,
    /// For a leader that came back to a stable group: the assignments stand, make none.
    pub skip_assignment: bool,
}

/// What the leader learns about each member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<GroupInstanceId>,
    /// What the member said with the protocol that was chosen.
    pub metadata: Bytes,
}

/// What a member has to do in its generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The group's protocol.
    pub protocol_name: Option<Arc<str>>,
    /// What the leader made for this member; empty if nothing.
    pub assignment: Bytes,
}

/// What became of one member in a LeaveGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftMember {
    /// As asked, and so empty where only the instance was named.
    pub member_id: MemberId,
    /// As asked.
    pub instance_id: Option<GroupInstanceId>,
    /// Whether it was removed.
    pub outcome: Outcome,
}

/// What became of the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOutcome {
    /// The topic.
    pub topic: TopicName,
    /// Its partitions in the order asked.
    pub partitions: Vec<(PartitionIndex, Outcome)>,
}

/// What was committed for one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its partitions in the order asked.
    pub partitions: Vec<FetchedPartition>,
}

/// What was committed for one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedPartition {
    /// The partition.
    pub partition: PartitionIndex,
    /// The offset; `None` if there is none: offset -1, epoch -1 and empty metadata on the wire.
    pub committed: Option<CommittedOffset>,
}

/// A group as DescribeGroups shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    /// Its state.
    pub state: GroupState,
    /// Its protocol type; empty if it was never joined.
    pub protocol_type: Arc<str>,
    /// Its protocol, known only while it is stable.
    pub protocol_data: Arc<str>,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// A member as DescribeGroups shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMember {
    /// The member.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<GroupInstanceId>,
    /// The client id that it joined with.
    pub client_id: Arc<str>,
    /// Where it joined from, as `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// What it said with the group's protocol; empty while the group is not stable.
    pub metadata: Bytes,
    /// What the leader made for it.
    pub assignment: Bytes,
}

/// A group as ListGroups shows it. Its type is `classic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGroup {
    /// The group.
    pub group_id: GroupId,
    /// Its protocol type; empty if it was never joined.
    pub protocol_type: Arc<str>,
    /// Its state.
    pub state: GroupState,
}
