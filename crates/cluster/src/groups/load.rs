//! Brings a shard to the state that its partition's records describe.

mod replay;

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use thiserror::Error;
use vltava_coordinator::Shard;
use vltava_model::Offset;
use vltava_partition::{Isolation, Partition, ReadError};
use vltava_records::{BatchError, batches};
use vltava_runtime::Tasks;

use crate::limits::{LOAD_HELD_EVENTS_MAX, LOAD_READ_BYTES};
use replay::Replay;

/// Why a shard could not be loaded.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    /// The partition does not let itself be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file system refused.
    #[error("cannot read the segment at offset {offset}")]
    Io {
        /// Where.
        offset: Offset,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A batch is damaged.
    #[error("the batch at offset {offset} is damaged: {source}")]
    Batch {
        /// Where.
        offset: Offset,
        /// How.
        #[source]
        source: BatchError,
    },
    /// The records of open transactions are more than are held.
    #[error("at offset {offset} more records of open transactions than can be held")]
    TooManyOpen {
        /// Where.
        offset: Offset,
    },
    /// The thread that read was lost.
    #[error("the load was broken off")]
    Lost,
}

/// Replays all records into `shard`, on a thread that may block.
pub(crate) async fn load<S>(
    partition: Arc<Partition>,
    shard: S,
    tasks: &Tasks,
) -> Result<S, LoadError>
where
    S: Shard + Send + 'static,
{
    if partition.log_start_offset() == partition.log_end_offset() {
        return Ok(shard);
    }
    let load = tasks.spawn_blocking(move || replay(&partition, shard));
    load.await.unwrap_or(Err(LoadError::Lost))
}

fn replay<S: Shard>(partition: &Partition, shard: S) -> Result<S, LoadError> {
    let (mut offset, end) = (partition.log_start_offset(), partition.high_watermark());
    let mut replay = Replay::new(partition.id(), shard);
    while offset < end {
        let Some(region) = read(partition, offset)? else { break };
        let began_at = offset;
        for batch in batches(region) {
            let damaged = |source| LoadError::Batch { offset, source };
            let batch = match batch {
                // The read ended inside a batch, which the next one begins with; unless it was the first.
                Err(BatchError::Incomplete { .. }) if offset > began_at => break,
                batch => batch.map_err(damaged)?,
            };
            batch.check_crc().map_err(damaged)?;
            replay.batch(&batch).map_err(damaged)?;
            if replay.held > LOAD_HELD_EVENTS_MAX {
                return Err(LoadError::TooManyOpen { offset });
            }
            offset = batch.header.next_offset();
        }
    }
    let Replay { records, unknown, held, .. } = replay;
    tracing::debug!(partition = %partition.id(), records, unknown, held, "loaded");
    Ok(replay.shard)
}

/// The batches from `offset` on that one read gives; `None` at the end.
fn read(partition: &Partition, offset: Offset) -> Result<Option<Bytes>, LoadError> {
    let outcome = partition.read(offset, LOAD_READ_BYTES, true, Isolation::ReadUncommitted)?;
    let Some(slice) = outcome.records else { return Ok(None) };
    let mut region = BytesMut::zeroed(slice.length);
    slice
        .file
        .read_exact_at(&mut region, slice.position)
        .map_err(|source| LoadError::Io { offset, source })?;
    Ok(Some(region.freeze()))
}
