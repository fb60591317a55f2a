//! Reading the records of a batch.

use bytes::Bytes;
use vltava_model::{Offset, Timestamp};

use crate::batch::Batch;
use crate::compression::Compression;
use crate::error::BatchError;
use crate::header::{BatchHeader, TimestampType};
use crate::limits;
use crate::record::{RawRecord, Record, RecordRef};
use crate::source::split_body;
use crate::varint::Reader;

/// What turns the numbers inside records into offsets and timestamps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base {
    offset: i64,
    timestamp: i64,
    /// The timestamp of every record, with LogAppendTime.
    append_time: Option<i64>,
}

impl Base {
    #[inline]
    pub(crate) fn of(header: &BatchHeader) -> Base {
        let append_time = match header.timestamp_type() {
            TimestampType::CreateTime => None,
            TimestampType::LogAppendTime => Some(header.max_timestamp),
        };
        Base { offset: header.base_offset, timestamp: header.base_timestamp, append_time }
    }

    #[inline]
    pub(crate) fn offset(&self, record: &RawRecord<'_>) -> Offset {
        Offset(self.offset.wrapping_add(i64::from(record.offset_delta)))
    }

    #[inline]
    pub(crate) fn timestamp(&self, record: &RawRecord<'_>) -> Timestamp {
        let own = self.timestamp.wrapping_add(record.timestamp_delta);
        Timestamp(self.append_time.unwrap_or(own))
    }
}

/// Where reading stands.
#[derive(Debug, Clone, Copy)]
struct Progress {
    base: Base,
    /// The number of the next record.
    index: i32,
    count: i32,
    ended: bool,
}

impl Progress {
    fn new(header: &BatchHeader) -> Progress {
        Progress { base: Base::of(header), index: 0, count: header.records_count, ended: false }
    }

    #[inline]
    fn read<'a>(&mut self, reader: &mut Reader<'a>) -> Option<Result<RecordRef<'a>, BatchError>> {
        if self.ended {
            return None;
        }
        let index = self.index;
        if index >= self.count {
            self.ended = true;
            return self.check_end(reader).err().map(Err);
        }
        self.index += 1;
        let record = split_body(reader).and_then(RawRecord::decode);
        self.ended = record.is_err();
        Some(match record {
            Ok(record) => Ok(RecordRef {
                offset: self.base.offset(&record),
                timestamp: self.base.timestamp(&record),
                key: record.key,
                value: record.value,
                headers: record.headers,
            }),
            Err(reason) => Err(BatchError::MalformedRecord { index, reason }),
        })
    }

    fn check_end(&self, reader: &Reader<'_>) -> Result<(), BatchError> {
        if self.count < 0 {
            return Err(BatchError::BadCount { records_count: self.count });
        }
        // Kafka looks behind the last record only, so not if there is none.
        if self.count > 0 && !reader.rest().is_empty() {
            return Err(BatchError::BytesAfterRecords);
        }
        Ok(())
    }
}

/// The records of a batch in order, borrowed. Ends with one error if they are malformed.
#[derive(Debug, Clone)]
pub struct RecordRefs<'a> {
    progress: Progress,
    reader: Reader<'a>,
}

impl<'a> Iterator for RecordRefs<'a> {
    type Item = Result<RecordRef<'a>, BatchError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.progress.read(&mut self.reader)
    }
}

/// The records of a batch in order. Ends with one error if they are malformed.
#[derive(Debug, Clone)]
pub struct RecordIter {
    progress: Progress,
    data: Bytes,
    /// How much of the data has been read.
    at: usize,
}

impl Iterator for RecordIter {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = Reader::new(&self.data[self.at..]);
        let next = self.progress.read(&mut reader)?;
        let record = next.map(|record| record.to_record(&self.data));
        self.at = self.data.len() - reader.rest().len();
        Some(record)
    }
}

impl BatchHeader {
    /// The records in `data`, which [`Batch::record_data`] of the same batch gave.
    pub fn records_in<'a>(&self, data: &'a [u8]) -> RecordRefs<'a> {
        RecordRefs { progress: Progress::new(self), reader: Reader::new(data) }
    }
}

/// Reading.
impl Batch {
    /// The bytes of the records, decompressed: by reference if they were not compressed.
    pub fn record_data(&self) -> Result<Bytes, BatchError> {
        let body = self.body();
        match self.header.compression()? {
            Compression::None => Ok(body),
            // The log cleaner may leave a batch of no records, with no compressed data either.
            _ if self.header.records_count == 0 => Ok(Bytes::new()),
            codec => Ok(Bytes::from(
                codec.decompress(&body, limits::decompressed_bytes_max(body.len()))?,
            )),
        }
    }

    /// The records. All are decompressed at once; they are decoded one by one as they are asked for.
    pub fn records(&self) -> Result<RecordIter, BatchError> {
        let data = self.record_data()?;
        Ok(RecordIter { progress: Progress::new(&self.header), data, at: 0 })
    }
}
