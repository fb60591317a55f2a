//! Vltava: log.
