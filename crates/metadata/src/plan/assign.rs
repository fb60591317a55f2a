//! Which brokers get a partition.

use thiserror::Error;
use vltava_model::BrokerId;

/// The brokers that a request names for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionAssignment {
    /// The partition's index.
    pub partition: i32,
    /// Its replicas; the first one leads.
    pub replicas: Vec<BrokerId>,
}

/// What is wrong with an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AssignmentError {
    /// A partition is named twice.
    #[error("Found multiple manual partition assignments for partition {0}")]
    DuplicatePartition(i32),
    /// A partition has no replica.
    #[error("The manual partition assignment includes an empty replica list.")]
    NoReplicas,
    /// There is no such broker.
    #[error(
        "The manual partition assignment includes broker {0}, but no such broker is registered."
    )]
    UnknownBroker(BrokerId),
    /// A partition has a broker twice.
    #[error("The manual partition assignment includes the broker {0} more than once.")]
    DuplicateBroker(BrokerId),
    /// Partitions have different numbers of replicas.
    #[error(
        "The manual partition assignment includes a partition with {replicas} replica(s), but this is not \
         consistent with previous partitions, which have {previous} replica(s)."
    )]
    Inconsistent {
        /// The replicas of the partition that differs.
        replicas: usize,
        /// The replicas of those before it.
        previous: usize,
    },
    /// The partitions do not count from 0 without a gap.
    #[error("partitions should be a consecutive 0-based integer sequence")]
    Gap,
    /// There are fewer or more assignments than new partitions.
    #[error(
        "Attempted to add {additional} additional partition(s), but only {assignments} assignment(s) were specified."
    )]
    Count {
        /// The new partitions.
        additional: i32,
        /// The assignments.
        assignments: usize,
    },
}
