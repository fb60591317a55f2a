//! Plans and configs over whole images, and against what Apache Kafka 4.3.1 answered.

#![allow(clippy::unwrap_used, reason = "tests may, and so may their helpers")]

mod alter;
mod create;
mod delete;
mod describe;
mod image;
mod partitions;
mod promise;
mod support;
