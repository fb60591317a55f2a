//! Batches one behind the other, and where a region ends.

use bytes::{Bytes, BytesMut};
use vltava_model::{LeaderEpoch, Offset};
use vltava_records::{
    BatchError, BatchHeader, Compression, ErrorKind, HEADER_BYTES, StampedBatch, batches, headers,
};

use crate::batch_of;

/// Three batches of two records each, at offsets 10, 12 and 14.
fn region() -> Bytes {
    let batch = batch_of(&[(1, "a"), (2, "b")], Compression::None);
    let mut region = BytesMut::new();
    for base in [10, 12, 14] {
        region.extend_from_slice(&batch.stamp(Offset(base), LeaderEpoch(3), None).to_bytes());
    }
    region.freeze()
}

#[test]
fn every_batch_and_header_is_found() {
    let region = region();
    let found: Vec<_> = batches(region.clone()).map(Result::unwrap).collect();
    let bases: Vec<_> = found.iter().map(|batch| batch.header.base_offset).collect();
    assert_eq!(bases, [10, 12, 14]);
    let mut seen = headers(&region);
    for batch in &found {
        let position = seen.position();
        let (header, bytes) = seen.next().unwrap().unwrap();
        assert_eq!((header, bytes), (batch.header, &batch.bytes[..]));
        assert_eq!(&region[position..seen.position()], bytes);
        header.check_crc(bytes).unwrap();
    }
    assert!(seen.next().is_none());
    assert_eq!(seen.position(), region.len());
}

/// Wherever a region is cut, the whole batches are there and the rest is incomplete, not corrupt.
#[test]
fn a_cut_off_tail_is_incomplete() {
    let region = region();
    let size = region.len() / 3;
    for cut in 0..region.len() {
        let mut found = batches(region.slice(..cut));
        let mut seen = headers(&region[..cut]);
        for _ in 0..cut / size {
            assert!(found.next().unwrap().is_ok());
            assert!(seen.next().unwrap().is_ok());
        }
        assert_eq!(found.position(), cut / size * size);
        assert_eq!(seen.position(), cut / size * size);
        if cut % size != 0 {
            assert_eq!(found.next().unwrap().unwrap_err().kind(), ErrorKind::Incomplete);
            assert_eq!(seen.next().unwrap().unwrap_err().kind(), ErrorKind::Incomplete);
        }
        assert!(found.next().is_none());
        assert!(seen.next().is_none());
    }
}

#[test]
fn what_is_no_batch_is_corrupt() {
    let zeros = [0; 200];
    assert_eq!(headers(&zeros).next().unwrap().unwrap_err(), BatchError::OldMagic(0));
    let mut bytes = region().to_vec();
    bytes[16] = 3;
    assert_eq!(headers(&bytes).next().unwrap().unwrap_err(), BatchError::UnknownMagic(3));
    bytes[16] = 2;
    bytes[8..12].copy_from_slice(&48i32.to_be_bytes());
    let too_small = BatchError::LengthTooSmall { batch_length: 48 };
    assert_eq!(headers(&bytes).next().unwrap().unwrap_err(), too_small);
    assert_eq!(BatchHeader::decode(&bytes[..60]), Err(too_small), "known before the header ends");
    bytes[8..12].copy_from_slice(&(-1i32).to_be_bytes());
    assert_eq!(
        BatchHeader::decode(&bytes[..12]),
        Err(BatchError::LengthTooSmall { batch_length: -1 })
    );
}

#[test]
fn a_header_is_read_from_its_61_bytes() {
    let region = region();
    let header = BatchHeader::decode(&region[..HEADER_BYTES]).unwrap();
    assert_eq!(header.size_bytes() * 3, region.len());
    assert_eq!(header.encode(), region[..HEADER_BYTES]);
    assert_eq!((header.first_offset(), header.last_offset()), (Offset(10), Offset(11)));
    assert_eq!(
        BatchHeader::decode(&region[..60]),
        Err(BatchError::Incomplete { needed: 61, available: 60 })
    );
}

#[test]
fn a_stamped_batch_comes_back_from_a_log() {
    let region = region();
    let one = region.slice(..region.len() / 3);
    let stamped = StampedBatch::decode(one.clone()).unwrap();
    assert_eq!(stamped.to_bytes(), one);
    assert_eq!(stamped.parts().concat(), one);
    assert_eq!(stamped.len(), one.len());
    let behind = StampedBatch::decode(region.slice(..one.len() + 1)).unwrap_err();
    assert_eq!(behind, BatchError::MoreThanOne { extra_bytes: 1 });
}
