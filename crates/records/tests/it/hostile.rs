//! Bytes that nobody meant. Nothing may panic, and nothing may take more memory than its limit.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use vltava_model::{LeaderEpoch, Offset, Timestamp};
use vltava_records::{
    Batch, BatchBuilder, BatchError, BatchHeader, Compression, EndTransactionMarker, Limits,
    StampedBatch, batches, headers,
};

use crate::round_trip::{codec, draft, push_all};

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

/// Remembers the largest piece of memory that a thread asked for.
struct Watched;

#[allow(unsafe_code, reason = "an allocator is unsafe by its trait; this one only forwards")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// The largest single allocation while `work` runs.
fn largest_allocation(work: impl FnOnce()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

/// Everything that the crate does with bytes from outside.
fn look_at(bytes: &[u8]) {
    let _ = headers(bytes).filter(Result::is_ok).count();
    let _ = BatchHeader::decode(bytes);
    let _ = EndTransactionMarker::parse(bytes, Some(bytes));
    for batch in batches(Bytes::copy_from_slice(bytes)) {
        let Ok(mut batch) = batch else { return };
        let _ = batch.offset_for_timestamp(Timestamp(0), Offset(i64::MIN));
        let _ = batch.offset_of_max_timestamp();
        if let Ok(records) = batch.records() {
            for record in records.flatten() {
                assert_eq!(record.headers.iter().count(), record.headers.len());
            }
        }
        let limits = Limits { batch_bytes_max: usize::MAX, ..Limits::default() };
        let _ = batch.validate(&limits);
        let stamped = batch.stamp(Offset(0), LeaderEpoch(0), Some(Timestamp(1)));
        let again = StampedBatch::decode(stamped.to_bytes()).unwrap();
        assert_eq!(again, stamped);
        let _ = batch.recompress(&limits, Compression::Zstd, None);
    }
}

/// A batch whose CRC and length are right again after these bytes were changed.
fn mend(bytes: &mut [u8]) {
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    bytes[16] = 2;
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..300)) {
        look_at(&bytes);
        for codec in Compression::ALL {
            let _ = codec.decompress(&bytes, 10_000);
        }
    }

    #[test]
    fn random_bodies(id in 0u8..5, count: i32, body in vec(any::<u8>(), 0..200)) {
        let mut bytes = vec![0; 61];
        bytes[22] = id;
        bytes[57..61].copy_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&body);
        mend(&mut bytes);
        look_at(&bytes);
    }

    #[test]
    fn changed_batches(
        drafts in vec(draft(), 1..5),
        codec in codec(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut builder = BatchBuilder::new();
        push_all(&mut builder, &drafts);
        let mut bytes = builder.build(codec).to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        look_at(&bytes);
        look_at(&bytes[..cut.index(bytes.len())]);
        mend(&mut bytes);
        let largest = largest_allocation(|| look_at(&bytes));
        prop_assert!(largest < 16 << 20, "an allocation of {largest} bytes");
    }
}

/// A batch of 200 KB that unfolds to 2 GiB: refused, with the memory of a window.
#[test]
fn a_bomb_is_not_held_in_memory() {
    let block = vec![0; 1 << 20];
    let frame = zstd::bulk::compress(&block, 19).unwrap();
    let mut bytes = vec![0; 61];
    bytes[22] = 4;
    bytes[57..61].copy_from_slice(&1i32.to_be_bytes());
    // One record of 2 GB, so that the window grows as far as it is let.
    bytes.extend_from_slice(&zstd::bulk::compress(&[0xfe, 0xff, 0xff, 0xff, 0x0e], 1).unwrap());
    for _ in 0..2048 {
        bytes.extend_from_slice(&frame);
    }
    mend(&mut bytes);
    let mut batch = Batch::single(bytes.into()).unwrap();
    let largest = largest_allocation(|| {
        let refused = batch.validate(&Limits::default()).unwrap_err();
        assert_eq!(refused.to_string(), "the records decompress to more than 134217728 bytes");
    });
    assert!(largest <= 2 * (128 << 20), "an allocation of {largest} bytes");

    // The same zeros as many small records are malformed from the first on, and no more is decompressed.
    let mut small = vec![0; 61];
    small[22] = 4;
    small[57..61].copy_from_slice(&i32::MAX.to_be_bytes());
    small[23..27].copy_from_slice(&(i32::MAX - 1).to_be_bytes());
    small.extend((0..2048).flat_map(|_| frame.clone()));
    mend(&mut small);
    let mut batch = Batch::single(small.into()).unwrap();
    let largest = largest_allocation(|| {
        let refused = batch.validate(&Limits::default()).unwrap_err();
        assert!(matches!(refused, BatchError::MalformedRecord { index: 0, .. }), "{refused}");
    });
    assert!(largest < 1 << 20, "an allocation of {largest} bytes");
}
