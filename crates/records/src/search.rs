//! Finding records by their timestamp.

use vltava_model::{Offset, Timestamp};

use crate::batch::Batch;
use crate::error::BatchError;
use crate::header::TimestampType;
use crate::iter::Base;
use crate::record::RawRecord;
use crate::source::{Source, Stream};
use crate::varint::Reader;

/// Searching. A compressed batch is decompressed up to the record that is found.
impl Batch {
    /// The first record from offset `from` on whose timestamp is `timestamp` or later.
    pub fn offset_for_timestamp(
        &self,
        timestamp: Timestamp,
        from: Offset,
    ) -> Result<Option<(Timestamp, Offset)>, BatchError> {
        if self.header.max_timestamp < timestamp.0 || self.header.last_offset() < from {
            return Ok(None);
        }
        self.find(|at, offset| at >= timestamp && offset >= from)
    }

    /// The offset of the first record that has the batch's latest timestamp; `None` if it has no timestamps, or
    /// no records any more. [`BatchHeader::last_offset`](crate::BatchHeader::last_offset) is the cheap answer, which
    /// Kafka's time index uses.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<Offset>, BatchError> {
        let max = self.header.max_timestamp();
        if max == Timestamp::NONE {
            return Ok(None);
        }
        if self.header.timestamp_type() == TimestampType::LogAppendTime
            && self.header.records_count == self.header.last_offset_delta.wrapping_add(1)
        {
            return Ok(Some(self.header.first_offset()));
        }
        Ok(self.find(|at, _| at == max)?.map(|(_, offset)| offset))
    }

    fn find(
        &self,
        wanted: impl Fn(Timestamp, Offset) -> bool,
    ) -> Result<Option<(Timestamp, Offset)>, BatchError> {
        if self.header.records_count == 0 {
            return Ok(None);
        }
        let body = self.body();
        match Stream::new(&self.header, &body)? {
            None => self.find_in(&mut Reader::new(&body), wanted),
            Some(mut stream) => self.find_in(&mut stream, wanted),
        }
    }

    fn find_in(
        &self,
        source: &mut impl Source,
        wanted: impl Fn(Timestamp, Offset) -> bool,
    ) -> Result<Option<(Timestamp, Offset)>, BatchError> {
        let base = Base::of(&self.header);
        for index in 0..self.header.records_count {
            let record = RawRecord::decode(source.next_body(index)?)
                .map_err(|reason| BatchError::MalformedRecord { index, reason })?;
            let (timestamp, offset) = (base.timestamp(&record), base.offset(&record));
            if wanted(timestamp, offset) {
                return Ok(Some((timestamp, offset)));
            }
        }
        Ok(None)
    }
}
