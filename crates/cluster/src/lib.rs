//! Vltava: cluster.
