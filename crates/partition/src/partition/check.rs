//! What comes before an append: batches are checked, and compressed anew where the topic's `compression.type` says so.
//!
//! What is checked follows Kafka (`vltava_records`' `validate.rs` has the rules), with one difference: the records of a
//! compressed batch that stays as it is are looked at only if a rule of the topic needs it (keys, or a limit to the past).
//! Decompressing each batch would cost more than all the rest of an append; its CRC is checked in any case.

use bytes::Bytes;
use vltava_records::{Batch, BatchError, BatchHeader, Compression, Depth, Limits, batches};

use super::Partition;
use super::append::AppendLimits;
use super::elsewhere::validate;
use super::recompress::recompress;
use crate::{AppendError, TopicCompression, TopicSettings};

impl Partition {
    /// The one batch of a client's request, as it is to be appended.
    #[inline]
    pub(super) async fn check_client(
        &self,
        records: Bytes,
        settings: &TopicSettings,
        limits: &AppendLimits,
    ) -> Result<Batch, AppendError> {
        let batch = Batch::single(records)?;
        let rules = self.client_rules(&batch.header, settings, limits)?;
        match settings.recompression(&batch.header)? {
            None => validate(batch, &rules).await,
            Some(target) => recompress(batch, &rules, target).await,
        }
    }

    /// A coordinator's batches, of which there is one at least.
    pub(super) async fn check_coordinator(
        &self,
        records: Bytes,
        settings: &TopicSettings,
    ) -> Result<Vec<Batch>, AppendError> {
        let rules = Limits {
            batch_bytes_max: usize::MAX,
            depth: Depth::Header,
            from_client: false,
            ..Limits::default()
        };
        let mut all = batches(records).collect::<Result<Vec<_>, _>>()?;
        for batch in &mut all {
            match settings.recompression(&batch.header)? {
                None => batch.validate(&rules)?,
                Some(target) => *batch = recompress(batch.clone(), &rules, target).await?,
            }
        }
        if all.is_empty() { Err(BatchError::NoBatch.into()) } else { Ok(all) }
    }

    fn client_rules(
        &self,
        header: &BatchHeader,
        settings: &TopicSettings,
        limits: &AppendLimits,
    ) -> Result<Limits, AppendError> {
        let before_max_ms = settings.message_timestamp_before_max_ms;
        let after_max_ms = settings.message_timestamp_after_max_ms;
        let is_plain = header.compression()? == Compression::None;
        let looks_inside = is_plain || before_max_ms < i64::MAX;
        Ok(Limits {
            batch_bytes_max: usize::try_from(settings.max_message_bytes).unwrap_or(usize::MAX),
            depth: if looks_inside { Depth::Records } else { Depth::Header },
            from_client: true,
            zstd_allowed: limits.zstd,
            key_required: settings.compact,
            timestamp_type: settings.message_timestamp_type,
            timestamps: Limits::timestamps_around(self.clock.now(), before_max_ms, after_max_ms),
        })
    }
}

impl TopicSettings {
    /// The codec that a batch must be brought to; `None` if it stays as it is. As in Kafka, the level does not matter where
    /// the codec is the right one, and markers stay as they are.
    fn recompression(&self, header: &BatchHeader) -> Result<Option<TopicCompression>, AppendError> {
        let Some(target) = self.compression else { return Ok(None) };
        Ok((header.compression()? != target.codec && !header.is_control()).then_some(target))
    }
}
