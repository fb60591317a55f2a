//! Which of Kafka's error codes belongs to which error of the crates below: the only place that knows.
//!
//! Every table is exhaustive, so that a new error needs a decision here. None answers UNKNOWN_SERVER_ERROR: clients
//! take that for fatal, and it helps nobody.

use vltava_cluster::{CatalogError, CreateError, GroupsUnavailable, OffsetsTopicError};
use vltava_coordinator::group::GroupError;

use vltava_metadata::{
    AlterConfigsError, CreatePartitionsError, CreateTopicError, DeleteTopicError, ResourceError,
};
use vltava_partition::{AppendError, DeleteRecordsError, LookupError, ReadError, SequenceError};
use vltava_protocol::{ErrorCode, Str};
use vltava_records::ErrorKind;

/// An error that a client can be told of.
pub(crate) trait Coded: std::fmt::Display {
    /// Kafka's code for it.
    fn error_code(&self) -> ErrorCode;

    /// The code as responses carry it.
    fn code(&self) -> i16 {
        self.error_code().code()
    }

    /// The message, for responses that have one.
    fn message(&self) -> Option<Str> {
        Some(Str::from(self.to_string()))
    }
}

impl Coded for AppendError {
    fn error_code(&self) -> ErrorCode {
        match self {
            AppendError::Batch(error) => match error.kind() {
                ErrorKind::Corrupt => ErrorCode::CORRUPT_MESSAGE,
                // Without a whole batch there is none, to Kafka.
                ErrorKind::Incomplete
                | ErrorKind::NotOne
                | ErrorKind::OldFormat
                | ErrorKind::Invalid => ErrorCode::INVALID_RECORD,
                ErrorKind::Compression => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
                ErrorKind::TooLarge => ErrorCode::MESSAGE_TOO_LARGE,
                ErrorKind::Timestamp => ErrorCode::INVALID_TIMESTAMP,
            },
            AppendError::LargerThanSegment { .. } => ErrorCode::RECORD_LIST_TOO_LARGE,
            AppendError::Sequence(error) => match error {
                SequenceError::OutOfOrder { .. } => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
                SequenceError::InvalidEpoch { .. } => ErrorCode::INVALID_PRODUCER_EPOCH,
                SequenceError::TransactionOpen { .. } | SequenceError::NotVerified { .. } => {
                    ErrorCode::INVALID_TXN_STATE
                }
                SequenceError::CoordinatorFenced { .. } => {
                    ErrorCode::TRANSACTION_COORDINATOR_FENCED
                }
            },
            AppendError::OutOfSpace | AppendError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
            AppendError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        }
    }
}

impl Coded for ReadError {
    fn error_code(&self) -> ErrorCode {
        match self {
            ReadError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
            ReadError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
            ReadError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        }
    }
}

impl Coded for LookupError {
    fn error_code(&self) -> ErrorCode {
        match self {
            LookupError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
            LookupError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        }
    }
}

impl Coded for DeleteRecordsError {
    fn error_code(&self) -> ErrorCode {
        match self {
            DeleteRecordsError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
            DeleteRecordsError::NotDeletable => ErrorCode::POLICY_VIOLATION,
            DeleteRecordsError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
            DeleteRecordsError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        }
    }
}

impl Coded for vltava_cluster::LookupError {
    fn error_code(&self) -> ErrorCode {
        use vltava_cluster::LookupError as E;
        match self {
            E::UnknownTopic | E::UnknownPartition => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            E::UnknownTopicId => ErrorCode::UNKNOWN_TOPIC_ID,
            E::Storage => ErrorCode::KAFKA_STORAGE_ERROR,
        }
    }
}

impl Coded for CatalogError {
    fn error_code(&self) -> ErrorCode {
        match self {
            // What became of the change is not known, which is what this code says; clients try again.
            CatalogError::Store(_) | CatalogError::Contended => ErrorCode::REQUEST_TIMED_OUT,
            CatalogError::Unreadable { .. } => ErrorCode::KAFKA_STORAGE_ERROR,
        }
    }
}

impl Coded for CreateError {
    fn error_code(&self) -> ErrorCode {
        match self {
            CreateError::TooMany(_) => ErrorCode::POLICY_VIOLATION,
            CreateError::Catalog(error) => error.error_code(),
        }
    }
}

impl Coded for OffsetsTopicError {
    /// As Kafka tells those who look for a coordinator while its topic is not there.
    fn error_code(&self) -> ErrorCode {
        match self {
            OffsetsTopicError::Refused(_) | OffsetsTopicError::Create(_) => {
                ErrorCode::COORDINATOR_NOT_AVAILABLE
            }
        }
    }
}

impl Coded for CreateTopicError {
    fn error_code(&self) -> ErrorCode {
        use CreateTopicError as E;
        match self {
            E::Duplicate
            | E::Reserved
            | E::AssignmentAndReplicationFactor
            | E::AssignmentAndPartitions => ErrorCode::INVALID_REQUEST,
            E::InvalidName(_) | E::Collision { .. } => ErrorCode::INVALID_TOPIC_EXCEPTION,
            E::AlreadyExists(_) => ErrorCode::TOPIC_ALREADY_EXISTS,
            E::NullConfigs(_) | E::InvalidConfig(_) => ErrorCode::INVALID_CONFIG,
            E::InvalidAssignment(_) => ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            E::ReplicationFactorNotPositive | E::TooFewBrokers { .. } => {
                ErrorCode::INVALID_REPLICATION_FACTOR
            }
            E::PartitionsNotPositive => ErrorCode::INVALID_PARTITIONS,
        }
    }
}

impl Coded for DeleteTopicError {
    fn error_code(&self) -> ErrorCode {
        use DeleteTopicError as E;
        match self {
            E::Unnamed | E::NameAndId | E::DuplicateName | E::DuplicateId | E::AlreadySupplied => {
                ErrorCode::INVALID_REQUEST
            }
            E::UnknownName => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            E::UnknownId => ErrorCode::UNKNOWN_TOPIC_ID,
        }
    }
}

impl Coded for CreatePartitionsError {
    fn error_code(&self) -> ErrorCode {
        use CreatePartitionsError as E;
        match self {
            E::Duplicate => ErrorCode::INVALID_REQUEST,
            E::UnknownTopic => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            E::AlreadyThere(_) | E::NotAnIncrease { .. } => ErrorCode::INVALID_PARTITIONS,
            E::InvalidAssignment(_) => ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            E::TooFewBrokers { .. } => ErrorCode::INVALID_REPLICATION_FACTOR,
            E::TooMany => ErrorCode::POLICY_VIOLATION,
        }
    }
}

impl Coded for AlterConfigsError {
    fn error_code(&self) -> ErrorCode {
        use AlterConfigsError as E;
        match self {
            E::DuplicateResource
            | E::DuplicateConfigs
            | E::NullValues(_)
            | E::UnknownOperation(_)
            | E::OtherBroker { .. }
            | E::InvalidRequest(_) => ErrorCode::INVALID_REQUEST,
            E::Resource(error) => error.error_code(),
            E::UnknownTopic(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            E::NotAList { .. } | E::InvalidConfig(_) => ErrorCode::INVALID_CONFIG,
        }
    }
}

impl Coded for ResourceError {
    fn error_code(&self) -> ErrorCode {
        match self {
            ResourceError::UnknownType(_)
            | ResourceError::DefaultTopic
            | ResourceError::NotABroker(_) => ErrorCode::INVALID_REQUEST,
            ResourceError::InvalidTopic(_) => ErrorCode::INVALID_TOPIC_EXCEPTION,
        }
    }
}

impl Coded for GroupsUnavailable {
    fn error_code(&self) -> ErrorCode {
        match self {
            GroupsUnavailable::NotAvailable | GroupsUnavailable::NotCoordinator => {
                ErrorCode::NOT_COORDINATOR
            }
        }
    }
}

impl Coded for GroupError {
    fn error_code(&self) -> ErrorCode {
        use GroupError as E;
        match self {
            E::InvalidGroupId => ErrorCode::INVALID_GROUP_ID,
            E::InvalidSessionTimeout => ErrorCode::INVALID_SESSION_TIMEOUT,
            E::MemberIdRequired => ErrorCode::MEMBER_ID_REQUIRED,
            E::UnknownMemberId => ErrorCode::UNKNOWN_MEMBER_ID,
            E::FencedInstanceId => ErrorCode::FENCED_INSTANCE_ID,
            E::InconsistentGroupProtocol => ErrorCode::INCONSISTENT_GROUP_PROTOCOL,
            E::GroupMaxSizeReached => ErrorCode::GROUP_MAX_SIZE_REACHED,
            E::IllegalGeneration => ErrorCode::ILLEGAL_GENERATION,
            E::RebalanceInProgress => ErrorCode::REBALANCE_IN_PROGRESS,
            E::GroupIdNotFound => ErrorCode::GROUP_ID_NOT_FOUND,
            E::NonEmptyGroup => ErrorCode::NON_EMPTY_GROUP,
            E::OffsetMetadataTooLarge => ErrorCode::OFFSET_METADATA_TOO_LARGE,
            E::GroupSubscribedToTopic => ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC,
        }
    }
}

/// The code of an outcome: 0 where all went well.
pub(crate) fn code_of<T, E: Coded>(outcome: &Result<T, E>) -> i16 {
    outcome.as_ref().map_or_else(Coded::code, |_| ErrorCode::NONE.code())
}
