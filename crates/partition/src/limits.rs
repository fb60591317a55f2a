//! Bounds.

/// How often a read looks for its segment again. Each time, retention must have taken away what was found just before;
/// it runs every few minutes.
pub(crate) const READ_ATTEMPTS_MAX: usize = 3;

/// The largest batch that is compressed anew on the thread that appends it, in bytes. Handing it to another thread and back
/// costs some 20 µs; compressing as much as this takes from 20 µs (LZ4) to 300 µs (gzip).
pub(crate) const RECOMPRESSED_IN_PLACE_BYTES_MAX: usize = 8 * 1024;

/// The largest batch that is checked on the thread that appends it, in bytes, unless it has to be decompressed for that.
/// Checksum and records of as much take up to a millisecond or two.
pub(crate) const VALIDATED_IN_PLACE_BYTES_MAX: usize = 2 << 20;
