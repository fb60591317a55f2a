//! Vltava: partition.
