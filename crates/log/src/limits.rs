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

/// The index interval for an index that is made anew outside of a log's own recovery. Kafka's default.
pub(crate) const REBUILD_INTERVAL_BYTES: u32 = 4096;

/// An offset index is suspected of having lost its end if this much of the segment lies behind its last entry …
pub(crate) const INDEX_GAP_BYTES: u32 = 256 * 1024;

/// … and found guilty if so many batches begin in there; large batches may be few.
pub(crate) const INDEX_GAP_BATCHES: usize = 64;

/// Positions whose CRC is computed while looking for a batch behind a damaged one. Chance gives next to none; a record
/// that holds batches can give many, each up to the end of the segment long.
pub(crate) const SALVAGE_CANDIDATES_MAX: usize = 1000;

/// Entries of a transaction index read at once: 8 KiB.
pub(crate) const ABORTED_ENTRIES_AT_ONCE: u32 = 240;

/// The last batches of a segment whose places are known without looking: 16 bytes each, 1 KiB for a partition that is
/// written to. Consumers that keep up ask for one of these.
pub(crate) const RECENT_BATCHES_MAX: usize = 64;
