//! The records of `__cluster_metadata` that matter here, as Kafka 3.3 to 4.3 write them.
//!
//! A value is an `ApiMessageAndVersion`: three unsigned varints (the frame's version, which is 1; the kind of record; the
//! version of its fields), then the fields in flexible form.

use bytes::Bytes;
use thiserror::Error;
use vltava_model::TopicId;
use vltava_protocol::{DecodeError, Message, Reader, Segment, Str, Writer};
use vltava_protocol_derive::Message;

const FRAME_VERSION: u32 = 1;

/// A topic comes into being.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct TopicRecord {
    pub(crate) name: Str,
    pub(crate) topic_id: TopicId,
}

/// A partition of a topic. v1 directories (KIP-858); v2 eligible leader replicas (KIP-966).
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct PartitionRecord {
    #[kafka(default = "-1")]
    pub(crate) partition_id: i32,
    pub(crate) topic_id: TopicId,
    pub(crate) replicas: Vec<i32>,
    pub(crate) isr: Vec<i32>,
    pub(crate) removing_replicas: Vec<i32>,
    pub(crate) adding_replicas: Vec<i32>,
    #[kafka(default = "-1")]
    pub(crate) leader: i32,
    #[kafka(tag = 0)]
    pub(crate) leader_recovery_state: i8,
    #[kafka(default = "-1")]
    pub(crate) leader_epoch: i32,
    #[kafka(default = "-1")]
    pub(crate) partition_epoch: i32,
    #[kafka(versions = "1+")]
    pub(crate) directories: Vec<TopicId>,
    #[kafka(versions = "2+", nullable = "2+", tag = 1, default = "null")]
    pub(crate) eligible_leader_replicas: Option<Vec<i32>>,
    #[kafka(versions = "2+", nullable = "2+", tag = 2, default = "null")]
    pub(crate) last_known_elr: Option<Vec<i32>>,
}

/// What changed of a partition: what is absent stays. A leader of -2 is the one there was.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct PartitionChangeRecord {
    #[kafka(default = "-1")]
    pub(crate) partition_id: i32,
    pub(crate) topic_id: TopicId,
    #[kafka(nullable = "0+", tag = 0, default = "null")]
    pub(crate) isr: Option<Vec<i32>>,
    #[kafka(tag = 1, default = "-2")]
    pub(crate) leader: i32,
    #[kafka(nullable = "0+", tag = 2, default = "null")]
    pub(crate) replicas: Option<Vec<i32>>,
    #[kafka(versions = "2+", nullable = "2+", tag = 6, default = "null")]
    pub(crate) eligible_leader_replicas: Option<Vec<i32>>,
    #[kafka(versions = "1+", nullable = "1+", tag = 8, default = "null")]
    pub(crate) directories: Option<Vec<TopicId>>,
}

/// A topic is gone.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct RemoveTopicRecord {
    pub(crate) topic_id: TopicId,
}

/// A config is set, or taken away.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct ConfigRecord {
    pub(crate) resource_type: i8,
    pub(crate) resource_name: Str,
    pub(crate) name: Str,
    #[kafka(nullable = "0+")]
    pub(crate) value: Option<Str>,
}

/// A block of producer ids was handed out.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct ProducerIdsRecord {
    pub(crate) broker_id: i32,
    #[kafka(default = "-1")]
    pub(crate) broker_epoch: i64,
    pub(crate) next_producer_id: i64,
}

/// A feature's level, `metadata.version` among them.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct FeatureLevelRecord {
    pub(crate) name: Str,
    pub(crate) feature_level: i16,
}

/// The first field of the records that are about one broker.
#[derive(Debug, Clone, PartialEq, Message)]
pub(crate) struct BrokerKey {
    pub(crate) broker_id: i32,
}

/// The first field of the records that are about one ACL.
#[derive(Debug, Clone, PartialEq, Message)]
pub(crate) struct AclKey {
    pub(crate) id: TopicId,
}

/// A user's SCRAM credential. What is secret in it is not looked at.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct UserScramCredentialRecord {
    pub(crate) name: Str,
    pub(crate) mechanism: i8,
    pub(crate) salt: Bytes,
    pub(crate) stored_key: Bytes,
    pub(crate) server_key: Bytes,
    pub(crate) iterations: i32,
}

/// A user's SCRAM credential is gone.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct RemoveUserScramCredentialRecord {
    pub(crate) name: Str,
    pub(crate) mechanism: i8,
}

/// A quota, or the end of one.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct ClientQuotaRecord {
    pub(crate) entity: Vec<EntityData>,
    pub(crate) key: Str,
    pub(crate) value: f64,
    pub(crate) remove: bool,
}

/// One of [`ClientQuotaRecord`]'s `entity`.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct EntityData {
    pub(crate) entity_type: Str,
    #[kafka(nullable = "0+")]
    pub(crate) entity_name: Option<Str>,
}

/// A record of the metadata log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MetadataRecord {
    RegisterBroker(BrokerKey),
    UnregisterBroker(BrokerKey),
    Topic(TopicRecord),
    Partition(PartitionRecord),
    PartitionChange(PartitionChangeRecord),
    RemoveTopic(RemoveTopicRecord),
    Config(ConfigRecord),
    ProducerIds(ProducerIdsRecord),
    FeatureLevel(FeatureLevelRecord),
    Acl(AclKey),
    RemoveAcl(AclKey),
    Scram(UserScramCredentialRecord),
    RemoveScram(RemoveUserScramCredentialRecord),
    Quota(ClientQuotaRecord),
    DelegationToken,
    BeginTransaction,
    EndTransaction,
    AbortTransaction,
    /// Nothing that has to be kept: registrations, heartbeats, what ZooKeeper's migration left.
    Passing,
    /// A kind that Kafka 4.3 does not have.
    Unknown(u32),
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Its bytes do not make sense.
    #[error("a malformed record")]
    Malformed(#[from] DecodeError),
    /// The frame around it is of a later Kafka.
    #[error("a record in a frame of version {0}, where 1 is known")]
    Frame(u32),
    /// Its fields are of a later Kafka.
    #[error(
        "a record of kind {kind} in version {version}, which is newer than Kafka 4.3's; this version of Vltava cannot take over so new a Kafka"
    )]
    Version {
        /// The kind's number.
        kind: u32,
        /// The version.
        version: u32,
    },
}

impl MetadataRecord {
    /// Reads a record's value.
    pub(crate) fn decode(value: Bytes) -> Result<MetadataRecord, RecordError> {
        use MetadataRecord as Kind;
        let mut r = Reader::new(value);
        let frame = r.uvarint()?;
        if frame != FRAME_VERSION {
            return Err(RecordError::Frame(frame));
        }
        let (kind, version) = (r.uvarint()?, r.uvarint()?);
        Ok(match kind {
            0 => Kind::RegisterBroker(fields(&mut r, kind, version, 4)?),
            1 => Kind::UnregisterBroker(fields(&mut r, kind, version, 0)?),
            2 => Kind::Topic(fields(&mut r, kind, version, 0)?),
            3 => Kind::Partition(fields(&mut r, kind, version, 2)?),
            4 => Kind::Config(fields(&mut r, kind, version, 0)?),
            5 => Kind::PartitionChange(fields(&mut r, kind, version, 2)?),
            9 => Kind::RemoveTopic(fields(&mut r, kind, version, 0)?),
            10 => Kind::DelegationToken,
            11 => Kind::Scram(fields(&mut r, kind, version, 0)?),
            12 => Kind::FeatureLevel(fields(&mut r, kind, version, 0)?),
            14 => Kind::Quota(fields(&mut r, kind, version, 0)?),
            15 => Kind::ProducerIds(fields(&mut r, kind, version, 0)?),
            18 => Kind::Acl(fields(&mut r, kind, version, 0)?),
            19 => Kind::RemoveAcl(fields(&mut r, kind, version, 0)?),
            22 => Kind::RemoveScram(fields(&mut r, kind, version, 0)?),
            23 => Kind::BeginTransaction,
            24 => Kind::EndTransaction,
            25 => Kind::AbortTransaction,
            7 | 8 | 17 | 20 | 21 | 26 | 27 | 28 => Kind::Passing,
            other => Kind::Unknown(other),
        })
    }
}

fn fields<M: Message>(
    r: &mut Reader,
    kind: u32,
    version: u32,
    latest: i16,
) -> Result<M, RecordError> {
    let known = i16::try_from(version).ok().filter(|version| *version <= latest);
    Ok(M::decode(r, known.ok_or(RecordError::Version { kind, version })?)?)
}

/// Writes a record's value.
pub(crate) fn encode(kind: u32, version: i16, fields: &impl Message) -> Vec<u8> {
    let mut w = Writer::new();
    w.uvarint(FRAME_VERSION);
    w.uvarint(kind);
    w.uvarint(u32::from(version.unsigned_abs()));
    encode_plain(w, version, fields)
}

/// Writes fields behind what stands in `w` already.
pub(crate) fn encode_plain(mut w: Writer, version: i16, fields: &impl Message) -> Vec<u8> {
    fields.encode(&mut w, version);
    let bytes = w.into_segments().into_iter().filter_map(|segment| match segment {
        Segment::Bytes(bytes) => Some(bytes),
        Segment::File(_) => None,
    });
    bytes.flatten().collect()
}

/// The control record that begins a snapshot.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct SnapshotHeaderRecord {
    pub(crate) version: i16,
    pub(crate) last_contained_log_timestamp: i64,
}

/// The control record that ends a snapshot.
#[derive(Debug, Clone, PartialEq, Message)]
#[kafka(flexible = "0+")]
pub(crate) struct SnapshotFooterRecord {
    pub(crate) version: i16,
}
