//! The bounds of what is read into memory.

/// The longest batch of a metadata log that is believed; Kafka writes at most 8 MiB (`KafkaRaftClient.MAX_BATCH_SIZE_BYTES`).
pub(crate) const METADATA_BATCH_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Names that a message lists before it says how many more there are.
pub(crate) const NAMES_IN_MESSAGE_MAX: usize = 5;
