//! The log from outside: one file for each thing it does.

#![allow(clippy::unwrap_used, reason = "a test that fails here should stop")]

mod appending;
mod cleaning;
mod cleaning_crashes;
mod cleaning_model;
mod cleaning_transactions;
mod model;
mod opening;
mod producers;
mod reading;
mod recovering;
mod retaining;
mod support;
mod timestamps;
mod transactions;
mod truncating;
