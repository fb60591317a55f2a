//! The named maxima of this crate.

/// What any batch may unfold to, however small it is: 128 MiB. Kafka has no such limit. Well above every
/// batch seen in practice (a batch of Kafka's default 1 MiB maximum would have to shrink to 1/128), and inflated
/// in well under a second, so that a crafted batch cannot keep a thread busy for long.
pub const DECOMPRESSED_BYTES_FLOOR: usize = 128 << 20;

/// How many times its own size a batch may unfold to where that is more than the floor: for topics
/// whose `max.message.bytes` is tens of megabytes.
pub const DECOMPRESSED_RATIO: usize = 64;

/// What the records of a batch that is compressed anew may take before that: 1 GiB, which leaves room for data that grows
/// where it is compressed, since a batch must stay below 2 GiB.
pub const REWRITTEN_BYTES_MAX: usize = 1 << 30;

/// How many faulty records of one batch are named in an error; the rest are known to be refused with them.
pub const RECORD_FAULTS_MAX: usize = 4096;

/// The most bytes that `compressed` bytes of records may unfold to.
#[inline]
pub fn decompressed_bytes_max(compressed: usize) -> usize {
    DECOMPRESSED_BYTES_FLOOR.max(compressed.saturating_mul(DECOMPRESSED_RATIO))
}
