//! Vltava: coordinator.
