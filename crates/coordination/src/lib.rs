//! Vltava: coordination.
