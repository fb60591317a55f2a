//! Vltava: wal.
