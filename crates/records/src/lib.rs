//! Vltava: records.
