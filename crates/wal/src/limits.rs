//! Bounds and defaults.

/// Chunks begin at multiples of this in a file. A page: so that writing a chunk never rewrites a page that holds an
/// acknowledged one, and never has to read a page in first.
pub(crate) const CHUNK_ALIGN: u64 = 4096;

/// No further entry joins a chunk that holds this many bytes. Waiters of a chunk wait for all of it, so larger ones
/// cost latency; at 8 MiB the cost of an `fdatasync` is small beside that of writing.
pub(crate) const CHUNK_BYTES_MAX: u64 = 8 << 20;

/// A default of [`WalConfig`](crate::WalConfig): the size of a file.
pub const FILE_BYTES: u64 = 64 << 20;

/// A default of [`WalConfig`](crate::WalConfig): bytes that wait for the writer, or are being written. Two chunks: one that is
/// being written and one that gathers meanwhile. More makes nothing faster, and everybody waits for all that is queued.
pub const QUEUED_BYTES_MAX: usize = 16 << 20;

/// One so-manieth of the queued bytes is what a small append has at most: 64 KiB of 16 MiB.
pub(crate) const SMALL_SHARE: usize = 256;

/// One so-manieth of the queued bytes is what small appends may queue beside the others: 4 MiB beside 16 MiB.
pub(crate) const SMALL_LANE_SHARE: usize = 4;

/// A default of [`WalConfig`](crate::WalConfig): a checkpoint is due from here on.
pub const CHECKPOINT_BYTES: u64 = 2 * FILE_BYTES;

/// A default of [`WalConfig`](crate::WalConfig): nothing more is written from here on, until a checkpoint.
pub const BYTES_MAX: u64 = 8 * FILE_BYTES;

/// What is zeroed in one go of a file that is prepared: a few milliseconds of work, for which a chunk may have to wait.
pub(crate) const PREPARE_BYTES: u64 = 1 << 20;

/// Slices in one `pwritev`; the kernel takes no more.
pub(crate) const IOV_MAX: usize = 1024;

/// The first and the last pause, in ms, between two attempts to write a chunk that found no space. Long enough to cost
/// nothing, short enough that clients do not notice when there is space again; a trim ends the pause.
pub(crate) const RETRY_MS: (u64, u64) = (50, 1000);
