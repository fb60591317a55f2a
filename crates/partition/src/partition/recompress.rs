//! Where batches are compressed anew: at once if they are small, else on a thread that may take its time.

use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use vltava_records::{Batch, Compression, Limits};

use crate::limits::RECOMPRESSED_IN_PLACE_BYTES_MAX;
use crate::{AppendError, TopicCompression};

/// As many batches as there are processors are compressed at a time, each with all of its records in memory.
static ROOM: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Checks a batch and compresses its records anew. May be dropped at any time.
pub(super) async fn recompress(
    batch: Batch,
    rules: &Limits,
    target: TopicCompression,
) -> Result<Batch, AppendError> {
    // What is compressed may unfold to a lot, however small it is.
    let is_plain = batch.header.compression()? == Compression::None;
    if is_plain && batch.bytes.len() <= RECOMPRESSED_IN_PLACE_BYTES_MAX {
        return Ok(batch.recompress(rules, target.codec, target.level)?);
    }
    let _room = ROOM.acquire().await.expect("the semaphore is never closed");
    let rules = rules.clone();
    let work = spawn_blocking(move || batch.recompress(&rules, target.codec, target.level));
    match work.await {
        Ok(done) => Ok(done?),
        Err(lost) => match lost.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is going away, and the broker with it.
            Err(_cancelled) => Err(AppendError::Closed),
        },
    }
}
