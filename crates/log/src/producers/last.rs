//! Where each producer's last records lie, which compaction must not lose.

use std::collections::HashMap;

use vltava_model::{Offset, ProducerEpoch, ProducerId};
use vltava_records::BatchHeader;

use super::Producers;

/// The producers that the log knows, each with the offset of its last record, if it has one in its epoch.
#[derive(Clone, Debug, Default)]
pub struct LastRecords(HashMap<ProducerId, (Option<Offset>, ProducerEpoch)>);

impl LastRecords {
    /// Whether the producer's state rests on this batch: it has the producer's last sequence or, where the producer has
    /// only written markers in its epoch, it is a marker of it.
    pub(crate) fn rest_on(&self, header: &BatchHeader) -> bool {
        match self.0.get(&header.producer_id()) {
            _ if !header.has_producer_id() => false,
            None => false,
            Some((Some(last), _)) => header.last_offset() == *last,
            Some((None, epoch)) => header.is_control() && header.producer_epoch() == *epoch,
        }
    }
}

impl Producers {
    /// All of them.
    pub(crate) fn last_records(&self) -> LastRecords {
        let last = |producer: &super::entry::Producer| {
            (producer.batches().last().map(|batch| batch.last_offset), producer.epoch)
        };
        LastRecords(self.by_id.iter().map(|(id, producer)| (*id, last(producer))).collect())
    }
}
