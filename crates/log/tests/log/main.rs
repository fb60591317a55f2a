//! The log from outside: one file for each thing it does.

#![allow(clippy::unwrap_used, reason = "a test that fails here should stop")]

mod appending;
mod model;
mod opening;
mod reading;
mod recovering;
mod retaining;
mod support;
mod timestamps;
mod truncating;
