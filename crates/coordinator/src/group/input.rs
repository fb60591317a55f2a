//! What a group shard is asked.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{
    GenerationId, GroupId, GroupInstanceId, LeaderEpoch, MemberId, Offset, PartitionIndex, TopicId,
    TopicName,
};

use crate::shard::Token;

/// One input of a group shard.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A client asks; `token` gets one answer.
    Request {
        /// Who waits.
        token: Token,
        /// What for.
        request: Request,
    },
    /// A timer that the shard has set is due.
    TimerFired(TimerKey),
    /// All records have been replayed; comes once, before any other input.
    Loaded,
    /// These topics are gone, and with them what was committed for them.
    TopicsDeleted(Arc<[DeletedTopic]>),
}

impl From<TimerKey> for Input {
    fn from(key: TimerKey) -> Input {
        Input::TimerFired(key)
    }
}

/// The timers of a group shard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKey {
    /// A member, or one that was only given an id yet, has not been heard of for too long.
    Session(GroupId, MemberId),
    /// The members had their time to join.
    Join(GroupId),
    /// The members had their time to ask for their assignment.
    Sync(GroupId),
    /// Time to look for offsets and groups that have expired.
    Expiration,
    /// Goes on with a [`Input::TopicsDeleted`] that was too much for one decision.
    TopicsDeleted(Arc<[DeletedTopic]>),
}

/// The operations that a client can ask for. A group id that is null on the wire never gets here.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// JoinGroup. Answered when the group's members are complete: [`crate::group::Answer::JoinGroup`].
    JoinGroup(Box<JoinGroup>),
    /// SyncGroup. Answered when the leader has sent the assignments.
    SyncGroup(SyncGroup),
    /// Heartbeat.
    Heartbeat(Membership),
    /// LeaveGroup, of one member or several.
    LeaveGroup {
        /// The group.
        group_id: GroupId,
        /// Who leaves.
        members: Vec<LeavingMember>,
    },
    /// OffsetCommit.
    OffsetCommit(OffsetCommit),
    /// OffsetFetch, for one group.
    OffsetFetch(OffsetFetch),
    /// OffsetDelete.
    OffsetDelete(OffsetDelete),
    /// DeleteGroups, those of this shard.
    DeleteGroups(Vec<GroupId>),
    /// DescribeGroups, those of this shard.
    DescribeGroups(Vec<GroupId>),
    /// ListGroups: all of this shard that match.
    ListGroups {
        /// States in any case, as `stable`; empty for all.
        states: Vec<String>,
        /// Types in any case, as `classic`; empty for all.
        types: Vec<String>,
    },
}

/// Who says it, in most requests of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group_id: GroupId,
    /// The id that the coordinator gave.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<GroupInstanceId>,
    /// The generation that the member believes in; -1 for none.
    pub generation_id: GenerationId,
}

/// JoinGroup.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroup {
    /// The group.
    pub group_id: GroupId,
    /// The id that the coordinator gave before, or empty.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<GroupInstanceId>,
    /// The client id of the request's header; empty for none.
    pub client_id: Arc<str>,
    /// Where the client is, as Java prints an address: `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// After so long without a sign of life the member is out.
    pub session_timeout_ms: i32,
    /// So long the group waits for members to join again.
    pub rebalance_timeout_ms: i32,
    /// `consumer`, `connect`, …
    pub protocol_type: Arc<str>,
    /// What the member can do, best first.
    pub protocols: Vec<Protocol>,
    /// Whether a dynamic member must first ask for an id: version 4 and later (KIP-394).
    pub require_known_member_id: bool,
    /// Whether `skip_assignment` is understood: version 9 and later (KIP-814).
    pub supports_skipping_assignment: bool,
    /// Random bytes of which a member id is made, if one is needed.
    pub member_uuid: [u8; 16],
}

/// One of the protocols that a joining member can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// For consumers the name of an assignor, as `range`.
    pub name: Arc<str>,
    /// For consumers the subscription.
    pub metadata: Bytes,
}

/// SyncGroup.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncGroup {
    /// Who asks.
    pub member: Membership,
    /// What the member believes the group's protocol type to be, if it says (version 5 and later).
    pub protocol_type: Option<Arc<str>>,
    /// What the member believes the group's protocol to be, if it says (version 5 and later).
    pub protocol_name: Option<Arc<str>>,
    /// From the leader: what each member gets. A member left out gets empty bytes.
    pub assignments: Vec<(MemberId, Bytes)>,
}

/// One member to remove. An empty `member_id` with an `instance_id` is how an administrator removes a static member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeavingMember {
    /// The id that the coordinator gave.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<GroupInstanceId>,
}

/// OffsetCommit. The caller has checked that the topics exist.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommit {
    /// Who commits; a member id that is empty and generation -1 for somebody outside of any group.
    pub member: Membership,
    /// How long to keep the offsets, where the version still has that (2 to 4) and it is not -1.
    pub retention_time_ms: Option<i64>,
    /// Version 9 and later: an unknown group is GROUP_ID_NOT_FOUND and not ILLEGAL_GENERATION.
    pub reports_unknown_groups: bool,
    /// The offsets.
    pub topics: Vec<CommittedTopic>,
}

/// The offsets to commit for one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its id, kept with the offsets; zero where the version has none (before 10).
    pub topic_id: TopicId,
    /// The offsets.
    pub partitions: Vec<CommittedPartition>,
}

/// One offset to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedPartition {
    /// The partition.
    pub partition: PartitionIndex,
    /// The next offset to read. Kafka takes any value, and so do we.
    pub offset: Offset,
    /// The leader epoch of the last record read.
    pub leader_epoch: LeaderEpoch,
    /// Anything; `None` is kept as the empty text.
    pub metadata: Option<Arc<str>>,
}

/// A topic that is gone. An offset that was committed with another id of the same name stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeletedTopic {
    /// Its name.
    pub topic: TopicName,
    /// Its id.
    pub topic_id: TopicId,
}

/// A topic and some of its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic.
    pub topic: TopicName,
    /// OffsetFetch: an offset that was committed with another id is as good as none; zero where the version
    /// has no id (before 10). OffsetDelete takes no notice of it.
    pub topic_id: TopicId,
    /// The partitions.
    pub partitions: Vec<PartitionIndex>,
}

/// OffsetFetch. Member id and epoch, where a version has them, mean nothing to a classic group.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetch {
    /// The group.
    pub group_id: GroupId,
    /// Which offsets; `None` for all that there are.
    pub topics: Option<Vec<TopicPartitions>>,
    /// Whether offsets in open transactions are to be waited for.
    pub require_stable: bool,
}

/// OffsetDelete.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetDelete {
    /// The group.
    pub group_id: GroupId,
    /// Which offsets.
    pub topics: Vec<TopicPartitions>,
}
