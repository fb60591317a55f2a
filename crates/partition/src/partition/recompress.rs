//! Where batches are compressed anew: at once if they are small, else on a thread that may take its time.

use vltava_records::{Batch, Compression, Limits};

use super::elsewhere::elsewhere;
use crate::limits::RECOMPRESSED_IN_PLACE_BYTES_MAX;
use crate::{AppendError, TopicCompression};

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
    let rules = rules.clone();
    let done = elsewhere(move || batch.recompress(&rules, target.codec, target.level));
    Ok(done.await??)
}
