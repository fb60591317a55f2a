//! The bounds of everything that grows.

/// Index entries of a segment held in memory before they are written to its index file.
/// 64 KiB of offset index, which speaks for 32 MiB of records with the default interval.
pub(crate) const INDEX_TAIL_ENTRIES_MAX: usize = 8192;

/// Batches whose metadata is kept for each producer, to recognise a repeated one. Kafka's number: a producer has at
/// most five requests in flight.
pub(crate) const PRODUCER_BATCHES_MAX: usize = 5;

/// Buffers that one `pwritev` takes; the kernel's limit is 1024.
pub(crate) const WRITE_BUFFERS_MAX: usize = 1024;

/// Bytes read at once while walking batch headers to find an offset. Two index intervals: most walks need one read.
pub(crate) const WALK_BUFFER_BYTES: usize = 8 * 1024;

/// Bytes read at once while scanning a whole segment.
pub(crate) const SCAN_BUFFER_BYTES: usize = 256 * 1024;

/// The longest file or folder name of the file systems we run on.
pub(crate) const FILE_NAME_BYTES_MAX: usize = 255;

/// Entries of a checkpoint file, so that a damaged count cannot ask for the world's memory.
pub(crate) const CHECKPOINT_ENTRIES_MAX: usize = 10_000_000;
