//! Bounds.

/// How often a read looks for its segment again. Each time, retention must have taken away what was found just before;
/// it runs every few minutes.
pub(crate) const READ_ATTEMPTS_MAX: usize = 3;
