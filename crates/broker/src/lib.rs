//! Vltava: broker.
