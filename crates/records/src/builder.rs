//! Making batches.

use bytes::{BufMut, Bytes};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::batch::Batch;
use crate::compression::Compression;
use crate::header::{BatchHeader, HEADER_BYTES};
use crate::record::RecordHeader;
use crate::varint;

/// Collects records into one batch.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    header: BatchHeader,
    /// Room for the header, then the records as they are pushed.
    bytes: Vec<u8>,
    level: Option<i32>,
}

impl Default for BatchBuilder {
    fn default() -> BatchBuilder {
        BatchBuilder::new()
    }
}

impl BatchBuilder {
    /// An empty batch at offset 0 without a producer.
    pub fn new() -> BatchBuilder {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            crc: 0,
            attributes: 0,
            last_offset_delta: -1,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            records_count: 0,
        };
        BatchBuilder { header, bytes: vec![0; HEADER_BYTES], level: None }
    }

    /// An empty batch with the producer, the place and the transaction of another.
    pub(crate) fn like(header: &BatchHeader) -> BatchBuilder {
        let builder = BatchBuilder::new()
            .at(header.first_offset(), header.leader_epoch())
            .producer(header.producer_id(), header.producer_epoch(), header.base_sequence());
        if header.is_transactional() { builder.transactional() } else { builder }
    }

    /// Places the batch in a log at once.
    pub fn at(mut self, base_offset: Offset, leader_epoch: LeaderEpoch) -> BatchBuilder {
        self.header.base_offset = base_offset.0;
        self.header.partition_leader_epoch = leader_epoch.0;
        self
    }

    /// Makes it the batch of an idempotent producer.
    pub fn producer(
        mut self,
        id: ProducerId,
        epoch: ProducerEpoch,
        base_sequence: Sequence,
    ) -> BatchBuilder {
        self.header.producer_id = id.0;
        self.header.producer_epoch = epoch.0;
        self.header.base_sequence = base_sequence.0;
        self
    }

    /// Compresses at this level of its codec instead of Kafka's default.
    pub fn level(mut self, level: i32) -> BatchBuilder {
        self.level = Some(level);
        self
    }

    /// Makes it part of a transaction.
    pub fn transactional(mut self) -> BatchBuilder {
        self.header.set_transactional();
        self
    }

    /// Marks its records as control records.
    pub fn control(mut self) -> BatchBuilder {
        self.header.set_control();
        self
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.header.records_count).unwrap_or(0)
    }

    /// Whether there is no record yet.
    pub fn is_empty(&self) -> bool {
        self.header.records_count == 0
    }

    /// The size of the batch so far, in bytes and without compression.
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a record at the next offset.
    pub fn push(
        &mut self,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader],
    ) {
        self.push_at(self.header.last_offset_delta + 1, timestamp, key, value, headers);
    }

    /// Adds a record at a chosen offset, counted from the batch's first: compacted batches have gaps.
    ///
    /// # Panics
    /// Past 2 GiB, which is beyond what any limit on batches or requests allows.
    pub fn push_at(
        &mut self,
        offset_delta: i32,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader],
    ) {
        self.header.last_offset_delta = offset_delta - 1;
        let headers = headers.iter().map(|header| (&header.key[..], header.value.as_deref()));
        self.push_record(timestamp.0, key, value, headers);
    }

    /// Adds a record, its fields by reference, at the next offset.
    ///
    /// # Panics
    /// As [`BatchBuilder::push_at`].
    #[inline]
    pub(crate) fn push_record<'a>(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)> + Clone,
    ) {
        if self.is_empty() {
            self.header.base_timestamp = timestamp;
        }
        let offset_delta = self.header.last_offset_delta + 1;
        let timestamp_delta = timestamp.wrapping_sub(self.header.base_timestamp);
        let body = 1
            + varint::size_i64(timestamp_delta)
            + varint::size_i32(offset_delta)
            + sized(key)
            + sized(value)
            + varint::size_i32(length(headers.len()))
            + headers.clone().map(|(key, value)| sized(Some(key)) + sized(value)).sum::<usize>();
        let out = &mut self.bytes;
        out.reserve(body + varint::size_i32(length(body)));
        varint::put_i32(out, length(body));
        out.put_u8(0);
        varint::put_i64(out, timestamp_delta);
        varint::put_i32(out, offset_delta);
        put_sized(out, key);
        put_sized(out, value);
        varint::put_i32(out, length(headers.len()));
        for (key, value) in headers {
            put_sized(out, Some(key));
            put_sized(out, value);
        }
        self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        self.header.last_offset_delta = offset_delta;
        self.header.records_count += 1;
    }

    /// Closes the batch.
    ///
    /// # Panics
    /// Past 2 GiB, as [`BatchBuilder::push_at`].
    pub fn build(self, compression: Compression) -> Bytes {
        self.seal(compression).bytes
    }

    /// The same, with its header.
    pub(crate) fn seal(mut self, compression: Compression) -> Batch {
        self.header.set_compression(compression);
        let bytes = match compression {
            Compression::None => self.bytes,
            codec => {
                let mut bytes = vec![0; HEADER_BYTES];
                codec.compress(self.level, &self.bytes[HEADER_BYTES..], &mut bytes);
                bytes
            }
        };
        self.header.seal(bytes)
    }
}

/// A length as the format has it.
#[inline]
fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("a record stays below 2 GiB")
}

/// How many bytes a length-prefixed field takes.
#[inline]
fn sized(field: Option<&[u8]>) -> usize {
    match field {
        None => 1,
        Some(bytes) => varint::size_i32(length(bytes.len())) + bytes.len(),
    }
}

#[inline]
fn put_sized(out: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        None => varint::put_i32(out, -1),
        Some(bytes) => {
            varint::put_i32(out, length(bytes.len()));
            out.put_slice(bytes);
        }
    }
}
