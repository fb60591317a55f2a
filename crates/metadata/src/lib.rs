//! Vltava: metadata.
