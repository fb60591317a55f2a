//! A node, its ends and its starts. `support.rs` has what the others share.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic anywhere")]

mod ending;
mod failing;
mod many;
mod names;
mod support;
