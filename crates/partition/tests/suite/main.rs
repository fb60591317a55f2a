//! Tests of partitions through their public face, over a real log and a write-ahead log in memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod appending;
mod crash;
mod housekeeping;
mod producers;
mod reading;
mod recompressing;
mod recovery;
mod support;
mod transactions;
mod waiting;
