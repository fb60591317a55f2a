//! Applies a coordinator's batches in order. What a transaction wrote counts once its marker says that it was
//! committed; offsets that were sent to a transaction that was aborted were never committed.

use std::collections::HashMap;

use vltava_coordinator::Shard;
use vltava_model::{ProducerId, TopicPartition};
use vltava_records::{Batch, BatchError, EndTransactionMarker, Record, TransactionResult};

/// A shard that is being loaded.
pub(super) struct Replay<'a, S: Shard> {
    partition: &'a TopicPartition,
    pub(super) shard: S,
    /// The events of open transactions.
    open: HashMap<ProducerId, Vec<S::Event>>,
    /// How many events that is.
    pub(super) held: usize,
    pub(super) records: u64,
    /// Records of kinds that the shard does not know.
    pub(super) unknown: u64,
}

impl<'a, S: Shard> Replay<'a, S> {
    pub(super) fn new(partition: &'a TopicPartition, shard: S) -> Replay<'a, S> {
        Replay { partition, shard, open: HashMap::new(), held: 0, records: 0, unknown: 0 }
    }

    /// Applies one batch.
    pub(super) fn batch(&mut self, batch: &Batch) -> Result<(), BatchError> {
        let transaction = batch.header.is_transactional().then(|| batch.header.producer_id());
        for record in batch.records()? {
            let record = record?;
            if batch.header.is_control() {
                self.control(batch.header.producer_id(), &record)?;
            } else {
                self.record(transaction, record);
            }
        }
        Ok(())
    }

    fn control(&mut self, producer: ProducerId, record: &Record) -> Result<(), BatchError> {
        let key = record.key.as_deref().unwrap_or_default();
        let marker = EndTransactionMarker::parse(key, record.value.as_deref())?;
        let Some(marker) = marker else { return Ok(()) };
        let events = self.open.remove(&producer).unwrap_or_default();
        self.held -= events.len();
        if marker.result == TransactionResult::Commit {
            events.iter().for_each(|event| self.shard.apply(event));
        }
        Ok(())
    }

    fn record(&mut self, transaction: Option<ProducerId>, record: Record) {
        self.records += 1;
        let event = record.key.map(|key| S::replay(key, record.value));
        match (event, transaction) {
            (Some(Ok(Some(event))), None) => self.shard.apply(&event),
            (Some(Ok(Some(event))), Some(producer)) => {
                self.open.entry(producer).or_default().push(event);
                self.held += 1;
            }
            (None | Some(Ok(None)), _) => self.unknown += 1,
            (Some(Err(error)), _) => {
                self.unknown += 1;
                tracing::error!(partition = %self.partition, offset = %record.offset, %error, "a record of the coordinator cannot be read and is passed over");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vltava_coordinator::group::{Answer, GroupConfig, GroupShard, Input, Request};
    use vltava_coordinator::{Effect, Token};
    use vltava_model::{ProducerEpoch, Sequence, Timestamp};
    use vltava_records::{BatchBuilder, Compression};

    use super::*;

    /// An offset that group `g` commits for a topic `t`, as a batch.
    fn commit(topic: &str, transaction: Option<i64>) -> Batch {
        let text = |text: &str| [&[0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let key = [&[0, 1][..], &text("g"), &text(topic), &[0, 0, 0, 0]].concat();
        // v1: offset 7, no metadata, no times
        let value = [&[0, 1][..], &[0, 0, 0, 0, 0, 0, 0, 7], &[0, 0], &[0; 8], &[255; 8]].concat();
        let mut builder = BatchBuilder::new();
        if let Some(id) = transaction {
            builder = builder.producer(ProducerId(id), ProducerEpoch(0), Sequence(0));
            builder = builder.transactional();
        }
        builder.push(Timestamp(5), Some(&key), Some(&value), &[]);
        Batch::single(builder.build(Compression::None)).unwrap()
    }

    fn end(id: i64, result: TransactionResult) -> Batch {
        let marker = EndTransactionMarker { result, coordinator_epoch: 0 };
        let bytes = marker.build(ProducerId(id), ProducerEpoch(0), Timestamp(6));
        Batch::single(bytes).unwrap()
    }

    /// The topics that `g` has committed offsets of.
    fn committed(shard: &GroupShard) -> usize {
        let group = vltava_model::GroupId::new("g");
        let fetch = Request::DeleteGroups(vec![group]);
        let input = Input::Request { token: Token(1), request: fetch };
        let decision = shard.decide(Timestamp(9), input);
        assert!(matches!(decision.effects[..], [Effect::Reply(_, Answer::DeleteGroups(_))]));
        // Deleting the group takes back each of its offsets, and the group itself if there is one.
        let offsets = decision.events.iter().filter_map(GroupShard::record);
        offsets.filter(|record| record.value.is_none() && record.key[1] == 1).count()
    }

    #[test]
    fn a_transaction_counts_once_it_is_committed() {
        let partition = TopicPartition::parse("__consumer_offsets-0").unwrap();
        let shard = GroupShard::new(Arc::new(GroupConfig::default()));
        let mut replay = Replay::new(&partition, shard);
        let mut check = |batch: &Batch, expected: usize, held: usize| {
            replay.batch(batch).unwrap();
            assert_eq!((committed(&replay.shard), replay.held), (expected, held));
        };
        check(&commit("plain", None), 1, 0);
        check(&commit("first", Some(4)), 1, 1);
        check(&commit("second", Some(5)), 1, 2);
        check(&end(4, TransactionResult::Abort), 1, 1);
        check(&end(5, TransactionResult::Commit), 2, 0);
        check(&commit("third", Some(4)), 2, 1);
        check(&end(9, TransactionResult::Commit), 2, 1);
    }
}
