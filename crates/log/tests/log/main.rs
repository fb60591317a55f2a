//! The log from outside: one file for each thing it does.

mod appending;
mod model;
mod opening;
mod reading;
mod recovering;
mod retaining;
mod support;
mod timestamps;
mod truncating;
