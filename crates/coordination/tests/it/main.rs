//! The contract that every adapter passes, and what is special to the embedded one.

#![allow(clippy::unwrap_used, reason = "tests may, and so may their helpers")]

mod contract;
mod embedded;
mod faulty;
