//! Which brokers get a partition.

use std::sync::Arc;

use thiserror::Error;
use vltava_model::BrokerId;

use super::PlanContext;
use crate::image::{Partition, Topic};

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

impl PlanContext<'_> {
    /// A partition that its first replica leads from now on.
    pub(super) fn partition(&self, replicas: &[BrokerId]) -> Partition {
        let leader = replicas[0];
        let generation = self.view.image.generation(leader);
        Partition { replicas: Arc::from(replicas), leader, generation }
    }

    /// Checks the replicas that a request names for a partition. `previous` is the number that those before it have.
    pub(super) fn check_replicas(
        &self,
        replicas: &[BrokerId],
        previous: Option<usize>,
    ) -> Result<(), AssignmentError> {
        if replicas.is_empty() {
            return Err(AssignmentError::NoReplicas);
        }
        let mut sorted = replicas.to_vec();
        sorted.sort_unstable();
        for (index, broker) in sorted.iter().enumerate() {
            if !self.brokers.contains(broker) {
                return Err(AssignmentError::UnknownBroker(*broker));
            }
            if index > 0 && sorted[index - 1] == *broker {
                return Err(AssignmentError::DuplicateBroker(*broker));
            }
        }
        match previous {
            Some(previous) if previous != replicas.len() => {
                Err(AssignmentError::Inconsistent { replicas: replicas.len(), previous })
            }
            _ => Ok(()),
        }
    }

    /// Chooses the replicas of a topic's partitions, from one index to another. Partitions that follow each other are led
    /// by different brokers, and topics begin with different ones. There must be enough brokers.
    pub(super) fn place(
        &self,
        topic: &Topic,
        indexes: std::ops::Range<usize>,
        replicas: usize,
    ) -> Vec<Partition> {
        let first = usize::from(topic.id.0[15]);
        let broker = |index: usize| self.brokers[index % self.brokers.len()];
        let place = |index: usize| {
            let replicas: Vec<_> = (0..replicas).map(|n| broker(first + index + n)).collect();
            self.partition(&replicas)
        };
        indexes.map(place).collect()
    }
}
