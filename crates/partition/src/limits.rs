//! Bounds.

/// How often a read looks for its segment again. Each time, retention must have taken away what was found just before;
/// it runs every few minutes.
pub(crate) const READ_ATTEMPTS_MAX: usize = 3;

/// The largest batch that is compressed anew on the thread that appends it, in bytes. Handing it to another thread and back
/// costs some 20 µs; compressing as much as this takes from 20 µs (LZ4) to 300 µs (gzip).
pub(crate) const RECOMPRESSED_IN_PLACE_BYTES_MAX: usize = 8 * 1024;
