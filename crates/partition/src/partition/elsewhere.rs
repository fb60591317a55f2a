//! Work on batches that takes long: on a thread that may take its time, so that connections' threads are free for others.

use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use vltava_records::{Batch, Compression, Limits};

use crate::AppendError;
use crate::limits::VALIDATED_IN_PLACE_BYTES_MAX;

/// As many batches as there are processors are worked on at a time, each with all of its records in memory.
static ROOM: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Does `work` elsewhere. May be dropped at any time.
pub(super) async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppendError> {
    let room = ROOM.acquire().await.expect("the semaphore is never closed");
    // The place is taken until the work is done, though nobody may wait for it any more.
    let work = move || {
        let _room = room;
        work()
    };
    match spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(lost) => match lost.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is going away, and the broker with it.
            Err(_cancelled) => Err(AppendError::Closed),
        },
    }
}

/// Checks a batch, elsewhere if that takes long.
pub(super) async fn validate(mut batch: Batch, rules: &Limits) -> Result<Batch, AppendError> {
    // What is compressed may unfold to a lot, however small it is.
    let is_compressed = batch.header.compression()? != Compression::None;
    let may_unfold = is_compressed && batch.is_looked_into(rules);
    if !may_unfold && batch.bytes.len() <= VALIDATED_IN_PLACE_BYTES_MAX {
        batch.validate(rules)?;
        return Ok(batch);
    }
    let rules = rules.clone();
    let checked = elsewhere(move || batch.validate(&rules).map(|()| batch));
    Ok(checked.await??)
}
