//! Tests of the write-ahead log through its public face, over all its sinks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod files;
mod support;
mod torn;
mod waiting;
