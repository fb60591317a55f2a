//! Producer ids, unique in the cluster for ever.

use std::ops::Range;
use std::sync::Arc;

use vltava_metadata::{Key, Write, producer_ids_value};
use vltava_model::ProducerId;

use crate::catalog::{Catalog, CatalogError};
use crate::limits::PRODUCER_IDS_BLOCK;

/// Hands out producer ids from blocks that are taken from the store.
pub struct ProducerIds {
    catalog: Arc<Catalog>,
    block: tokio::sync::Mutex<Range<i64>>,
}

impl ProducerIds {
    pub(crate) fn new(catalog: Arc<Catalog>) -> ProducerIds {
        ProducerIds { catalog, block: tokio::sync::Mutex::new(0..0) }
    }

    /// An id that was never handed out before.
    pub async fn next(&self) -> Result<ProducerId, CatalogError> {
        let mut block = self.block.lock().await;
        if let Some(id) = block.next() {
            return Ok(ProducerId(id));
        }
        let taken = std::sync::atomic::AtomicI64::new(0);
        self.catalog
            .change(|image| {
                let first = image.next_producer_id();
                taken.store(first, std::sync::atomic::Ordering::Relaxed);
                let mut write = Write::default();
                let next = producer_ids_value(first + PRODUCER_IDS_BLOCK);
                write.replace(image, &Key::ProducerIds, next);
                write
            })
            .await?;
        let first = taken.into_inner();
        *block = first + 1..first + PRODUCER_IDS_BLOCK;
        Ok(ProducerId(first))
    }
}
