//! Vltava: protocol-derive.
