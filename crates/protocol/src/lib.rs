//! Vltava: protocol.
