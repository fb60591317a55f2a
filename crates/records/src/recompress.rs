//! The same records in another codec: what a leader does where a topic's `compression.type` is not its producer's.

use crate::batch::Batch;
use crate::builder::BatchBuilder;
use crate::compression::Compression;
use crate::error::BatchError;
use crate::limits::REWRITTEN_BYTES_MAX;
use crate::record::RawRecord;
use crate::validate::Limits;

impl Batch {
    /// Checks the batch as [`Batch::validate`] does, every record too, and writes its records anew, compressed with
    /// `target` at that codec's `level` (`None` for Kafka's default).
    ///
    /// As Kafka's `LogValidator` leaves it: base timestamp is that of the first record, the maximum that of the latest,
    /// offset deltas count up; producer, epoch, sequence and whether it is transactional stay; other attributes go. The
    /// result, too, must keep to `limits.batch_bytes_max`. Holds all records decompressed, [`REWRITTEN_BYTES_MAX`] at
    /// most, and takes the time that compressing takes.
    pub fn recompress(
        &self,
        limits: &Limits,
        target: Compression,
        level: Option<i32>,
    ) -> Result<Batch, BatchError> {
        self.check_whole(limits)?;
        let mut builder = BatchBuilder::like(&self.header);
        if let Some(level) = level {
            builder = builder.level(level);
        }
        // What is not compressed afterwards can be known to be too large early.
        let bytes_max = match target {
            Compression::None => limits.batch_bytes_max,
            _ => usize::MAX,
        };
        self.check_records(limits, |record: &RawRecord<'_>, timestamp| {
            builder.push_record(timestamp, record.key, record.value, record.headers);
            match builder.size_bytes() {
                size_bytes if size_bytes > REWRITTEN_BYTES_MAX => {
                    Err(BatchError::DecompressedTooLarge { limit: REWRITTEN_BYTES_MAX })
                }
                size_bytes if size_bytes > bytes_max => {
                    Err(BatchError::TooLarge { size_bytes, max: bytes_max })
                }
                _ => Ok(()),
            }
        })?;
        let rewritten = builder.seal(target);
        rewritten.check_size(limits)?;
        Ok(rewritten)
    }
}
