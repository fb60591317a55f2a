//! The records of `__consumer_offsets`, as Kafka 4.3 writes them.
//!
//! A key begins with its kind as an int16: 0 and 1 are offsets (0 of the oldest Kafka), 2 is a classic group,
//! others belong to kinds of groups that are not here. A value begins with the version of its format:
//! of an offset 4, or 1 if the offset has a time to expire; of a group 3.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::{
    GenerationId, GroupId, GroupInstanceId, LeaderEpoch, MemberId, Offset, PartitionIndex,
    Timestamp, TopicName,
};
use vltava_protocol::messages::group_records::{
    GroupMetadataKey, GroupMetadataValue, MemberMetadata, OffsetCommitKey, OffsetCommitValue,
};
use vltava_protocol::{Message, Reader, Str, encode_versioned};

use crate::group::classic::detached;
use crate::group::event::{Event, EventKind, OffsetKey, StoredGroup, StoredMember};
use crate::group::state::CommittedOffset;
use crate::record::{Record, RecordError};

const LEGACY_OFFSET: i16 = 0;
const OFFSET: i16 = 1;
const GROUP: i16 = 2;

/// The version of the fields of a key, as opposed to its kind.
const KEY_VERSION: i16 = 0;
const GROUP_VALUE_VERSION: i16 = 3;
const OFFSET_VALUE_VERSION: i16 = 4;
const OFFSET_VALUE_VERSION_WITH_EXPIRY: i16 = 1;
const VALUE_VERSION_MAX: i16 = 4;

/// The record that keeps an event.
pub(super) fn record(Event(event): &Event) -> Option<Record> {
    match event {
        EventKind::GroupStored(stored) => {
            let value = encode_group(stored);
            let value = encode_versioned(GROUP_VALUE_VERSION, &value, GROUP_VALUE_VERSION);
            Some(Record { key: group_key(&stored.group_id), value: Some(value) })
        }
        EventKind::GroupRemoved(group_id) => Some(Record { key: group_key(group_id), value: None }),
        EventKind::OffsetCommitted(key, committed) => {
            Some(Record { key: offset_key(key), value: Some(encode_offset(committed)) })
        }
        EventKind::OffsetRemoved(key) => Some(Record { key: offset_key(key), value: None }),
        EventKind::Classic(..) => None,
    }
}

fn group_key(group_id: &GroupId) -> Bytes {
    encode_versioned(GROUP, &GroupMetadataKey { group: group_id.as_str().into() }, KEY_VERSION)
}

fn offset_key(key: &OffsetKey) -> Bytes {
    let key = OffsetCommitKey {
        group: key.group_id.as_str().into(),
        topic: key.topic.as_str().into(),
        partition: key.partition.0,
    };
    encode_versioned(OFFSET, &key, KEY_VERSION)
}

fn encode_offset(committed: &CommittedOffset) -> Bytes {
    let version = match committed.expire_timestamp {
        Some(_) => OFFSET_VALUE_VERSION_WITH_EXPIRY,
        None => OFFSET_VALUE_VERSION,
    };
    let value = OffsetCommitValue {
        offset: committed.offset.0,
        leader_epoch: committed.leader_epoch.0,
        metadata: (&*committed.metadata).into(),
        commit_timestamp: committed.commit_timestamp.0,
        expire_timestamp: committed.expire_timestamp.unwrap_or(Timestamp::NONE).0,
        topic_id: committed.topic_id,
    };
    encode_versioned(version, &value, version)
}

fn encode_group(stored: &StoredGroup) -> GroupMetadataValue {
    let text = |text: &Arc<str>| Str::from(&**text);
    let members = stored.members.iter().map(|member| MemberMetadata {
        member_id: member.member_id.as_str().into(),
        group_instance_id: member.instance_id.as_ref().map(|id| id.as_str().into()),
        client_id: text(&member.client_id),
        client_host: text(&member.client_host),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: member.subscription.clone(),
        assignment: member.assignment.clone(),
    });
    GroupMetadataValue {
        protocol_type: stored.protocol_type.as_ref().map(text).unwrap_or_default(),
        generation: stored.generation_id.0,
        protocol: stored.protocol_name.as_ref().map(text),
        leader: stored.leader.as_ref().map(|leader| leader.as_str().into()),
        current_state_timestamp: stored.state_since.unwrap_or(Timestamp::NONE).0,
        members: members.collect(),
    }
}

/// The event that a record stands for; `None` for kinds that are not known here.
pub(super) fn replay(key: Bytes, value: Option<Bytes>) -> Result<Option<Event>, RecordError> {
    let mut reader = Reader::new(key);
    let kind = reader.i16().map_err(RecordError::MalformedKey)?;
    let event = match kind {
        LEGACY_OFFSET | OFFSET => {
            let key = OffsetCommitKey::decode(&mut reader, KEY_VERSION);
            let key = decode_offset_key(key.map_err(RecordError::MalformedKey)?)?;
            match value {
                Some(value) => EventKind::OffsetCommitted(key, decode_offset(kind, value)?),
                None => EventKind::OffsetRemoved(key),
            }
        }
        GROUP => {
            let key = GroupMetadataKey::decode(&mut reader, KEY_VERSION);
            let group_id = GroupId::new(key.map_err(RecordError::MalformedKey)?.group);
            match value {
                Some(value) => EventKind::GroupStored(Arc::new(decode_group(group_id, value)?)),
                None => EventKind::GroupRemoved(group_id),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(event.into()))
}

/// The fields of a value, by the version that stands before them.
fn decode_value<M: Message>(kind: i16, value: Bytes) -> Result<M, RecordError> {
    let malformed = |source| RecordError::MalformedValue { kind, source };
    let mut reader = Reader::new(value);
    let version = reader.i16().map_err(malformed)?;
    if !(0..=VALUE_VERSION_MAX).contains(&version) {
        return Err(RecordError::UnknownVersion { kind, version });
    }
    M::decode(&mut reader, version).map_err(malformed)
}

fn decode_offset_key(key: OffsetCommitKey) -> Result<OffsetKey, RecordError> {
    let topic = TopicName::new(&key.topic).map_err(RecordError::InvalidTopic)?;
    let partition = PartitionIndex(key.partition);
    Ok(OffsetKey { group_id: GroupId::new(key.group), topic, partition })
}

fn decode_offset(kind: i16, value: Bytes) -> Result<CommittedOffset, RecordError> {
    let value: OffsetCommitValue = decode_value(kind, value)?;
    let expire_timestamp = Some(Timestamp(value.expire_timestamp));
    Ok(CommittedOffset {
        offset: Offset(value.offset),
        leader_epoch: LeaderEpoch(value.leader_epoch),
        metadata: (&*value.metadata).into(),
        commit_timestamp: Timestamp(value.commit_timestamp),
        topic_id: value.topic_id,
        expire_timestamp: expire_timestamp.filter(|expire| *expire != Timestamp::NONE),
    })
}

fn decode_group(group_id: GroupId, value: Bytes) -> Result<StoredGroup, RecordError> {
    let value: GroupMetadataValue = decode_value(GROUP, value)?;
    if value.protocol.is_none() && !value.members.is_empty() {
        return Err(RecordError::MembersWithoutProtocol { group_id });
    }
    let state_since = Some(Timestamp(value.current_state_timestamp));
    Ok(StoredGroup {
        group_id,
        protocol_type: Some(&*value.protocol_type).filter(|t| !t.is_empty()).map(Arc::from),
        generation_id: GenerationId(value.generation),
        protocol_name: value.protocol.map(|name| Arc::from(&*name)),
        leader: value.leader.map(MemberId::new),
        state_since: state_since.filter(|since| *since != Timestamp::NONE),
        members: value.members.into_iter().map(decode_member).collect(),
    })
}

/// Records before version 1 have no rebalance timeout; then it is the session timeout.
fn decode_member(member: MemberMetadata) -> StoredMember {
    let rebalance_timeout_ms = match member.rebalance_timeout {
        -1 => member.session_timeout,
        timeout_ms => timeout_ms,
    };
    StoredMember {
        member_id: MemberId::new(member.member_id),
        instance_id: member.group_instance_id.map(GroupInstanceId::new),
        client_id: (&*member.client_id).into(),
        client_host: (&*member.client_host).into(),
        rebalance_timeout_ms,
        session_timeout_ms: member.session_timeout,
        subscription: detached(&member.subscription),
        assignment: detached(&member.assignment),
    }
}
