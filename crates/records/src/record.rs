//! One record, owned or borrowed, and its wire format.
//!
//! ```text
//! varint   length of what follows
//! i8       attributes, unused
//! varlong  timestamp less the batch's base timestamp
//! varint   offset less the batch's base offset
//! varint   key length, negative for null; key
//! varint   value length, negative for null; value
//! varint   number of headers, then for each
//! varint   key length; key
//! varint   value length, negative for null; value
//! ```

use bytes::Bytes;
use vltava_model::{Offset, Timestamp};

use crate::varint::Reader;

/// One record, by reference into its batch (or what the batch was decompressed to). Something that lives long
/// should copy what it keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp: its own, or the batch's with LogAppendTime.
    pub timestamp: Timestamp,
    /// The key, which may be absent.
    pub key: Option<Bytes>,
    /// The value; absent in a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in the order in which they were sent, repeated keys included.
    pub headers: RecordHeaders,
}

/// A header of a record. Keys may repeat, and the order counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordHeader {
    /// The key: text, by Kafka's convention.
    pub key: Bytes,
    /// The value, which may be absent.
    pub value: Option<Bytes>,
}

/// A record's headers, decoded when they are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordHeaders {
    count: usize,
    /// As in the record; known to be whole.
    bytes: Bytes,
}

impl RecordHeaders {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One after the other, by reference.
    pub fn iter(&self) -> impl Iterator<Item = RecordHeader> + '_ {
        let refs = HeaderRefs { count: self.count, reader: Reader::new(&self.bytes) };
        refs.map(|(key, value)| RecordHeader {
            key: self.bytes.slice_ref(key),
            value: value.map(|value| self.bytes.slice_ref(value)),
        })
    }

    /// The value of the last header with this key, as Kafka's clients look one up.
    pub fn last(&self, key: &[u8]) -> Option<RecordHeader> {
        self.iter().filter(|header| *header.key == *key).last()
    }
}

/// One record, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct RecordRef<'a> {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp: its own, or the batch's with LogAppendTime.
    pub timestamp: Timestamp,
    /// The key, which may be absent.
    pub key: Option<&'a [u8]>,
    /// The value; absent in a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers: key and value of each.
    pub headers: HeaderRefs<'a>,
}

impl RecordRef<'_> {
    /// The same, by reference into `data`, in which the record lies.
    pub(crate) fn to_record(self, data: &Bytes) -> Record {
        Record {
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.map(|key| data.slice_ref(key)),
            value: self.value.map(|value| data.slice_ref(value)),
            headers: RecordHeaders {
                count: self.headers.count,
                bytes: data.slice_ref(self.headers.reader.rest()),
            },
        }
    }
}

/// A record's headers, borrowed: an iterator over keys and values.
#[derive(Debug, Clone, Copy)]
pub struct HeaderRefs<'a> {
    count: usize,
    /// Over bytes that are known to be whole headers.
    reader: Reader<'a>,
}

impl<'a> HeaderRefs<'a> {
    /// How many there are, and all of them as they stand in the record.
    pub(crate) fn raw(&self) -> (usize, &'a [u8]) {
        (self.count, self.reader.rest())
    }
}

impl<'a> Iterator for HeaderRefs<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.count = self.count.checked_sub(1)?;
        read_header(&mut self.reader).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl ExactSizeIterator for HeaderRefs<'_> {}

#[inline]
fn read_header<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), &'static str> {
    let key = reader.nullable_bytes()?.ok_or("a header without key")?;
    Ok((key, reader.nullable_bytes()?))
}

/// A record as it stands in a batch, with the numbers that count from the batch's.
pub(crate) struct RawRecord<'a> {
    pub(crate) timestamp_delta: i64,
    pub(crate) offset_delta: i32,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) headers: HeaderRefs<'a>,
}

impl<'a> RawRecord<'a> {
    /// Decodes and checks everything behind the record's length.
    #[inline]
    pub(crate) fn decode(body: &'a [u8]) -> Result<RawRecord<'a>, &'static str> {
        let mut reader = Reader::new(body);
        reader.u8()?;
        let timestamp_delta = reader.i64()?;
        let offset_delta = reader.i32()?;
        let key = reader.nullable_bytes()?;
        let value = reader.nullable_bytes()?;
        let count = usize::try_from(reader.i32()?).or(Err("a negative number of headers"))?;
        let headers = HeaderRefs { count, reader };
        for _ in 0..count {
            read_header(&mut reader)?;
        }
        if !reader.rest().is_empty() {
            return Err("bytes are left behind the record's last field");
        }
        Ok(RawRecord { timestamp_delta, offset_delta, key, value, headers })
    }
}
