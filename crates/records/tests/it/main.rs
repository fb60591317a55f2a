//! The crate from outside, as brokers and logs use it.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy knows only functions marked as tests"
)]

mod codecs;
mod golden;
mod hostile;
mod peer;
mod recompressing;
mod regions;
mod retaining;
mod round_trip;
mod searching;
mod stamping;
mod validation;

use bytes::Bytes;
use vltava_model::Timestamp;
use vltava_records::{Batch, BatchBuilder, Compression, Record, RecordHeader};

/// A header, for short.
fn header(key: &'static str, value: Option<&'static str>) -> RecordHeader {
    RecordHeader { key: key.into(), value: value.map(Bytes::from) }
}

/// A batch of records with these timestamps and values, keys `k`.
fn batch_of(records: &[(i64, &str)], compression: Compression) -> Batch {
    let mut builder = BatchBuilder::new();
    for (timestamp, value) in records {
        builder.push(Timestamp(*timestamp), Some(b"k"), Some(value.as_bytes()), &[]);
    }
    Batch::single(builder.build(compression)).unwrap()
}

/// All records of a batch that must be readable.
fn records_of(batch: &Batch) -> Vec<Record> {
    batch.records().unwrap().collect::<Result<_, _>>().unwrap()
}
